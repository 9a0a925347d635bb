import type { SubscriptionBatch } from './event-store.js';

/**
 * Makes a subscription of a function that follows the log. It is called once for each iteration, when that begins.
 *
 * `return()` ends an iteration at once, also while a `next()` waits for the next event, which a generator alone would put off
 * until that event came.
 *
 * @param follow - Yields batches for ever; rejects with the reason of the signal it is given when that is aborted.
 * @param signal - The signal of the subscriber.
 */
export function eventSubscription(
  follow: (signal: AbortSignal) => AsyncGenerator<SubscriptionBatch, void>,
  signal?: AbortSignal | undefined,
): AsyncIterable<SubscriptionBatch> {
  return { [Symbol.asyncIterator]: () => new SubscriptionIterator(follow, signal) };
}

/** Why a subscription was stopped that nobody aborted. */
const RETURNED = Symbol('returned');

class SubscriptionIterator implements AsyncIterator<SubscriptionBatch, void> {
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal | undefined;
  readonly #batches: AsyncGenerator<SubscriptionBatch, void>;

  constructor(
    follow: (signal: AbortSignal) => AsyncGenerator<SubscriptionBatch, void>,
    signal: AbortSignal | undefined,
  ) {
    this.#signal = signal;
    if (signal?.aborted === true) this.#abort();
    else signal?.addEventListener('abort', this.#abort, { once: true });
    this.#batches = follow(this.#stop.signal);
  }

  async next(): Promise<IteratorResult<SubscriptionBatch, void>> {
    try {
      const result = await this.#batches.next();
      if (result.done === true) this.#release();
      return result;
    } catch (error) {
      this.#release();
      if (this.#stop.signal.reason === RETURNED) return { done: true, value: undefined };
      throw error;
    }
  }

  async return(): Promise<IteratorResult<SubscriptionBatch, void>> {
    this.#release();
    this.#stop.abort(RETURNED);
    await this.#batches.return();
    return { done: true, value: undefined };
  }

  readonly #abort = (): void => {
    this.#stop.abort(this.#signal?.reason);
  };

  #release(): void {
    this.#signal?.removeEventListener('abort', this.#abort);
  }
}
