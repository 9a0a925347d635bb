import type { Bench } from '../bench.js';
import { type Contender, peers } from '../contender.js';
import type { Sampled } from '../samples/sample.js';
import type { Measured, RowDefinition } from './row.js';

const COUNTS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];

/** How many writers at once, each to a stream of its own, go on without a failed append; 256 is the most that is tried. */
export const writersRow: RowDefinition = { name: 'writers', measure };

async function measure(bench: Bench): Promise<Measured> {
  const ours = await sample(bench, 'everfold');
  const notes: string[] = [];
  const values: Record<string, number | null> = {};
  for (const peer of peers) {
    const { value, note } = await samplePeer(bench, peer);
    values[peer] = value;
    if (note !== undefined) notes.push(`${peer} ${note}`);
  }
  return {
    row: {
      name: 'writers',
      value: ours.value,
      unit: 'writers survived',
      limit: null,
      ratio: null,
      peers: values,
    },
    targets: [],
    notes,
  };
}

async function samplePeer(
  bench: Bench,
  peer: Contender,
): Promise<{ readonly value: number | null; readonly note?: string | undefined }> {
  if (bench.peersUnavailable !== undefined) return { value: null, note: bench.peersUnavailable };
  try {
    return await sample(bench, peer);
  } catch (cause) {
    return { value: null, note: cause instanceof Error ? cause.message : String(cause) };
  }
}

function sample(bench: Bench, contender: Contender): Promise<Sampled> {
  return bench.inEmptyFolder(contender, { kind: 'writers', counts: COUNTS });
}
