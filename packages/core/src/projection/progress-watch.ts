/** The pauses between two looks, in milliseconds: short for what is about to come, longer for what takes its time. */
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 25;
const GROWTH = 1.5;

interface Waiter<P> {
  readonly isMet: (progress: P | undefined) => boolean;
  readonly resolve: (isMet: true) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * @internal Looks at how far something is for as long as anybody waits for it: one look at a time, for all who wait together. It costs
 * nothing while nobody does.
 */
export class ProgressWatch<P> {
  readonly #read: () => Promise<P | undefined>;
  readonly #waiters = new Set<Waiter<P>>();
  #pauseMs = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;
  /** Whether the timer is not to be moved: whoever comes every millisecond would put the look off for ever. */
  #isSoon: boolean = false;
  #isLooking: boolean = false;
  #lookAgain: boolean = false;

  constructor(read: () => Promise<P | undefined>) {
    this.#read = read;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /**
   * Waits until a condition is met.
   *
   * @param isMet - Asked with each look. Once met, it must stay so.
   * @returns Whether it was met within `timeoutMs`.
   * @throws The signal's reason when that is aborted; what a look rejects with.
   */
  async until(
    isMet: (progress: P | undefined) => boolean,
    {
      timeoutMs,
      signal,
    }: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<boolean> {
    signal?.throwIfAborted();
    let end: () => void = () => undefined;
    try {
      return await new Promise<boolean>((resolve, reject) => {
        const waiter: Waiter<P> = { isMet, resolve, reject };
        const timer = setTimeout(() => resolve(false), timeoutMs);
        const abort = () => reject(signal?.reason);
        signal?.addEventListener('abort', abort, { once: true });
        end = () => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', abort);
          this.#leave(waiter);
        };
        this.#waiters.add(waiter);
        this.#pauseMs = FIRST_PAUSE_MS;
        this.look();
      });
    } finally {
      end();
    }
  }

  /** Looks at once, where anybody waits: something was written. */
  look(): void {
    if (this.#waiters.size === 0) return;
    if (this.#isLooking) this.#lookAgain = true;
    else if (!this.#isSoon) this.#lookIn(0);
  }

  #leave(waiter: Waiter<P>): void {
    this.#waiters.delete(waiter);
    if (this.#waiters.size > 0) return;
    clearTimeout(this.#timer);
    this.#isSoon = false;
  }

  /** A timer also for what is to be at once: whatever is said within a millisecond is one look. */
  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#isSoon = ms === 0;
    this.#timer = setTimeout(() => void this.#lookNow(), ms);
  }

  async #lookNow(): Promise<void> {
    this.#isSoon = false;
    this.#isLooking = true;
    this.#lookAgain = false;
    // Who comes while this look is under way may be told by the next one.
    const waiters = [...this.#waiters];
    try {
      const progress = await this.#read();
      for (const { isMet, resolve } of waiters) if (isMet(progress)) resolve(true);
    } catch (error) {
      for (const { reject } of waiters) reject(error);
    } finally {
      this.#isLooking = false;
    }
    if (this.#waiters.size === 0) return;
    this.#lookIn(this.#lookAgain ? 0 : this.#pauseMs);
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * GROWTH);
  }
}
