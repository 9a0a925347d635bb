import type { Backoff } from '../backoff.js';
import { backOff } from '../backoff.js';
import type { Clock } from '../event/clock.js';
import type { EventStore } from '../event-store/event-store.js';
import type { ReadModelStore, StoredRecord } from '../projection/read-model-store.js';
import { isPassing } from '../subscription/passing.js';
import { ConsumerFeed } from './consumer-feed.js';
import { Gate } from './gate.js';
import { HoldRecovery } from './hold-recovery.js';
import type { Membership } from './membership.js';
import { Mutex } from './mutex.js';
import type { ConsumerReport, RetryPolicy } from './options.js';
import type { ParkedRequest, SegmentRecord } from './records.js';
import { toJson } from './records.js';
import { assertResumable } from './resume-check.js';
import { SegmentHold } from './segment-hold.js';
import { shareOut } from './share-out.js';
import type { ConsumerWork, WorkFailure } from './work.js';

/** @internal What an engine works with. */
export interface EngineParts {
  readonly eventStore: EventStore;
  readonly readModels: ReadModelStore;
  readonly membership: Membership;
  readonly retry: RetryPolicy | undefined;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly report: (report: ConsumerReport) => void;
}

/** @internal What the engines of this process see of the store at a heartbeat. */
export interface Sighting {
  /** The records of the consumer's segments. */
  readonly segments: readonly StoredRecord[];
  readonly requests: readonly StoredRecord[];
  readonly isPaused: boolean;
  /** Changes whenever an operator says something. */
  readonly controlVersion: number;
  /** Whether free segments may be taken just now. */
  readonly mayTake: boolean;
}

/**
 * @internal Runs one consumer in this process: takes its share of segments, feeds them all by one subscription, lets those that lag or fail go
 * their own way until they are through, and gives back what others should have.
 */
export class ConsumerEngine {
  readonly work: ConsumerWork;
  readonly #parts: EngineParts;
  readonly #holds = new Map<number, SegmentHold>();
  /** Only one works on the consumer's documents at a time: the feed, a segment on its own way, a request. */
  readonly #turns = new Mutex();
  readonly #gate = new Gate();
  readonly #closing = new AbortController();
  readonly #recovery: HoldRecovery;
  readonly #feed: ConsumerFeed;
  #error: unknown;
  #isGivenUp: boolean = false;
  #controlVersion = 0;

