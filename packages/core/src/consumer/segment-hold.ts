import type { Position } from '../event-store/position.js';
import type { ReadModelStore, StoredRecord } from '../projection/read-model-store.js';
import type { Checkpoint, SegmentRecord } from './records.js';
import { toJson } from './records.js';

/** @internal Where events come from for a segment. `live`: the consumer's feed. `behind`: reads of its own. `stopped`: nowhere. */
export type HoldMode = 'live' | 'behind' | 'stopped';

/** @internal A segment that this process owns, as far as it knows: every write of its record tells. */
export class SegmentHold {
  readonly segment: number;
  readonly key: string;
  mode: HoldMode = 'behind';
  #version: number;
  #record: SegmentRecord;
  readonly #lost = new AbortController();

  constructor(segment: number, { key, version, value }: StoredRecord) {
    this.segment = segment;
    this.key = key;
    this.#version = version;
    this.#record = value as unknown as SegmentRecord;
  }

  get version(): number {
    return this.#version;
  }

  get record(): SegmentRecord {
    return this.#record;
  }

  get checkpoint(): Checkpoint | undefined {
    return this.#record.checkpoint;
  }

  /** Everything at or before it is handled. */
  get position(): Position | undefined {
    return this.#record.checkpoint?.position;
  }

  /** Aborted when the segment is owned no more. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  get isHeld(): boolean {
    return !this.#lost.signal.aborted;
  }

  /** Whether an event is still to be handled. */
  isBefore(position: Position): boolean {
    const own = this.#record.checkpoint;
    return own === undefined || own.position < position;
  }

  /** Takes over what was written of the record. */
  stands(version: number, record: SegmentRecord): void {
    this.#version = version;
    this.#record = record;
  }

  lose(): void {
    this.#lost.abort();
  }

  /** Writes the record; the segment is lost when somebody else did. @returns Whether it was written. */
  async write(store: ReadModelStore, change: Partial<SegmentRecord>): Promise<boolean> {
    const record = { ...this.#record, ...change };
    const version = await store.writeRecord(this.key, toJson(record), this.#version);
    if (version === undefined) {
      this.lose();
      return false;
    }
    this.stands(version, record);
    return true;
  }

  /**
   * Reads the record again after a write whose outcome is not known; the segment is lost when somebody else owns it.
   */
  async refresh(store: ReadModelStore): Promise<void> {
    const stored = await store.readRecord(this.key);
    const record = stored?.value as unknown as SegmentRecord | undefined;
    const { epoch, owner } = this.#record;
    if (stored === undefined || record?.epoch !== epoch || record.owner !== owner) this.lose();
    else this.stands(stored.version, record);
  }
}
