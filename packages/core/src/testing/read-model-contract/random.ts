/** Numbers that look random and are the same for the same seed (mulberry32). */
export class Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0, less than 1. */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };

  /** A whole number, at least 0, less than `limit`. */
  readonly below = (limit: number): number => Math.floor(this.next() * limit);

  /** Whether something of this probability happens. */
  readonly chance = (probability: number): boolean => this.next() < probability;

  /** One of several values. */
  readonly pick = <T>(values: readonly T[]): T => {
    const picked = values[this.below(values.length)];
    if (values.length === 0) throw new RangeError('There is nothing to pick from.');
    return picked as T;
  };

  /** The same values in another order. */
  readonly shuffled = <T>(values: readonly T[]): T[] =>
    values
      .map((value) => ({ value, weight: this.next() }))
      .sort((a, b) => a.weight - b.weight)
      .map(({ value }) => value);
}
