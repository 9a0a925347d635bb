import type { Position } from '../event-store/position.js';

interface Waiter {
  readonly position: Position;
  readonly resolve: (reached: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** @internal Holds back those who wait for a position, until it is reached or never will be. */
export class PositionGate {
  #position: Position | undefined;
  #error: { readonly error: unknown } | undefined;
  readonly #waiters = new Set<Waiter>();

  /** How far it has come. */
  get position(): Position | undefined {
    return this.#position;
  }

  /** Lets through who waits for this position or less. */
  moveTo(position: Position): void {
    this.#position = position;
    for (const waiter of this.#waiters) if (waiter.position <= position) waiter.resolve(true);
  }

  /** Says that it comes no further. */
  fail(error: unknown): void {
    this.#error ??= { error };
    for (const { reject } of this.#waiters) reject(error);
  }

  /** @throws What it was failed with. */
  assertStands(): void {
    if (this.#error !== undefined) throw this.#error.error;
  }

  /**
   * Waits for a position.
   *
   * @returns Whether it was reached within `timeoutMs`.
   * @throws What it was failed with; the signal's reason when that is aborted.
   */
  async until(
    position: Position,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    this.assertStands();
    signal?.throwIfAborted();
    if (this.#position !== undefined && this.#position >= position) return true;
    let end: () => void = () => undefined;
    try {
      return await new Promise<boolean>((resolve, reject) => {
        const waiter: Waiter = { position, resolve, reject };
        const timer = setTimeout(() => resolve(false), timeoutMs);
        const abort = () => reject(signal?.reason);
        signal?.addEventListener('abort', abort, { once: true });
        this.#waiters.add(waiter);
        end = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', abort);
          this.#waiters.delete(waiter);
        };
      });
    } finally {
      end();
    }
  }
}
