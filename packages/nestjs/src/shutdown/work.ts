import { AsyncLocalStorage } from 'node:async_hooks';
import { StoreUnavailableError } from '@everfold/core';

/** @internal Counts what is being done, so that shutting down can stop taking work and wait for the rest. */
export class WorkInFlight {
  /** Set within work that was taken: what belongs to it is taken, too. */
  readonly #within = new AsyncLocalStorage<true>();
  #count = 0;
  #isClosed: boolean = false;
  #onIdle: (() => void) | undefined;

  get count(): number {
    return this.#count;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Does a piece of work.
   *
   * @throws {@link StoreUnavailableError} when no work is taken any more, and this is no part of work that was; nothing is done.
   */
  async run<R>(work: () => R | Promise<R>): Promise<R> {
    if (this.#within.getStore() === true) return work();
    if (this.#isClosed)
      throw new StoreUnavailableError(
        'The application is shutting down. Nothing was done: send it again to another instance, or later.',
      );
    this.#count += 1;
    try {
      return await this.#within.run(true, work);
    } finally {
      this.#count -= 1;
      if (this.#count === 0) this.#onIdle?.();
    }
  }

  /** Takes no more work; resolves when what was taken has ended, or when the time is over, with how much has not. */
  async close(timeoutMs: number): Promise<number> {
    this.#isClosed = true;
    if (this.#count === 0) return 0;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
    return this.#count;
  }
}