  constructor(work: ConsumerWork, parts: EngineParts) {
    this.work = work;
    this.#parts = parts;
    this.#recovery = new HoldRecovery(work, {
      ...parts,
      gate: this.#gate,
      exclusive: (run) => this.#turns.run(run),
      fedTo: () => this.#feed.fedTo,
      mayWork: (signal) => this.#mayWork(signal),
      tooNew: (error) => this.#giveUp(error),
    });
    this.#feed = new ConsumerFeed(work, {
      ...parts,
      gate: this.#gate,
      exclusive: (run) => this.#turns.run(run),
      live: () => [...this.#holds.values()].filter(({ mode, isHeld }) => mode === 'live' && isHeld),
      handled: (failures) => this.#handled(failures),
      isIdle: () => this.#holds.size === 0,
      mayWork: (signal) => this.#mayWork(signal),
      failed: (error) => this.#giveUp(error),
    });
  }

  /** Whether this process competes for segments. */
  get isRunning(): boolean {
    return !this.#isGivenUp && !this.#closing.signal.aborted;
  }

  get owned(): number {
    return this.#holds.size;
  }

  /** Why it does not go on; `undefined` while it does. */
  get error(): unknown {
    return this.#error;
  }

  get isRetrying(): boolean {
    return this.#feed.isRetrying || this.#recovery.isRetrying;
  }

  get isPaused(): boolean {
    return this.#gate.isShut;
  }

  /** Comes to its share, answers requests, heeds what operators say. */
  async heed(sighting: Sighting): Promise<void> {
    this.#control(sighting);
    this.#dropLost(sighting.segments);
    if (!this.isRunning) {
      await this.#forsake(sighting.segments, []);
      return;
    }
    const { membership } = this.#parts;
    const shared = sighting.segments.map((stored, segment) => {
      const { owner } = recordOf(stored);
      const isOwn = this.#holds.has(segment);
      // What a former life of this member left is as free as what nobody owns.
      const isFree =
        !isOwn && (owner === membership.id || owner === undefined || !membership.isAlive(owner));
      return { segment, isFree, isOwn };
    });
    const runners = membership.runners(this.work.consumer);
    const { take, giveBack } = shareOut(shared, runners, membership.id);
    // While none may be taken none is kept: what is given back has no write under way any more.
    for (const segment of sighting.mayTake ? giveBack : [...this.#holds.keys()])
      await this.#release(segment);
    const taken = sighting.mayTake ? take : [];
    await this.#forsake(sighting.segments, taken);
    for (const segment of taken)
      if (this.isRunning) await this.#take(segment, sighting.segments[segment]);
    this.#startFeed();
    await this.#answer(sighting.requests);
  }

  /** Ends work and gives all segments back. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#gate.open();
    await this.#stopFeed();
    for (const segment of [...this.#holds.keys()])
      await this.#release(segment).catch(() => undefined);
  }

  #control({ isPaused, controlVersion }: Sighting): void {
    if (isPaused) this.#gate.shut();
    else this.#gate.open();
    if (controlVersion === this.#controlVersion) return;
    this.#controlVersion = controlVersion;
    if (isPaused) return;
    this.#isGivenUp = false;
    this.#error = undefined;
    for (const hold of this.#holds.values()) this.#recovery.again(hold);
  }

  #dropLost(segments: readonly StoredRecord[]): void {
    for (const [segment, hold] of this.#holds) {
      const stored = segments[segment];
      const { owner, epoch } = stored === undefined ? {} : recordOf(stored);
      // An older look at the record says nothing.
      const isNewer = stored !== undefined && stored.version > hold.version;
      if (isNewer && (owner !== this.#parts.membership.id || epoch !== hold.record.epoch))
        hold.lose();
      if (!hold.isHeld) this.#lost(segment, hold);
    }
  }

  #lost(segment: number, hold: SegmentHold): void {
    if (!this.#holds.delete(segment)) return;
    this.work.end(hold);
    this.#parts.report({ kind: 'lease-lost', consumer: this.work.consumer, segment });
  }

  async #take(segment: number, stored: StoredRecord | undefined): Promise<void> {
    if (stored === undefined) return;
    const { readModels, membership, report } = this.#parts;
    const before = recordOf(stored);
    const { stopped: _, ...kept } = before;
    const record: SegmentRecord = { ...kept, epoch: before.epoch + 1, owner: membership.id };
    const version = await readModels.writeRecord(stored.key, toJson(record), stored.version);
    if (version === undefined) return;
    const hold = new SegmentHold(segment, { key: stored.key, version, value: toJson(record) });
    const { owner } = before;
    if (owner !== undefined && owner !== membership.id)
      report({ kind: 'taken-over', consumer: this.work.consumer, segment, from: owner });
    try {
      if ((await this.work.mayBegin?.()) === false) {
        await hold.write(readModels, { owner: undefined });
        return;
      }
      await assertResumable(this.#parts.eventStore, hold.checkpoint);
      await this.#turns.run(() => this.work.begin(hold));
    } catch (error) {
      await hold.write(readModels, { owner: undefined });
      if (isPassing(error)) throw error;
      this.#giveUp(error);
      return;
    }
    this.#holds.set(segment, hold);
    // The feed may have found meanwhile that this process cannot go on.
    if (!this.isRunning) await this.#release(segment);
    else if (this.#feed.isRunning) this.#recovery.start(hold);
  }

  /** Gives back what this member owns by the record alone, because a write failed by which it was given back or taken. */
  async #forsake(segments: readonly StoredRecord[], taken: readonly number[]): Promise<void> {
    const { membership, readModels } = this.#parts;
    for (const [segment, { key, value, version }] of segments.entries()) {
      const { owner, ...free } = value as unknown as SegmentRecord;
      if (owner !== membership.id || this.#holds.has(segment) || taken.includes(segment)) continue;
      await readModels.writeRecord(key, toJson(free), version);
    }
  }

  async #release(segment: number): Promise<void> {
    const hold = this.#holds.get(segment);
    if (hold === undefined) return;
    await this.#turns.run(async () => {
      this.#holds.delete(segment);
      this.work.end(hold);
      try {
        if (hold.isHeld) await hold.write(this.#parts.readModels, { owner: undefined });
      } finally {
        hold.lose();
      }
    });
  }

  async #answer(requests: readonly StoredRecord[]): Promise<void> {
    const { readModels } = this.#parts;
    for (const { key, value, version } of requests) {
      const request = value as unknown as ParkedRequest;
      const hold = this.#holds.get(this.work.segmentOf(request.documentId));
      if (hold === undefined) continue;
      // In one turn: the feed may take nothing in for the segment before it is known where that stands.
      const failures = await this.#turns.run(async () => {
        const failed = await this.work
          .answer(request, hold)
          .catch((error: unknown) => this.#unanswered(error, request, hold));
        this.#handled(failed);
        return failed;
      });
      if (hold.isHeld && failures.length === 0) await readModels.removeRecord(key, version);
    }
  }

  /** What was taken in for the segment is forgotten: it is led on from where it stands. */
  async #unanswered(
    error: unknown,
    { documentId }: ParkedRequest,
    hold: SegmentHold,
  ): Promise<readonly WorkFailure[]> {
    await hold.refresh(this.#parts.readModels).catch(() => undefined);
    if (hold.mode === 'live') this.#recovery.start(hold);
    if (isPassing(error)) throw error;
    this.#parts.report({ kind: 'parked', consumer: this.work.consumer, documentId, error });
    return [];
  }

  #startFeed(): void {
    if (this.#feed.isRunning || !this.isRunning) return;
    const holds = [...this.#holds.values()].filter(
      (hold) => hold.mode !== 'stopped' && !this.#recovery.isLeading(hold),
    );
    if (holds.length === 0) return;
    for (const hold of holds) hold.mode = 'live';
    this.#feed.start();
  }

  async #stopFeed(): Promise<void> {
    await this.#feed.stop();
    await this.#recovery.halt();
  }

  #handled(failures: readonly WorkFailure[]): void {
    for (const { hold } of failures) this.#recovery.start(hold);
    for (const [segment, hold] of this.#holds) if (!hold.isHeld) this.#lost(segment, hold);
  }

  /** Waits while others may have taken this member for dead. */
  async #mayWork(signal: AbortSignal): Promise<void> {
    while (!this.#parts.membership.mayWork) await backOff(1, { baseMs: 20, maxMs: 20 }, signal);
  }

  /** This process cannot go on with the consumer: what it holds is for those that can. */
  #giveUp(error: unknown): void {
    if (this.#isGivenUp || this.#closing.signal.aborted) return;
    this.#isGivenUp = true;
    this.#error = error;
    this.#parts.report({ kind: 'stopped', consumer: this.work.consumer, error });
    void this.#stopFeed().then(async () => {
      for (const segment of [...this.#holds.keys()])
        await this.#release(segment).catch(() => undefined);
    });
  }
}

function recordOf({ value }: StoredRecord): SegmentRecord {
  return value as unknown as SegmentRecord;
}
