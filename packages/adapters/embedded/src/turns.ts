import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long reads may hold the event loop, however much their consumers ask for. */
const TURN_MS = 8;

/** Lets others run when it is time. */
export class Turns {
  readonly #ms: number;
  #since = performance.now();

  /** @param ms - How long one turn may take. */
  constructor(ms = TURN_MS) {
    this.#ms = ms;
  }

  /** Whether others should run before the next step. */
  isOver(): boolean {
    return performance.now() - this.#since > this.#ms;
  }

  /** Lets them run. */
  async next(): Promise<void> {
    await nextTurn();
    this.#since = performance.now();
  }
}
