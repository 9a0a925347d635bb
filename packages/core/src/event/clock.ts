/** Tells the time; injected, so that tests decide what time it is. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC, from 0: a store need not keep times before that. */
  now(): number;
}

/** The clock of this machine. */
export const systemClock: Clock = { now: () => Date.now() };
