import type { ParkedRecord } from '../consumer/records.js';
import type { Clock } from '../event/clock.js';
import type { Json } from '../event/json.js';
import type { RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { ParkReason } from '../projection/parking.js';
import { parkedKey, parkedRecord } from '../projection/parking.js';
import type { StoredRecord } from '../projection/read-model-store.js';

/** @internal Where parked events lie. */
export interface ParkedPlace {
  readonly consumer: string;
  readonly segment: number;
  readonly clock: Clock;
}

/** @internal What is to be written of parked events. */
export interface ParkedChanges {
  readonly put: readonly { readonly key: string; readonly value: Json }[];
  readonly remove: readonly string[];
}

/** @internal The parked events of a segment, by what they are ordered by, and what of them is not written yet. */
export class ParkedKeys {
  readonly #place: ParkedPlace;
  readonly #byKey = new Map<string, ParkedRecord[]>();
  #put = new Map<string, Json>();
  #remove = new Set<string>();

  constructor(place: ParkedPlace, stored: readonly StoredRecord[]) {
    this.#place = place;
    for (const { value } of stored) {
      const record = value as unknown as ParkedRecord;
      this.#of(record.documentId).push(record);
    }
  }

  /** How many keys are parked. */
  get count(): number {
    return this.#byKey.size;
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  /** The first event parked for a key: the one that fails. */
  first(key: string): ParkedRecord | undefined {
    return this.#byKey.get(key)?.[0];
  }

  /** Sets an event aside. One that lies there already, which a crash or a replay brings again, stays as it is. */
  add(key: string, recorded: RecordedEvent, reason?: ParkReason): void {
    const records = this.#of(key);
    if (records.some(({ position }) => position === recorded.position)) return;
    records.push(this.#write(key, recorded, reason));
    records.sort((a, b) => (a.position < b.position ? -1 : 1));
  }

  /** Says why the first event of a key has failed again. */
  failedAgain(key: string, recorded: RecordedEvent, reason: ParkReason): void {
    const [first, ...others] = this.#of(key);
    const attempts = reason.attempts + (first?.attempts ?? 0);
    this.#byKey.set(key, [this.#write(key, recorded, { ...reason, attempts }), ...others]);
  }

  /** An event of a key is dealt with; the key is free when it was the last. What does not lie there is passed over. */
  remove(key: string, position: Position): void {
    const records = this.#byKey.get(key) ?? [];
    const others = records.filter((record) => record.position !== position);
    for (const record of records)
      if (record.position === position) this.#forget(this.#keyOf(record));
    if (others.length > 0) this.#byKey.set(key, others);
    else this.#byKey.delete(key);
  }

  /** Has another record removed together with the next changes. */
  removeAlong(recordKey: string): void {
    // First, so that where things are written one by one a request goes before what it asks for is done twice.
    this.#remove = new Set([recordKey, ...this.#remove]);
  }

  /** Takes what is to be written. */
  take(): ParkedChanges {
    const put = [...this.#put].map(([key, value]) => ({ key, value }));
    const remove = [...this.#remove];
    this.#put = new Map();
    this.#remove = new Set();
    return { put, remove };
  }

  /** Gives back what could not be written; what was changed since is newer. */
  giveBack({ put, remove }: ParkedChanges): void {
    const removed = this.#remove;
    this.#remove = new Set([...remove.filter((key) => !this.#put.has(key)), ...removed]);
    const given = put.filter(({ key }) => !removed.has(key) && !this.#put.has(key));
    for (const { key, value } of given) this.#put.set(key, value);
  }

  get hasChanges(): boolean {
    return this.#put.size > 0 || this.#remove.size > 0;
  }

  #of(key: string): ParkedRecord[] {
    const records = this.#byKey.get(key) ?? [];
    this.#byKey.set(key, records);
    return records;
  }

  #write(key: string, recorded: RecordedEvent, reason?: ParkReason): ParkedRecord {
    const { clock, ...place } = this.#place;
    const record = parkedRecord({ ...place, documentId: key }, recorded, clock, reason);
    this.#put.set(record.key, record.value);
    this.#remove.delete(record.key);
    return record.value as unknown as ParkedRecord;
  }

  #forget(recordKey: string): void {
    this.#put.delete(recordKey);
    this.#remove.add(recordKey);
  }

  #keyOf({ position, documentId }: ParkedRecord): string {
    const { consumer, segment } = this.#place;
    return parkedKey(consumer, segment, position, documentId);
  }
}
