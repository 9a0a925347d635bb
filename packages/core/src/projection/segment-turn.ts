import type { Checkpoint, SegmentRecord } from '../consumer/records.js';
import type { SegmentHold } from '../consumer/segment-hold.js';
import type { Stretch, WorkFailure } from '../consumer/work.js';
import type { Json } from '../event/json.js';
import type { Position } from '../event-store/position.js';
import type { CachedDocument } from './document-cache.js';
import type { DocumentWrite, SegmentSave } from './read-model-store.js';

/** @internal What one stretch of the log comes to in one segment. */
export class SegmentTurn {
  readonly hold: SegmentHold;
  readonly changed: CachedDocument[] = [];
  readonly put: { readonly key: string; readonly value: Json }[] = [];
  /** The stream of each event that found no document. */
  readonly skipped: string[] = [];
  handled = 0;
  orphaned = 0;
  failure: WorkFailure | undefined;
  /** How far the log was looked at, and the last event of it. */
  #checkpoint: Checkpoint | undefined;

  constructor(hold: SegmentHold) {
    this.hold = hold;
    this.#checkpoint = hold.checkpoint;
  }

  /** How far the segment will be when this is written. */
  get position(): Position | undefined {
    return this.#checkpoint?.position;
  }

  /** Notes that everything up to the end of a stretch was taken in. */
  advance(stretch: Stretch): void {
    this.#checkpoint = checkpointBehind(stretch, this.#checkpoint);
  }

  /** What is to be written. @param parked - How many documents of the segment are parked now. */
  save(collection: string, parked: number): SegmentSave {
    const { key, version } = this.hold;
    return {
      collection,
      documents: this.changed.map(writeOf),
      put: this.put,
      remove: [],
      segment: { key, version, value: this.record(parked) as unknown as Json },
    };
  }

  /** The segment's record when this is written. */
  record(parked: number): SegmentRecord {
    const { record } = this.hold;
    return {
      ...record,
      ...(this.#checkpoint && { checkpoint: this.#checkpoint }),
      handled: record.handled + this.handled,
      skipped: record.skipped + this.skipped.length,
      orphaned: record.orphaned + this.orphaned,
      parked,
    };
  }
}

/** @internal The write of a document as it stands in the cache. */
export function writeOf(entry: CachedDocument): DocumentWrite {
  const { id, document, position, parkedSince, loadedAt } = entry;
  if (position === undefined) throw new TypeError(`Document '${id}' has seen no event.`);
  return { id, document, position, parkedSince, loadedAt };
}

/** @internal The checkpoint at the end of a stretch. It never goes back. */
export function checkpointBehind(
  { events, position, last = events.at(-1) }: Stretch,
  before: Checkpoint | undefined,
): Checkpoint {
  if (before !== undefined && before.position >= position) return before;
  if (last !== undefined) return { position, eventId: last.id, eventPosition: last.position };
  return { ...before, position };
}
