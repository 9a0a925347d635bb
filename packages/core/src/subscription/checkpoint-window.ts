import type { Checkpoint } from '../consumer/records.js';
import type { Position } from '../event-store/position.js';

/** @internal How many events may lie between the oldest unfinished one and the reader, both included. */
export const WINDOW_EVENTS = 1_000;

/** @internal An event as a {@link CheckpointWindow} remembers it. */
export interface LookedAt {
  readonly id: string;
  readonly position: Position;
}

interface Entry {
  position: Position;
  /** The last event looked at, at or before `position`. */
  event: LookedAt | undefined;
  /** An event that was begun; the others are places that were looked at and held nothing to handle. */
  readonly isEvent: boolean;
  isFinished: boolean;
}

/**
 * @internal Says up to where everything is finished, when events are begun in order and finished in any: a checkpoint taken from
 * here is never ahead of the work.
 *
 * It holds a bounded number of events: while the oldest is not finished, the reader waits for room, so that a crash repeats no
 * more than a window of them.
 */
export class CheckpointWindow {
  readonly #size: number;
  readonly #entries = new Map<Position, Entry>();
  #events = 0;
  #last: Position | undefined;
  #lastEvent: LookedAt | undefined;
  #committable: Checkpoint | undefined;
  /** The newest entry where that is a place and no event: the next place takes its stead, so that quiet stretches cost nothing. */
  #newestPlace: Entry | undefined;
  #waiting: { readonly isMet: () => boolean; readonly go: () => void }[] = [];

  /**
   * @param start - Up to where everything is finished already; `undefined`: nothing is.
   * @param size - The most events between the oldest unfinished one and the reader, both included: 1 or more.
   */
  constructor(start?: Checkpoint | undefined, size: number = WINDOW_EVENTS) {
    if (!Number.isSafeInteger(size) || size < 1)
      throw new TypeError(`The size of a window is an integer from 1, not ${String(size)}.`);
    this.#size = size;
    this.#committable = start;
    this.#last = start?.position;
    if (start?.eventId !== undefined && start.eventPosition !== undefined)
      this.#lastEvent = { id: start.eventId, position: start.eventPosition };
  }

  /** Up to where everything is finished; `undefined` while nothing is. */
  get committable(): Checkpoint | undefined {
    return this.#committable;
  }

  /** How far the reader is: the last event begun, or the last place looked at. */
  get last(): Position | undefined {
    return this.#last;
  }

  /** How many events may be begun before {@link begin} refuses. */
  get room(): number {
    return this.#size - this.#events;
  }

  /** Whether everything that was begun is finished. */
  get isIdle(): boolean {
    return this.#events === 0;
  }

  /**
   * Begins an event.
   *
   * @throws TypeError when the reader has passed it, and when there is no room: see {@link waitForRoom}.
   */
  begin(event: LookedAt): void {
    const { position } = event;
    if (this.#last !== undefined && position <= this.#last)
      throw new TypeError(`The event at ${position} comes behind ${this.#last}, which was passed.`);
    if (this.room <= 0)
      throw new TypeError('The window is full: wait for room before the next event.');
    this.#events += 1;
    this.#push(position, event, true);
  }

  /** Finishes an event. @throws TypeError when it was not begun, or is finished already. */
  end(position: Position): void {
    const entry = this.#entries.get(position);
    if (entry === undefined || entry.isFinished)
      throw new TypeError(`No event at ${position} is being handled.`);
    entry.isFinished = true;
    this.#settle();
  }

  /**
   * Says that the reader has looked at everything up to a position, and that what was not begun needs no handling.
   *
   * @param event - The last event that it has seen, if that was not begun.
   * @throws TypeError when the reader had passed that position.
   */
  advanceTo(position: Position, event: LookedAt | undefined = this.#lastEvent): void {
    if (this.#last !== undefined && position < this.#last)
      throw new TypeError(`The reader has passed ${position}: it is at ${this.#last}.`);
    if (position === this.#last) return;
    if (this.#newestPlace !== undefined) this.#entries.delete(this.#newestPlace.position);
    this.#push(position, event, false);
    this.#settle();
  }

  /** Resolves when another event may be begun. @throws the reason of the signal. */
  waitForRoom(signal?: AbortSignal): Promise<void> {
    return this.#wait(() => this.room > 0, signal);
  }

  /** Resolves when everything that was begun is finished. @throws the reason of the signal. */
  waitForIdle(signal?: AbortSignal): Promise<void> {
    return this.#wait(() => this.isIdle, signal);
  }

  #push(position: Position, event: LookedAt | undefined, isEvent: boolean): void {
    const entry: Entry = { position, event, isEvent, isFinished: !isEvent };
    this.#entries.set(position, entry);
    this.#newestPlace = isEvent ? undefined : entry;
    this.#last = position;
    this.#lastEvent = event;
  }

  /** Takes out what is finished, from the oldest on: a map keeps the order of its insertions. */
  #settle(): void {
    for (const { position, event, isEvent, isFinished } of this.#entries.values()) {
      if (!isFinished) break;
      this.#entries.delete(position);
      if (isEvent) this.#events -= 1;
      this.#committable = checkpointAt(position, event);
    }
    const met = this.#waiting.filter(({ isMet }) => isMet());
    for (const { go } of met) go();
  }

  async #wait(isMet: () => boolean, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (isMet()) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        signal?.removeEventListener('abort', go);
        this.#waiting = this.#waiting.filter((waiting) => waiting.go !== go);
        resolve();
      };
      signal?.addEventListener('abort', go, { once: true });
      this.#waiting.push({ isMet, go });
    });
    signal?.throwIfAborted();
  }
}

function checkpointAt(position: Position, event: LookedAt | undefined): Checkpoint {
  if (event === undefined) return { position };
  return { position, eventId: event.id, eventPosition: event.position };
}
