import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RecordedEvent } from '@everfold/core';

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
  readonly slice: (at: number) => Slice;
  /** Throws when the read must end. */
  readonly check: () => void;
  readonly limit: number;
}

/** Steps after which a read lets others run, however much its consumer asks for. */
export const STEPS_A_TURN = 8;

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
  for (let steps = 1; left > 0 && more(at); steps += 1) {
    if (steps % STEPS_A_TURN === 0) await nextTurn();
    check();
    const { events, next } = slice(at);
    at = next;
    if (events.length === 0) continue;
    yield events.length > left ? events.slice(0, left) : events;
    left -= events.length;
    check();
  }
}
