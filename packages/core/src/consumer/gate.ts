import { unlessAborted } from './unless-aborted.js';

/** @internal Holds back those who come while it is shut. */
export class Gate {
  #opening: { readonly promise: Promise<void>; readonly open: () => void } | undefined;

  get isShut(): boolean {
    return this.#opening !== undefined;
  }

  shut(): void {
    if (this.#opening !== undefined) return;
    let open = (): void => undefined;
    const promise = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#opening = { promise, open };
  }

  open(): void {
    this.#opening?.open();
    this.#opening = undefined;
  }

  /** Resolves when it is open. @throws the reason of the signal. */
  async passed(signal: AbortSignal): Promise<void> {
    while (this.#opening !== undefined) await unlessAborted(this.#opening.promise, signal);
    signal.throwIfAborted();
  }
}
