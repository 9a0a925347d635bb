import type { Position } from '../event-store/position.js';
import type { ReadModelStore, StoredRecord } from '../projection/read-model-store.js';
import type { PurgeRecord, SegmentRecord } from './records.js';
import { keys, leastOf, toJson } from './records.js';

/** How often in the time for which markers are kept it is noted how much of that has passed. */
const NOTES = 24;

/** @internal Times of a {@link MarkerPurge}, in milliseconds. */
export interface PurgeTimes {
  /** How long a marker is kept after all segments have passed it. */
  readonly keepMarkersMs: number;
  /** The most that counts as passed between two looks: nobody knows what else stood still while this process did. */
  readonly timeToLiveMs: number;
}

/**
 * @internal Removes the markers of removed documents from a guarded store, long after every segment has passed them: whoever loaded such
 * a document's absence before it was there may still try to insert it, and only the marker refuses that.
 *
 * Time is added up from what living owners of the first segment measured by their monotonic clocks, and kept in a record, so that no
 * clocks are compared and restarts lose at most one part in 24.
 */
export class MarkerPurge {
  readonly #consumer: string;
  readonly #readModels: ReadModelStore;
  readonly #times: PurgeTimes;
  #lookedMs: number | undefined;
  /** What has passed and is not noted yet. */
  #passedMs = 0;
  #isNoting: boolean = false;

  constructor(consumer: string, readModels: ReadModelStore, times: PurgeTimes) {
    this.#consumer = consumer;
    this.#readModels = readModels;
    this.#times = times;
  }

  /** At each look, with the records of all segments. Takes no time itself: what there is to remove is removed beside it. */
  heed(segments: readonly StoredRecord[], member: string): void {
    const records = segments.map(({ value }) => value as unknown as SegmentRecord);
    if (records[0]?.owner !== member) {
      this.#lookedMs = undefined;
      return;
    }
    const { keepMarkersMs, timeToLiveMs } = this.#times;
    const now = performance.now();
    this.#passedMs += Math.min(now - (this.#lookedMs ?? now), timeToLiveMs);
    this.#lookedMs = now;
    const least = leastOf(records);
    if (least === undefined || this.#isNoting) return;
    if (this.#passedMs < keepMarkersMs / NOTES) return;
    const passed = this.#passedMs;
    this.#passedMs = 0;
    // What fails here is done at the next note: markers are in nobody's way.
    this.#isNoting = true;
    void this.#note(least, passed)
      .catch(() => undefined)
      .finally(() => {
        this.#isNoting = false;
      });
  }

  async #note(least: Position, passedMs: number): Promise<void> {
    const readModels = this.#readModels;
    const key = keys.purge(this.#consumer);
    const stored = await readModels.readRecord(key);
    let next: PurgeRecord = { position: least, keptMs: 0 };
    if (stored !== undefined) {
      const { position, keptMs } = stored.value as unknown as PurgeRecord;
      const kept = keptMs + passedMs;
      if (kept < this.#times.keepMarkersMs) next = { position, keptMs: kept };
      else await readModels.purgeMarkers(this.#consumer, position);
    }
    await readModels.writeRecord(key, toJson(next), stored?.version);
  }
}
