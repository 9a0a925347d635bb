import type { Clock } from '../event/clock.js';

/** A clock that moves when it is told to. */
export interface ManualClock extends Clock {
  /** Moves it by so many milliseconds; negative: back. */
  advance(ms: number): void;
  /** Puts it at a time: milliseconds since 1970-01-01 UTC, or a date. */
  set(time: number | Date): void;
}

/**
 * Makes a clock that stands still until it is moved.
 *
 * @param start - Where it stands at first. Default: 1970-01-01 UTC.
 */
export function manualClock(start: number | Date = 0): ManualClock {
  let now = Number(start);
  return {
    now: () => now,
    advance(ms) {
      now += ms;
    },
    set(time) {
      now = Number(time);
    },
  };
}
