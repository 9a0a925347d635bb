import type { Bench } from '../bench.js';
import { type Contender, peers } from '../contender.js';

/** How many streams of how many events. */
export interface Shape {
  readonly streams: number;
  readonly eventsPerStream: number;
}

/** A log that is filled, or why it could not be. */
export type Seeded = { readonly folder: string } | { readonly failure: string };

/** act-sqlite bears one writer only; the others are filled faster by many. */
function writersOf(contender: Contender): number {
  if (contender === '@rotorsoft/act-sqlite') return 1;
  return contender === 'event-storage' ? 64 : 1_000;
}

/** Fills one log for each contender, lends them, and removes them. A peer that cannot be filled stays, with its reason. */
export async function withSeeded<R>(
  bench: Bench,
  shapes: ReadonlyMap<Contender, Shape>,
  use: (seeded: ReadonlyMap<Contender, Seeded>) => Promise<R>,
): Promise<R> {
  const seeded = new Map<Contender, Seeded>();
  const fillNext = async ([next, ...rest]: readonly (readonly [
    Contender,
    Shape,
  ])[]): Promise<R> => {
    if (next === undefined) return use(seeded);
    const [contender, shape] = next;
    return bench.withFolder(async (folder) => {
      seeded.set(contender, await fill(bench, folder, contender, shape));
      return fillNext(rest);
    });
  };
  return fillNext([...shapes]);
}

/** The same shape for us and the limit, a smaller one for the peers, which would take minutes. */
export function shapesOf(
  bench: Bench,
  ours: readonly Contender[],
  shape: Shape,
  peerShape: Shape,
): ReadonlyMap<Contender, Shape> {
  const theirs = bench.peersUnavailable === undefined ? peers : [];
  return new Map<Contender, Shape>([
    ...ours.map((contender) => [contender, shape] as const),
    ...theirs.map((contender) => [contender, peerShape] as const),
  ]);
}

async function fill(
  bench: Bench,
  folder: string,
  contender: Contender,
  shape: Shape,
): Promise<Seeded> {
  try {
    const inFlight = writersOf(contender);
    await bench.inFolder(folder, contender, { kind: 'seed', inFlight, ...shape });
    return { folder };
  } catch (cause) {
    return { failure: `could not be filled: ${cause instanceof Error ? cause.message : cause}` };
  }
}

/** The folder of a log that was filled. */
export function folderOf(seeded: ReadonlyMap<Contender, Seeded>, contender: Contender): string {
  const log = seeded.get(contender) ?? { failure: 'was not filled' };
  if ('failure' in log) throw new Error(log.failure);
  return log.folder;
}
