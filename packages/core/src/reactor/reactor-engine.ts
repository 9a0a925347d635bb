import { backOff } from '../backoff.js';
import type { EngineParts, Sighting } from '../consumer/consumer-engine.js';
import type { Engine } from '../consumer/engine.js';
import { Gate } from '../consumer/gate.js';
import type { ParkedRequest, SegmentRecord } from '../consumer/records.js';
import { keys, toJson } from '../consumer/records.js';
import { assertResumable } from '../consumer/resume-check.js';
import { SegmentHold } from '../consumer/segment-hold.js';
import { segmentOf } from '../consumer/segment-of.js';
import { shareOut } from '../consumer/share-out.js';
import { LeaseLostError } from '../projection/errors.js';
import { messageOf } from '../projection/parking.js';
import type { StoredRecord } from '../projection/read-model-store.js';
import { isPassing } from '../subscription/passing.js';
import type { DefinedReactor } from './definition.js';
import { LaneCommits } from './lane-commits.js';
import { ReactorFeed } from './reactor-feed.js';
import type { LaneFailure } from './reactor-lane.js';
import { ReactorLane } from './reactor-lane.js';
import { Slots } from './slots.js';
import { within } from './within.js';

/** How long handlers may take to come to an end when a segment is given back, and again after their signal was aborted. */
const PATIENCE_MS = 5_000;
/** How often it is asked whether others may have taken this process for dead. */
const WATCH_MS = 100;

/** @internal Runs one reactor in this process: takes its share of segments, and has their events handled. */
export class ReactorEngine implements Engine {
  readonly work: Engine['work'];
  readonly #definition: DefinedReactor;
  readonly #parts: EngineParts;
  readonly #lanes = new Map<number, ReactorLane>();
  /** Segments that are being given back. */
  readonly #leaving = new Map<number, Promise<void>>();
  readonly #gate = new Gate();
  readonly #closing = new AbortController();
  readonly #slots: Slots;
  readonly #feed: ReactorFeed;
  readonly #commits: LaneCommits;
  readonly #watch: NodeJS.Timeout;
  #error: unknown;
  #isGivenUp: boolean = false;
  #isRetrying: boolean = false;
  #controlVersion = 0;

