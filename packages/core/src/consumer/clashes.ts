import type { Position } from '../event-store/position.js';
import type { ReadModelStore } from '../projection/read-model-store.js';
import type { SegmentRecord } from './records.js';
import { keys } from './records.js';
import type { SegmentHold } from './segment-hold.js';
import type { Stretch } from './work.js';

/** An event that makes what another document has under a unique index. */
interface Clash {
  readonly position: Position;
  readonly attempts: number;
  /** Whether trying once more shows that it is in vain. */
  readonly isLast: boolean;
  /** How far the segment was folded for a try, together with what comes behind the event, and whether that was the end of the log. */
  readonly tried?: { readonly to: Position; readonly isEnd: boolean } | undefined;
  /** By segment: where the others stand, and since which attempt. */
  readonly others: ReadonlyMap<string, Place>;
}

interface Place {
  readonly at: Position | undefined;
  readonly since: number;
}

/** From here on the number of stretches that are folded together is doubled no more. */
const MOST_DOUBLINGS = 20;

/** How often a clash is met in vain, at the least, before it is final: several segments may be in each other's way. */
const LEAST_ATTEMPTS = 30;

/** A segment that has not moved for so many attempts is held up by the same clash, or has stopped, and is waited for no longer. */
const STILL_ATTEMPTS = 60;

/** @internal How much of what comes next is folded together. */
export interface Reach {
  readonly stretches: number;
  /** Of the last of them: a part from above 0 up to 1. */
  readonly share: number;
}

/**
 * @internal The segments that are held up by a user's own unique index. What clashes may be free as soon as another segment has come
 * as far, or, where that one is ahead, as soon as this one is written as of where that stands. So a clash is final only when it was met
 * again after every other segment had passed the event, or stood still for long, with everything folded that the others had come to.
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
  tried(hold: SegmentHold, { position, caughtUp }: Stretch): void {
    const clash = this.#of.get(hold);
    if (clash === undefined) return;
    const { to = position, isEnd = false } = clash.tried ?? {};
    const tried = { to: to > position ? to : position, isEnd: isEnd || caughtUp };
    this.#of.set(hold, { ...clash, tried });
  }

  /** Notes that a segment's event has clashed. @returns How often it has; `undefined` when trying it again is in vain. */
  async note(hold: SegmentHold, position: Position): Promise<number | undefined> {
    const before = this.#of.get(hold);
    const known = before?.position === position ? before : undefined;
    const attempts = (known?.attempts ?? 0) + 1;
    if (known?.isLast && attempts >= this.#leastAttempts) return undefined;
    const others = await this.#look(hold, known?.others, attempts);
    const isLast = [...others.values()].every(
      ({ at, since }) =>
        attempts - since >= STILL_ATTEMPTS || hasPassed(at, position, known?.tried),
    );
    this.#of.set(hold, { position, attempts, isLast, tried: known?.tried, others });
    return attempts;
  }

  async #look(
    { key: own }: SegmentHold,
    before: ReadonlyMap<string, Place> | undefined,
    attempt: number,
  ): Promise<ReadonlyMap<string, Place>> {
    const others = new Map<string, Place>();
    for (const { key, value } of await this.#readModels.listRecords(
      keys.segments(this.#consumer),
    )) {
      const at = (value as unknown as SegmentRecord).checkpoint?.position;
      const known = before?.get(key);
      if (key === own) continue;
      others.set(key, known !== undefined && known.at === at ? known : { at, since: attempt });
    }
    return others;
  }
}

/** Whether another segment has passed a position, and this one was folded to where that stands. */
function hasPassed(at: Position | undefined, position: Position, tried: Clash['tried']): boolean {
  return (
    at !== undefined && at >= position && tried !== undefined && (tried.isEnd || at <= tried.to)
  );
}
