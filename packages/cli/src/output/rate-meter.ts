/** How many milliseconds a rate looks back: long enough to be steady, short enough to be true. */
const WINDOW_MS = 10_000;
const BETWEEN_SAMPLES_MS = 100;

interface Sample {
  readonly at: number;
  readonly done: number;
}

/** How fast a count grows, and when it will be there. */
export interface Pace {
  /** Per second, over the last ten seconds; `undefined` before there is anything to measure. */
  readonly rate: number | undefined;
  /** Until the total is reached, in milliseconds; `undefined` where that cannot be told. */
  readonly etaMs: number | undefined;
}

const UNKNOWN: Pace = { rate: undefined, etaMs: undefined };

/** Measures the pace of a count from when it was made, by a clock in milliseconds that never goes back. */
export class RateMeter {
  #samples: Sample[] = [];
  #hasMoved = false;

  constructor(private readonly now: () => number) {}

  /** @param total - How much there is in all, where that is known. */
  at(done: number, total?: number | undefined): Pace {
    const at = this.now();
    // A count that went back belongs to another phase.
    if (done < (this.#samples.at(-1)?.done ?? 0)) this.#samples = [];
    this.#keep({ at, done });
    const [first] = this.#samples;
    if (first === undefined) return UNKNOWN;
    this.#hasMoved ||= done > first.done;
    if (at <= first.at || !this.#hasMoved) return UNKNOWN;
    const rate = ((done - first.done) * 1_000) / (at - first.at);
    const left = total === undefined ? undefined : Math.max(0, total - done);
    const etaMs = left === undefined || rate === 0 ? undefined : (left * 1_000) / rate;
    return { rate, etaMs };
  }

  #keep(sample: Sample): void {
    const last = this.#samples.at(-1);
    if (last === undefined || sample.at - last.at >= BETWEEN_SAMPLES_MS) this.#samples.push(sample);
    const oldest = sample.at - WINDOW_MS;
    while ((this.#samples[1]?.at ?? Number.POSITIVE_INFINITY) <= oldest) this.#samples.shift();
  }
}