  constructor(definition: DefinedReactor, parts: EngineParts) {
    const { name, segments } = definition;
    const { backoff, report, readModels } = parts;
    const mayBegin = (signal: AbortSignal) => this.#mayBegin(signal);
    const failed = (error: unknown) => this.#giveUp(error);
    this.#definition = definition;
    this.#parts = parts;
    this.#slots = new Slots(definition.concurrency);
    const lanes = this.#lanes;
    this.#feed = new ReactorFeed({ ...parts, definition, lanes, mayBegin, failed });
    const { filter } = this.#feed;
    this.work = { name, kind: 'reactor', consumer: name, segments, filter };
    this.#commits = new LaneCommits({
      readModels,
      backoff,
      signal: this.#closing.signal,
      retrying: (error, attempt) => {
        this.#isRetrying = true;
        report({ kind: 'retrying', consumer: name, error, attempt });
      },
      recovered: () => {
        this.#isRetrying = false;
        report({ kind: 'recovered', consumer: name });
      },
      lost: (lane) => this.#lost(lane),
      failed,
    });
    this.#watch = setInterval(() => this.#interruptDoubtful(), WATCH_MS).unref();
  }

  get isRunning(): boolean {
    return !this.#isGivenUp && !this.#closing.signal.aborted;
  }

  get owned(): number {
    return this.#lanes.size;
  }

  get error(): unknown {
    return this.#error;
  }

  get isRetrying(): boolean {
    return this.#isRetrying || this.#feed.isRetrying;
  }

  get isPaused(): boolean {
    return this.#gate.isShut;
  }

  async heed(sighting: Sighting): Promise<void> {
    this.#control(sighting);
    this.#dropLost(sighting.segments);
    if (!this.isRunning) return;
    const { membership } = this.#parts;
    const members = membership.runners(this.work.consumer);
    const shared = sighting.segments.map((stored, segment) => this.#shared(stored, segment));
    const { take, giveBack } = shareOut(shared, members, membership.id);
    for (const segment of giveBack) this.#leave(segment, PATIENCE_MS);
    if (sighting.mayTake)
      for (const segment of take) await this.#take(segment, sighting.segments[segment]);
    this.#answer(sighting.requests);
    if (this.#lanes.size > 0 && this.isRunning) this.#feed.start();
  }

  async close(): Promise<void> {
    this.#closing.abort(new DOMException('The consumers are being closed.', 'AbortError'));
    clearInterval(this.#watch);
    await this.#leaveAll();
  }

  #shared(stored: StoredRecord, segment: number) {
    const { membership } = this.#parts;
    const { owner } = recordOf(stored);
    const isOwn = this.#lanes.has(segment);
    const isNobodys = owner === undefined || owner === membership.id || !membership.isAlive(owner);
    return { segment, isFree: !isOwn && !this.#leaving.has(segment) && isNobodys, isOwn };
  }

  #control({ isPaused, controlVersion }: Sighting): void {
    if (isPaused) this.#gate.shut();
    else this.#gate.open();
    if (controlVersion === this.#controlVersion) return;
    this.#controlVersion = controlVersion;
    if (isPaused) return;
    this.#isGivenUp = false;
    this.#error = undefined;
    for (const lane of this.#lanes.values()) if (lane.mode === 'stopped') this.#resume(lane);
  }

  #resume(lane: ReactorLane): void {
    lane.resume();
    void this.#commits.stopped(lane, undefined);
  }

  #dropLost(segments: readonly StoredRecord[]): void {
    for (const [segment, lane] of this.#lanes) {
      const { hold } = lane;
      const stored = segments[segment];
      // An older look at the record says nothing.
      const isNewer = stored !== undefined && stored.version > hold.version;
      const { owner, epoch } = stored === undefined ? hold.record : recordOf(stored);
      if (isNewer && (owner !== this.#parts.membership.id || epoch !== hold.record.epoch))
        hold.lose();
      if (!hold.isHeld) this.#lost(lane);
    }
  }

  #lost(lane: ReactorLane): void {
    const { segment } = lane.hold;
    if (this.#lanes.get(segment) !== lane) return;
    this.#lanes.delete(segment);
    const { consumer } = this.work;
    lane.reactions.end(new LeaseLostError(consumer, segment));
    void lane.end();
    this.#parts.report({ kind: 'lease-lost', consumer, segment });
    this.#feedIfNeeded();
  }

  async #take(segment: number, stored: StoredRecord | undefined): Promise<void> {
    if (stored === undefined) return;
    const { readModels, membership, eventStore } = this.#parts;
    const before = recordOf(stored);
    const { stopped: _, ...kept } = before;
    const record: SegmentRecord = { ...kept, epoch: before.epoch + 1, owner: membership.id };
    const value = toJson(record);
    const version = await readModels.writeRecord(stored.key, value, stored.version);
    if (version === undefined) return;
    const hold = new SegmentHold(segment, { key: stored.key, version, value });
    this.#tellTakenOver(segment, before.owner);
    try {
      await assertResumable(eventStore, hold.checkpoint);
      const parked = await readModels.listRecords(keys.parked(this.work.consumer, segment));
      this.#lanes.set(segment, this.#laneOf(hold, parked));
    } catch (error) {
      await hold.write(readModels, { owner: undefined });
      if (isPassing(error)) throw error;
      this.#giveUp(error);
    }
  }

  #tellTakenOver(segment: number, from: string | undefined): void {
    const { report, membership } = this.#parts;
    if (from === undefined || from === membership.id) return;
    report({ kind: 'taken-over', consumer: this.work.consumer, segment, from });
  }

  #laneOf(hold: SegmentHold, parked: readonly StoredRecord[]): ReactorLane {
    const { report } = this.#parts;
    const { consumer } = this.work;
    return new ReactorLane(hold, parked, {
      ...this.#parts,
      consumer,
      definition: this.#definition,
      slots: this.#slots,
      mayBegin: (signal) => this.#mayBegin(signal),
      retrying: (error, attempt) => report({ kind: 'retrying', consumer, error, attempt }),
      changed: (lane) => this.#commits.mark(lane),
      parked: (documentId, error) => report({ kind: 'parked', consumer, documentId, error }),
      stopped: (lane, failure) => this.#stopped(lane, failure),
      failed: (error) => this.#giveUp(error),
    });
  }

  #stopped(lane: ReactorLane, { error, recorded, key }: LaneFailure): void {
    const { clock, report } = this.#parts;
    const { segment } = lane.hold;
    report({ kind: 'stopped', consumer: this.work.consumer, segment, error });
    void this.#commits.stopped(lane, {
      position: recorded.position,
      eventId: recorded.id,
      eventType: recorded.type,
      documentId: key,
      error: messageOf(error),
      at: new Date(clock.now()).toISOString(),
    });
  }

  #answer(requests: readonly StoredRecord[]): void {
    const segments = requests.map(({ value }) =>
      segmentOf((value as unknown as ParkedRequest).documentId, this.work.segments),
    );
    for (const [segment, lane] of this.#lanes)
      lane.heed(requests.filter((_, index) => segments[index] === segment));
  }

  /** Gives a segment back, when what is under way has ended. */
  #leave(segment: number, patienceMs: number): void {
    const lane = this.#lanes.get(segment);
    if (lane === undefined) return;
    this.#lanes.delete(segment);
    const left = this.#giveBack(lane, patienceMs)
      .catch(() => undefined)
      .finally(() => this.#leaving.delete(segment));
    this.#leaving.set(segment, left);
    this.#feedIfNeeded();
  }

  async #giveBack(lane: ReactorLane, patienceMs: number): Promise<void> {
    const { hold } = lane;
    const ended = lane.end();
    await within(ended, patienceMs);
    lane.reactions.end(
      this.#closing.signal.reason ?? new LeaseLostError(this.work.consumer, hold.segment),
    );
    await within(ended, PATIENCE_MS);
    this.#commits.mark(lane);
    await this.#commits.flush();
    await this.#commits.exclusive(async () => {
      if (hold.isHeld) await hold.write(this.#parts.readModels, { owner: undefined });
      hold.lose();
    });
  }

  async #leaveAll(): Promise<void> {
    await this.#feed.stop();
    for (const segment of [...this.#lanes.keys()]) this.#leave(segment, 0);
    await Promise.all(this.#leaving.values());
  }

  #feedIfNeeded(): void {
    if (this.#lanes.size === 0) void this.#feed.stop();
  }

  #interruptDoubtful(): void {
    if (this.#parts.membership.mayWork) return;
    for (const { reactions, hold } of this.#lanes.values())
      reactions.interrupt(new LeaseLostError(this.work.consumer, hold.segment));
  }

  /** Waits while the reactor is paused, and while others may have taken this process for dead. */
  async #mayBegin(signal: AbortSignal): Promise<void> {
    await this.#gate.passed(signal);
    while (!this.#parts.membership.mayWork) await backOff(1, { baseMs: 20, maxMs: 20 }, signal);
  }

  /** This process cannot go on with the reactor: what it holds is for those that can. */
  #giveUp(error: unknown): void {
    if (!this.isRunning) return;
    this.#isGivenUp = true;
    this.#error = error;
    this.#parts.report({ kind: 'stopped', consumer: this.work.consumer, error });
    void this.#leaveAll();
  }
}

function recordOf({ value }: StoredRecord): SegmentRecord {
  return value as unknown as SegmentRecord;
}
