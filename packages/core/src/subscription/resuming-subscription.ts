import type { Backoff } from '../backoff.js';
import { backOff } from '../backoff.js';
import type { RetryPolicy } from '../consumer/options.js';
import { StoreCorruptedError, StoreUnavailableError } from '../event-store/errors.js';
import type {
  EventFilter,
  EventStore,
  SubscribeOptions,
  SubscriptionBatch,
} from '../event-store/event-store.js';
import { eventSubscription } from '../event-store/event-subscription.js';
import type { Position } from '../event-store/position.js';
import { isPassing } from './passing.js';

/** Options of {@link resumingSubscription}. */
export interface ResumingSubscriptionOptions {
  /** Begin behind this position, or with what is appended from the first iteration on (`'end'`). Default: at the beginning. */
  readonly after?: Position | 'end' | undefined;
  /** Which events are wanted; positions advance over the others. Default: all. */
  readonly filter?: EventFilter | undefined;
  /** Ends the subscription, also while it waits to try again: the iteration rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long it waits before it tries again. */
  readonly retry?: RetryPolicy | undefined;
  /**
   * Told of each failure that may pass, before the wait. `attempt` counts from 1, and anew when a batch has led on, or when the
   * subscription has held for `retry.maxMs`. Must not throw.
   */
  readonly report?: ((error: unknown, attempt: number) => void) | undefined;
  /** Told of the first batch after failures. Must not throw. */
  readonly recovered?: (() => void) | undefined;
}

/**
 * Follows the log through every failure of the store that may pass ({@link isPassing}), a subscription that ends by itself
 * included: it resumes from the position of the last batch that was delivered, after a random wait that grows with each attempt.
 * In one iteration events come in order, with no gap and no repeat. It asks the store for the next batch only when it is
 * asked itself, so that a slow consumer costs the memory of one batch.
 *
 * `'end'` is resolved once, when an iteration begins: a failure before the first batch loses nothing.
 *
 * The iteration rejects with what cannot pass, such as {@link CheckpointAheadOfLogError} or {@link ForeignPositionError}, and with
 * {@link StoreCorruptedError} when the store yields an event or a position at or before one that it had passed: such an event is a
 * repeat or was overtaken, and passing over it could lose it. It never ends by itself; a store that was closed for good
 * is told by `signal`.
 *
 * @throws TypeError when `retry` is malformed.
 */
export function resumingSubscription(
  store: EventStore,
  options: ResumingSubscriptionOptions = {},
): AsyncIterable<SubscriptionBatch> {
  const backoff = backoffOf(options.retry);
  return eventSubscription((signal) => follow(store, options, backoff, signal), options.signal);
}

/**
 * @internal The pauses that a policy stands for.
 *
 * @throws TypeError when they are no pauses.
 */
export function backoffOf({ baseMs = 100, maxMs = 5_000 }: RetryPolicy = {}): Backoff {
  for (const [name, value] of Object.entries({ baseMs, maxMs }))
    if (!(Number.isFinite(value) && value >= 0))
      throw new TypeError(`retry.${name} must be milliseconds, 0 or more, not ${String(value)}.`);
  return { baseMs, maxMs };
}

async function* follow(
  store: EventStore,
  { after, filter, report, recovered }: ResumingSubscriptionOptions,
  backoff: Backoff,
  signal: AbortSignal,
): AsyncGenerator<SubscriptionBatch, void> {
  const outage = new Outage({ backoff, report, recovered }, signal);
  let last = after === 'end' ? await endOf(store, outage, signal) : after;
  for (;;) {
    try {
      for await (const batch of store.subscribe(subscribeOptions(last, filter, signal))) {
        signal.throwIfAborted();
        assertOnward(batch, last);
        outage.over(batch.position !== last);
        last = batch.position;
        yield batch;
      }
      throw new StoreUnavailableError(
        'The subscription ended by itself: the store has closed it, or was closed.',
      );
    } catch (error) {
      await outage.endure(error);
    }
  }
}

function subscribeOptions(
  after: Position | undefined,
  filter: EventFilter | undefined,
  signal: AbortSignal,
): SubscribeOptions {
  return { signal, ...(after !== undefined && { after }), ...(filter !== undefined && { filter }) };
}

/** Where the log ends now; of an empty log the beginning. */
async function endOf(
  store: EventStore,
  outage: Outage,
  signal: AbortSignal,
): Promise<Position | undefined> {
  for (;;) {
    try {
      return await orAborted(store.head(), signal);
    } catch (error) {
      await outage.endure(error);
    }
  }
}

/** A store has no way to call `head()` back. */
async function orAborted<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([pending, aborted]);
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}

function assertOnward({ events, position }: SubscriptionBatch, last: Position | undefined): void {
  let passed = last;
  for (const event of events) {
    if (passed !== undefined && event.position <= passed)
      throw new StoreCorruptedError(
        event.position,
        `its subscription yielded event ${event.id} behind position ${passed}, which it had passed`,
      );
    passed = event.position;
  }
  if (passed !== undefined && position < passed)
    throw new StoreCorruptedError(
      position,
      `its subscription went back from position ${passed} to ${position}`,
    );
}

/** The failures since the subscription last led on. */
class Outage {
  #attempt = 0;
  /** When the first batch came after the last failure; `undefined` while none has come. */
  #heldSince: number | undefined = performance.now();

  constructor(
    readonly options: Pick<ResumingSubscriptionOptions, 'report' | 'recovered'> & {
      readonly backoff: Backoff;
    },
    readonly signal: AbortSignal,
  ) {}

  /** Called with each batch. */
  over(hasMoved: boolean): void {
    if (hasMoved) this.#attempt = 0;
    if (this.#heldSince !== undefined) return;
    this.#heldSince = performance.now();
    this.options.recovered?.();
  }

  /**
   * Waits until it is worth trying again.
   *
   * @throws `error` when it cannot pass; the signal's reason when that is aborted.
   */
  async endure(error: unknown): Promise<void> {
    this.signal.throwIfAborted();
    if (!isPassing(error)) throw error;
    const { backoff, report } = this.options;
    // An idle log leads nowhere: that the connection stood is enough then.
    const heldMs = this.#heldSince === undefined ? 0 : performance.now() - this.#heldSince;
    this.#attempt = heldMs > backoff.maxMs ? 1 : this.#attempt + 1;
    this.#heldSince = undefined;
    report?.(error, this.#attempt);
    await backOff(this.#attempt, backoff, this.signal);
  }
}
