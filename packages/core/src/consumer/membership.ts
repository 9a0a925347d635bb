import { hostname } from 'node:os';
import { byCodeUnit } from '../by-code-unit.js';
import { newEventId } from '../event/ids.js';
import type { ReadModelStore, StoredRecord } from '../projection/read-model-store.js';
import type { MemberRecord } from './records.js';
import { keys, toJson } from './records.js';

/** @internal Lease times with their defaults filled in, in milliseconds. */
export interface LeaseTimes {
  readonly heartbeatMs: number;
  readonly timeToLiveMs: number;
  readonly keepMarkersMs: number;
}

/** A dead member's record is removed when it has been silent for so many times the time to live. */
const FORGET_AFTER = 10;
/** The part of the time to live after which a member stops working by itself. */
const WORKING_SHARE = 2 / 3;
/** The part of the time for which markers are kept after which a member asks whether its segments are still its own. */
const AWAY_SHARE = 1 / 2;

interface Seen {
  readonly beat: number;
  readonly record: MemberRecord;
  readonly version: number;
  /** When the beat was first seen, by the monotonic clock of this process. */
  readonly sinceMs: number;
}

/**
 * @internal This process among those that run consumers. Compares no clocks: a member is dead when its counter has not changed for the
 * time to live on the observer's own monotonic clock.
 */
export class Membership {
  readonly id = newEventId();
  readonly times: LeaseTimes;
  readonly #store: ReadModelStore;
  #seen = new Map<string, Seen>();
  #beat = 0;
  #version: number | undefined;
  #isVersionKnown: boolean = true;
  #lastBeatMs = Number.NEGATIVE_INFINITY;
  #lastBeatAt = Number.NEGATIVE_INFINITY;

  constructor(store: ReadModelStore, times: LeaseTimes) {
    this.#store = store;
    this.times = times;
  }

  /** Whether this member may work: its last beat is so young that nobody can have taken it for dead. */
  get mayWork(): boolean {
    return this.#silentMs < this.times.timeToLiveMs * WORKING_SHARE;
  }

  /** Whether this member was silent for so long that markers may soon be purged of what it has loaded. */
  get wasAway(): boolean {
    return this.#silentMs >= this.times.keepMarkersMs * AWAY_SHARE;
  }

  /** How long ago it last said that it lives; by the wall clock too, which goes on while the machine sleeps. */
  get #silentMs(): number {
    return Math.max(performance.now() - this.#lastBeatMs, Date.now() - this.#lastBeatAt);
  }

  /** Says that this member lives, and what it runs. */
  async beat(consumers: readonly string[]): Promise<void> {
    const [ms, at] = [performance.now(), Date.now()];
    this.#beat += 1;
    const record: MemberRecord = {
      beat: this.#beat,
      consumers,
      host: hostname(),
      pid: process.pid,
    };
    if (!this.#isVersionKnown) this.#version = (await this.#read())?.version;
    this.#isVersionKnown = false;
    let version = await this.#write(record);
    if (version === undefined) {
      // Taken for dead and forgotten: what it owned may have gone, which its segments' records tell.
      this.#version = (await this.#read())?.version;
      version = await this.#write(record);
    }
    if (version === undefined) return;
    this.#version = version;
    this.#isVersionKnown = true;
    this.#lastBeatMs = ms;
    this.#lastBeatAt = at;
  }

  /** Looks at the records of all members. */
  observe(records: readonly StoredRecord[]): void {
    const now = performance.now();
    const seen = new Map<string, Seen>();
    for (const { key, value, version } of records) {
      const id = key.slice(keys.members.length);
      const record = value as unknown as MemberRecord;
      const before = this.#seen.get(id);
      const isSilent = before !== undefined && before.beat === record.beat;
      const sinceMs = isSilent ? before.sinceMs : now;
      seen.set(id, { beat: record.beat, record, version, sinceMs });
    }
    this.#seen = seen;
  }

  /** Whether a member lives, as far as can be told; one that has taken its leave does not. */
  isAlive(id: string): boolean {
    if (id === this.id) return true;
    const seen = this.#seen.get(id);
    return seen !== undefined && performance.now() - seen.sinceMs < this.times.timeToLiveMs;
  }

  /** The living members that run a consumer, this one among them, in an order that all of them agree on. */
  runners(consumer: string): readonly string[] {
    const others = [...this.#seen].filter(
      ([id, { record }]) =>
        id !== this.id && this.isAlive(id) && record.consumers.includes(consumer),
    );
    return [this.id, ...others.map(([id]) => id)].sort(byCodeUnit);
  }

  /** Removes the records of those that have been dead for long. */
  async forgetDead(): Promise<void> {
    const now = performance.now();
    for (const [id, { sinceMs, version }] of this.#seen)
      if (id !== this.id && now - sinceMs > FORGET_AFTER * this.times.timeToLiveMs)
        await this.#store.removeRecord(keys.member(id), version);
  }

  /** Takes its leave, so that others need not wait. */
  async leave(): Promise<void> {
    const version = this.#isVersionKnown ? this.#version : (await this.#read())?.version;
    this.#lastBeatMs = Number.NEGATIVE_INFINITY;
    if (version !== undefined) await this.#store.removeRecord(keys.member(this.id), version);
  }

  #read(): Promise<StoredRecord | undefined> {
    return this.#store.readRecord(keys.member(this.id));
  }

  #write(record: MemberRecord): Promise<number | undefined> {
    return this.#store.writeRecord(keys.member(this.id), toJson(record), this.#version);
  }
}
