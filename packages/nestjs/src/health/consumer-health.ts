import type { ConsumerStatus } from '@everfold/core';

/** How a projection or a reactor stands, as the health indicator shows it. */
export interface ConsumerHealth {
  readonly name: string;
  /** Of projections with their version and generation: `account-summaries@1.1`. */
  readonly consumer: string;
  /** `'stopped'`: it does not go on by itself. `'retrying'`: what it needs cannot be reached just now. */
  readonly state: ConsumerStatus['state'];
  /** How many milliseconds it is behind; 0 means caught up; `'unknown'` that nobody follows the log for it. */
  readonly lagMs: number | 'unknown';
  /** How many of its segments are stopped. */
  readonly stopped: number;
  /** How many documents (of reactors: keys) wait behind an event that fails. */
  readonly parked: number;
  /** Why it is stopped or retrying. */
  readonly error?: string;
}

/** @internal A consumer as the health indicator shows it. */
export function healthOf(status: ConsumerStatus): ConsumerHealth {
  const { name, consumer, state, lagMs, stopped, parked, error } = status;
  const shown = { name, consumer, state, lagMs, stopped, parked };
  return error === undefined ? shown : { ...shown, error };
}

/** @internal What keeps consumers from going on, in a sentence each. One that an operator has paused is well. */
export function consumerProblems(consumers: readonly ConsumerHealth[]): readonly string[] {
  return consumers.flatMap((consumer) => problemOf(consumer) ?? []);
}

function problemOf({ consumer, state, lagMs, stopped, error }: ConsumerHealth): string | undefined {
  const because = error === undefined ? '.' : `: ${error}`;
  if (state === 'stopped' || stopped > 0) return `'${consumer}' is stopped${because}`;
  if (state === 'paused' || lagMs !== 'unknown') return undefined;
  return state === 'retrying'
    ? `'${consumer}' cannot go on${because}`
    : `'${consumer}' is followed by nobody: how far it is behind is not known${because}`;
}
