import type { Contender } from './contender.js';
import type { Sampled } from './samples/sample.js';
import { median } from './statistics.js';

/** One contender's part of a row. */
export interface Turn {
  readonly contender: Contender;
  take(): Promise<Sampled>;
}

/** What a contender came to: the median of its turns, or why it has none. */
export type Result = { readonly median: number } | { readonly failure: string };

/**
 * Lets the contenders take turns, so often as there are rounds, and each begin as often as the others: what the machine does
 * meanwhile meets all of them. A peer that fails is out; that we or the limit fail, is an error.
 */
export async function alternate(
  rounds: number,
  turns: readonly Turn[],
): Promise<ReadonlyMap<Contender, Result>> {
  const scores = turns.map((turn): Score => ({ turn, values: [], failure: undefined }));
  for (let round = 0; round < rounds; round += 1)
    for (const score of rotated(scores, round)) await play(score);
  return new Map(scores.map((score) => [score.turn.contender, resultOf(score)]));
}

interface Score {
  readonly turn: Turn;
  readonly values: number[];
  failure: string | undefined;
}

async function play(score: Score): Promise<void> {
  const { contender, take } = score.turn;
  if (score.failure !== undefined) return;
  try {
    score.values.push((await take()).value);
  } catch (cause) {
    if (isOurs(contender)) throw new Error(`${contender}: ${messageOf(cause)}`, { cause });
    score.failure = messageOf(cause);
  }
}

function resultOf({ values, failure }: Score): Result {
  return failure === undefined ? { median: median(values) } : { failure };
}

function rotated(scores: readonly Score[], round: number): readonly Score[] {
  const first = round % scores.length;
  return [...scores.slice(first), ...scores.slice(0, first)];
}

function isOurs(contender: Contender): boolean {
  return contender === 'everfold' || contender === 'limit';
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
