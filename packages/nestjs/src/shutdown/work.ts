import { AsyncLocalStorage } from 'node:async_hooks';
import {
  currentContext,
  type MessageContext,
  StoreUnavailableError,
  withContext,
} from '@everfold/core';

/** Set within work that was taken, to whose it is: what belongs to it is taken, too. */
const WITHIN = Symbol.for('everfold.nestjs.within-work');

type WorkContext = MessageContext & { readonly [WITHIN]?: WorkInFlight };

/** @internal Counts what is being done, so that shutting down can stop taking work and wait for the rest. */
export class WorkInFlight {
  /** Of calls outside of commands. Commands travel in their context, which costs less. */
  readonly #calls = new AsyncLocalStorage<true>();
  #inFlight = 0;
  #isClosed: boolean = false;
  #onIdle: (() => void) | undefined;

  /**
   * Handles a command or a query.
   *
   * @throws {@link StoreUnavailableError} when no work is taken any more, and this is no part of work that was; nothing is done.
   */
  async handle<R>(message: () => R | Promise<R>): Promise<R> {
    if (this.#isWithin()) return message();
    const within: WorkContext = { [WITHIN]: this };
    return await this.#counted(() => withContext(within, message));
  }

  /**
   * Does a call of a repository, in the context as it is: it counts the updates of a command.
   *
   * @throws As {@link handle}.
   */
  async run<R>(call: () => R | Promise<R>): Promise<R> {
    if (this.#isWithin()) return call();
    return await this.#counted(() => this.#calls.run(true, call));
  }

  /** Lets everything that a call begins, now and later, belong to what is closed after this: it is neither counted nor refused. */
  within<R>(call: () => R): R {
    return this.#calls.run(true, call);
  }

  #isWithin(): boolean {
    const context: WorkContext = currentContext();
    return context[WITHIN] === this || this.#calls.getStore() === true;
  }

  async #counted<R>(work: () => R | Promise<R>): Promise<R> {
    if (this.#isClosed)
      throw new StoreUnavailableError(
        'The application is shutting down. Nothing was done: send it again to another instance, or later.',
      );
    this.#inFlight += 1;
    try {
      return await work();
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#onIdle?.();
    }
  }

  /** Takes no more work; resolves when what was taken has ended, or when the time is over, with how much has not. */
  async close(timeoutMs: number): Promise<number> {
    this.#isClosed = true;
    if (this.#inFlight === 0) return 0;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
    return this.#inFlight;
  }
}
