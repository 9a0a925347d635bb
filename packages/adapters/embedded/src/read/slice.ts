import type { RecordedEvent } from '@everfold/core';
import { Turns } from '../turns.js';

/** Events that one step of a read found, and where the next one begins. */
export interface Slice {
  readonly events: readonly RecordedEvent[];
  readonly next: number;
}

/** How a read goes on. */
export interface Steps {
  /** Where it begins. */
  readonly start: number;
  /** Whether there is more to look at from here on. */
  readonly more: (at: number) => boolean;
  /** Looks further, without a pause. */
  readonly slice: (at: number, left: number) => Slice;
  /** Throws when the read must end. */
  readonly check: () => void;
  readonly limit: number;
}

/** Bytes of blocks after which a slice ends: some events are large. */
export const SLICE_BYTES = 256 * 1_024;

/** Yields what each step finds, up to a limit; empty steps yield nothing. */
export async function* inSlices({
  start,
  more,
  slice,
  check,
  limit,
}: Steps): AsyncGenerator<readonly RecordedEvent[]> {
  let left = limit;
  let at = start;
  const turns = new Turns();
  while (left > 0 && more(at)) {
    if (turns.isOver()) await turns.next();
    check();
    const { events, next } = slice(at, left);
    at = next;
    if (events.length === 0) continue;
    yield events.length > left ? events.slice(0, left) : events;
    left -= events.length;
    check();
  }
}
