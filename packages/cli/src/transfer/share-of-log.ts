import type { Position } from '@everfold/core';
import type { Step } from '../output/progress.js';

/**
 * How far a read of the log is, for a progress bar and for nothing else: positions of most stores are decimal numbers that grow
 * with the log, and then the number of events there will be can be guessed. Where they are not, there is no total.
 */
export class ShareOfLog {
  readonly #begin: number;
  readonly #end: number;

  constructor(
    private readonly phase: string,
    after: Position | undefined,
    head: Position | undefined,
  ) {
    this.#begin = after === undefined ? 0 : numberOf(after);
    this.#end = head === undefined ? 0 : numberOf(head);
  }

  /** @param done - Events so far, which reach up to `position`. */
  step(done: number, position: Position): Step {
    const { phase } = this;
    const share = (numberOf(position) - this.#begin) / (this.#end - this.#begin);
    if (!(share > 0 && share <= 1)) return { phase, done };
    if (share === 1) return { phase, done, total: done };
    return { phase, done, total: Math.max(done, Math.round(done / share)), isEstimate: true };
  }
}

function numberOf(position: Position): number {
  return /^\d{1,40}$/.test(position) ? Number(position) : Number.NaN;
}
