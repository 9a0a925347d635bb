import { contentOf, type EventPredicate, type RecordedEvent } from '@everfold/core';
import type { StoredEvent } from './memory-stream.js';
import { positionAt } from './position.js';

const BATCH_EVENTS = 512;
/** A filter that nothing passes must not hold the event loop. */
const BATCH_STEPS = 8_192;

/** What a {@link Cursor} walks over. */
export interface Track {
  at(place: number): StoredEvent | undefined;
  readonly matches: EventPredicate | undefined;
  now(): number;
}

/** Walks over the log or a stream, batch by batch. */
export class Cursor {
  #left: number;

  /**
   * @param next - The place to look at next.
   * @param step - Which way to go.
   * @param limit - How many events it may take in all.
   */
  constructor(
    public next: number,
    readonly step: 1 | -1,
    limit: number,
  ) {
    this.#left = limit;
  }

  /** Whether there is nothing left up to `last`, inclusive. */
  isDone(last: number): boolean {
    return this.#left <= 0 || (last - this.next) * this.step < 0;
  }

  /** Takes the next events that are visible and match, up to `last`, inclusive; perhaps none. */
  take(track: Track, last: number): readonly RecordedEvent[] {
    const nowMs = track.now();
    const events: RecordedEvent[] = [];
    for (let steps = 0; steps < BATCH_STEPS && events.length < BATCH_EVENTS; steps += 1) {
      if (this.isDone(last)) break;
      const event = track.at(this.next);
      this.next += this.step;
      if (event === undefined || !passes(event, track.matches, nowMs)) continue;
      events.push(recorded(event));
      this.#left -= 1;
    }
    return events;
  }
}

function passes(event: StoredEvent, matches: EventPredicate | undefined, nowMs: number): boolean {
  if (!event.stream.shows(event, nowMs)) return false;
  return matches === undefined || matches({ type: event.type, stream: event.stream.name });
}

function recorded(event: StoredEvent): RecordedEvent {
  const { id, type, version, stream, revision, place, recordedAtMs } = event;
  return {
    id,
    type,
    version,
    ...contentOf(event),
    stream: stream.name,
    revision,
    position: positionAt(place),
    recordedAt: new Date(recordedAtMs),
  };
}
