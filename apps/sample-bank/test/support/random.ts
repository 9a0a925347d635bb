import { randomInt } from 'node:crypto';

/** A source of numbers that the same seed repeats (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0, below `end`. */
  below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  /** One of these. */
  pick<T>(...choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

/** The number in an environment variable, so that a run can be repeated; a new one where there is none. */
export function seedFrom(variable: string): number {
  const { [variable]: given } = process.env;
  return given === undefined ? randomInt(2 ** 31) : Number(given);
}
