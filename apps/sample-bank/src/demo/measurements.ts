/** The most values that are kept of each kind: with more, the oldest are dropped. */
const MOST_VALUES = 20_000;

/** Times in milliseconds, of which percentiles are asked. */
export class Durations {
  readonly #values: number[] = [];
  #count = 0;

  add(ms: number): void {
    this.#values[this.#count % MOST_VALUES] = ms;
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * The time that so much of all, from 0 to 1, does not exceed.
   *
   * @returns `undefined` while there are none.
   */
  percentile(share: number): number | undefined {
    const sorted = [...this.#values].sort((a, b) => a - b);
    return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)];
  }
}

/** What the demo has seen so far. */
export class Measurements {
  /** Changes that were made. */
  writes = 0;
  reads = 0;
  /** Changes that the bank refused, as it should. */
  refused = 0;
  /** Reads that did not have what their token named: there must be none. */
  stale = 0;
  /** How often something went wrong, by what it was. */
  readonly errors = new Map<string, number>();
  /** From sending a change until it was answered. */
  readonly answered = new Durations();
  /** From the answer until GET /accounts showed it, asked with its token. */
  readonly withToken = new Durations();
  /** The same, asked again and again without a token. */
  readonly withoutToken = new Durations();

  fail(what: string): void {
    this.errors.set(what, (this.errors.get(what) ?? 0) + 1);
  }

  get failed(): number {
    return [...this.errors.values()].reduce((sum, count) => sum + count, 0);
  }
}
