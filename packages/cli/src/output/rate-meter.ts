/** How many milliseconds a rate looks back: long enough to be steady, short enough to be true. */
const WINDOW_MS = 10_000;
const MOST_SAMPLES = 200;

/** How fast a count grows, and when it will be there. */
export interface Pace {
  /** Per second, over the last ten seconds; `undefined` before there is anything to measure. */
  readonly rate: number | undefined;
  /** Until the total is reached, in milliseconds; `undefined` where that cannot be told. */
  readonly etaMs: number | undefined;
}

/** Measures the pace of a count from when it was made, by a clock in milliseconds that never goes back. */
export class RateMeter {
  #samples: { readonly at: number; readonly done: number }[] = [];

  constructor(private readonly now: () => number) {}

  /** @param total - How much there is in all, where that is known. */
  at(done: number, total?: number | undefined): Pace {
    const at = this.now();
    const last = this.#samples.at(-1);
    // A count that went back belongs to another phase.
    if (last !== undefined && done < last.done) this.#samples = [];
    this.#samples.push({ at, done });
    this.#forget(at - WINDOW_MS);
    const [first] = this.#samples;
    if (first === undefined || at <= first.at) return { rate: undefined, etaMs: undefined };
    const rate = ((done - first.done) * 1_000) / (at - first.at);
    const left = total === undefined ? undefined : Math.max(0, total - done);
    const etaMs = left === undefined || rate === 0 ? undefined : (left * 1_000) / rate;
    return { rate, etaMs };
  }

  #forget(before: number): void {
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? 0) < before) this.#samples.shift();
    if (this.#samples.length <= MOST_SAMPLES) return;
    // Every other one tells as much.
    this.#samples = this.#samples.filter((_, index) => index % 2 === 0);
  }
}
