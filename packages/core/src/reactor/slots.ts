import { unlessAborted } from '../consumer/unless-aborted.js';

/** @internal Lets so many in at a time, in the order of asking. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Runs `run` when a slot is free. @throws the reason of the signal, where that is aborted before; what `run` throws. */
  async run<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      return await run();
    } finally {
      this.#leave();
    }
  }

  async #enter(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    let go = (): void => undefined;
    const turn = new Promise<void>((resolve) => {
      go = resolve;
    });
    this.#waiting.push(go);
    try {
      await unlessAborted(turn, signal);
    } catch (error) {
      const place = this.#waiting.indexOf(go);
      // The turn may have come just when it was not wanted any more.
      if (place === -1) this.#leave();
      else this.#waiting.splice(place, 1);
      throw error;
    }
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
