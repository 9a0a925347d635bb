import type { NewEvent } from '@everfold/core';

/** What a reader has seen: proof that it decoded everything, and work that no compiler can leave out. */
export interface Tally {
  events: number;
  /** The sum of `data.amount`. */
  amount: number;
  /** The length of all `metadata.correlationId`. */
  correlated: number;
}

/** Nothing seen yet. */
export function emptyTally(): Tally {
  return { events: 0, amount: 0, correlated: 0 };
}

/** Adds one event to what was seen. */
export function count(tally: Tally, data: unknown, metadata: unknown): void {
  tally.events += 1;
  tally.amount += (data as { readonly amount: number }).amount;
  tally.correlated += (metadata as { readonly correlationId: string }).correlationId.length;
}

/** Whether an append opens a stream or goes to one that may be there. */
export type Place = 'new' | 'any';

/** What is compared: a durable log of events, ours or another's. */
export interface Log {
  /** Resolves when the event is durable. */
  append(stream: string, event: NewEvent, place: Place): Promise<unknown>;
  /** Reads everything, decoded. */
  scan(): Promise<Tally>;
  /** Reads one stream, decoded. */
  read(stream: string): Promise<Tally>;
  close(): Promise<void>;
}
