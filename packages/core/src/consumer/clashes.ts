import type { Position } from '../event-store/position.js';
import type { ReadModelStore } from '../projection/read-model-store.js';
import type { SegmentRecord } from './records.js';
import { keys } from './records.js';
import type { SegmentHold } from './segment-hold.js';

/** An event that makes what another document has under a unique index. */
interface Clash {
  readonly position: Position;
  readonly attempts: number;
  /** Whether trying once more shows that it is in vain. */
  readonly isLast: boolean;
  /** How far the segment was folded for the last try, together with what comes behind the event. */
  readonly triedTo?: Position | undefined;
}

/** From here on the number of stretches that are folded together is doubled no more. */
const MOST_DOUBLINGS = 20;

/** How often a clash is met in vain, at the least, before it is final: several segments may be in each other's way. */
const LEAST_ATTEMPTS = 30;

/** @internal How much of what comes next is folded together. */
export interface Reach {
  readonly stretches: number;
  /** Of the last of them: a part from above 0 up to 1. */
  readonly share: number;
}

/**
 * @internal The segments that are held up by a user's own unique index. What clashes may be free as soon as another segment has come
 * as far, or, where that one is ahead, as soon as this one is written as of where that stands. So a clash is final only when it was met
 * again after every other segment had passed the event, with everything folded that the others had come to.
 */
export class Clashes {
  readonly #consumer: string;
  readonly #leastAttempts: number;
  readonly #readModels: ReadModelStore;
  readonly #of = new Map<SegmentHold, Clash>();

  constructor(consumer: string, maxAttempts: number, readModels: ReadModelStore) {
    this.#consumer = consumer;
    this.#leastAttempts = Math.max(maxAttempts, LEAST_ATTEMPTS);
    this.#readModels = readModels;
  }

  forget(hold: SegmentHold): void {
    this.#of.delete(hold);
  }

  /**
   * How much is to be folded together before it is written: more each time, and every other time a random part of that, near ones sooner than
   * far ones, because what a segment comes to may be free at some place in between only.
   */
  reachOf(hold: SegmentHold): Reach | undefined {
    const attempts = this.#of.get(hold)?.attempts;
    if (attempts === undefined) return undefined;
    const doublings = Math.min(attempts, MOST_DOUBLINGS);
    if (attempts % 2 === 1) return { stretches: 2 ** doublings, share: 1 };
    return { stretches: Math.ceil(2 ** (Math.random() * doublings)), share: Math.random() ** 2 };
  }

  /** Notes how far the segment was folded for a try. */
  tried(hold: SegmentHold, triedTo: Position): void {
    const clash = this.#of.get(hold);
    if (clash === undefined || (clash.triedTo ?? '') >= triedTo) return;
    this.#of.set(hold, { ...clash, triedTo });
  }

  /** Notes that a segment's event has clashed. @returns How often it has; `undefined` when trying it again is in vain. */
  async note(hold: SegmentHold, position: Position): Promise<number | undefined> {
    const before = this.#of.get(hold);
    const known = before?.position === position ? before : undefined;
    const attempts = (known?.attempts ?? 0) + 1;
    if (known?.isLast && attempts >= this.#leastAttempts) return undefined;
    const isLast = await this.#isLast(hold, position, known?.triedTo);
    this.#of.set(hold, { position, attempts, isLast, triedTo: known?.triedTo });
    return attempts;
  }

  async #isLast(
    { key: own }: SegmentHold,
    position: Position,
    triedTo: Position | undefined,
  ): Promise<boolean> {
    const segments = await this.#readModels.listRecords(keys.segments(this.#consumer));
    return segments.every(({ key, value }) => {
      if (key === own) return true;
      const at = (value as unknown as SegmentRecord).checkpoint?.position;
      return at !== undefined && at >= position && triedTo !== undefined && at <= triedTo;
    });
  }
}
