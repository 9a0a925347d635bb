import type { Backoff } from '../backoff.js';
import { backOff } from '../backoff.js';
import type { Clock } from '../event/clock.js';
import { EventVersionTooNewError } from '../event/errors.js';
import type { EventStore, RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { UniqueIndexError } from '../projection/errors.js';
import { messageOf } from '../projection/parking.js';
import type { ReadModelStore } from '../projection/read-model-store.js';
import { isPassing } from '../subscription/passing.js';
import { Clashes } from './clashes.js';
import type { Gate } from './gate.js';
import type { ConsumerReport } from './options.js';
import type { StoppedAt } from './records.js';
import type { SegmentHold } from './segment-hold.js';
import { beginningOf, readStretch } from './stretch.js';
import type { ConsumerWork, Stretch, WorkFailure } from './work.js';

/** @internal What a {@link HoldRecovery} works with. */
export interface RecoveryParts {
  readonly eventStore: EventStore;
  readonly readModels: ReadModelStore;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly gate: Gate;
  readonly report: (report: ConsumerReport) => void;
  readonly exclusive: <T>(run: () => Promise<T>) => Promise<T>;
  /** How far the feed has come; `undefined` when none is running. */
  readonly fedTo: () => Position | undefined;
  readonly mayWork: (signal: AbortSignal) => Promise<void>;
  /** A stored event is newer than this process understands. */
  readonly tooNew: (error: unknown) => void;
}

/** Pauses between clashes grow no longer from here on: others move on in the meantime, and many attempts find a way past. */
const MOST_CLASH_PAUSES = 3;

/**
 * @internal Leads segments that lag, or that met a failing event, by bounded reads of their own until the feed can take them again, so that
 * the others need not wait for them.
 */
export class HoldRecovery {
  readonly #work: ConsumerWork;
  readonly #parts: RecoveryParts;
  readonly #running = new Map<SegmentHold, Promise<void>>();
  readonly #retrying = new Set<SegmentHold>();
  readonly #clashes: Clashes;
  #halt = new AbortController();

  constructor(work: ConsumerWork, parts: RecoveryParts) {
    this.#work = work;
    this.#parts = parts;
    this.#clashes = new Clashes(work.consumer, work.maxAttempts, parts.readModels);
  }

  /** Whether a store cannot be reached just now. */
  get isRetrying(): boolean {
    return this.#retrying.size > 0;
  }

  /** Begins with a segment. */
  start(hold: SegmentHold): void {
    hold.mode = 'behind';
    const leading = this.#running.get(hold);
    if (leading !== undefined) {
      // It has led the segment to the feed, and may be just about to end.
      void leading.then(() => this.#unlessLed(hold));
      return;
    }
    const signal = AbortSignal.any([hold.signal, this.#halt.signal]);
    const run = this.#run(hold, signal).finally(() => {
      this.#running.delete(hold);
      this.#retrying.delete(hold);
      this.#clashes.forget(hold);
    });
    this.#running.set(hold, run);
  }

  /** Tries again with a segment that has stopped. */
  again(hold: SegmentHold): void {
    if (hold.mode !== 'stopped') return;
    const stopping = this.#running.get(hold);
    if (stopping === undefined) this.start(hold);
    else void stopping.then(() => this.again(hold));
  }

  #unlessLed(hold: SegmentHold): void {
    if (hold.isHeld && hold.mode === 'behind') this.start(hold);
  }

  isLeading(hold: SegmentHold): boolean {
    return this.#running.has(hold);
  }

  /** Ends what is under way, between two stretches. */
  async halt(): Promise<void> {
    this.#halt.abort();
    await Promise.all(this.#running.values());
    this.#halt = new AbortController();
  }

  async #run(hold: SegmentHold, signal: AbortSignal): Promise<void> {
    const { backoff, report, tooNew, readModels } = this.#parts;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await this.#recover(hold, signal);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof EventVersionTooNewError) return tooNew(error);
        if (!isPassing(error)) return await this.#stop({ hold, error }, signal);
        this.#retrying.add(hold);
        report({ kind: 'retrying', consumer: this.#work.consumer, error, attempt });
        await backOff(attempt, backoff, signal).catch(() => undefined);
        await hold.refresh(readModels).catch(() => undefined);
      }
    }
  }

  async #recover(hold: SegmentHold, signal: AbortSignal): Promise<void> {
    const { gate, exclusive, mayWork, readModels } = this.#parts;
    if (hold.record.stopped !== undefined)
      await exclusive(() => hold.write(readModels, { stopped: undefined }));
    while (!signal.aborted && hold.mode === 'behind') {
      await gate.passed(signal);
      await mayWork(signal);
      const failed = await exclusive(() => this.#step(hold));
      this.#retrying.delete(hold);
      if (failed !== undefined) await this.#oneByOne(hold, failed, signal);
    }
  }

  /** Handles what comes next; at the end of the log the feed takes over. @returns The stretch that could not be handled. */
  async #step(hold: SegmentHold): Promise<Stretch | undefined> {
    if (!hold.isHeld) return undefined;
    const first = await this.#read(hold.position);
    let last = first;
    if (first !== undefined && hold.isBefore(first.position)) {
      last = await this.#handleFar(hold, first);
      if (last === undefined) return first;
    }
    this.#clashes.forget(hold);
    if (last === undefined || last.caughtUp) hold.mode = 'live';
    return undefined;
  }

  /**
   * Handles a stretch; where the segment is held up by a clash, as much of it and of what is behind it as may get past.
   *
   * @returns The last that was handled; `undefined` when it could not be done.
   */
  async #handleFar(hold: SegmentHold, first: Stretch): Promise<Stretch | undefined> {
    const reach = this.#clashes.reachOf(hold);
    if (reach === undefined) {
      const failures = await this.#work.handle(first, [hold]);
      return failures.length > 0 ? undefined : first;
    }
    let next = first;
    for (let taken = 1; taken < reach.stretches && !next.caughtUp; taken += 1) {
      await this.#work.takeIn(next, [hold]);
      next = (await this.#read(next.position)) ?? next;
    }
    const last = beginningOf(next, reach.share);
    await this.#work.takeIn(last, [hold]);
    this.#clashes.tried(hold, last);
    const failures = await this.#work.commit([hold]);
    return failures.length > 0 ? undefined : last;
  }

  /** What stands behind a position, up to the size of a batch; `undefined` for an empty log. */
  #read(after: Position | undefined): Promise<Stretch | undefined> {
    const { eventStore, fedTo } = this.#parts;
    return readStretch(eventStore, this.#work, { after, fedTo });
  }

  async #oneByOne(
    hold: SegmentHold,
    { events, position, caughtUp }: Stretch,
    signal: AbortSignal,
  ): Promise<void> {
    for (const event of events) {
      if (!hold.isBefore(event.position)) continue;
      const isHandled = await this.#insist(hold, event, signal);
      if (!isHandled || signal.aborted || hold.mode !== 'behind') return;
    }
    await this.#parts.exclusive(async () => {
      if (hold.isHeld) await this.#work.handle({ events: [], position, caughtUp }, [hold]);
    });
  }

  /**
   * Handles one event, as often as it may be tried, and deals with it when that was in vain.
   *
   * @returns Whether what comes behind it is next.
   */
  async #insist(hold: SegmentHold, event: RecordedEvent, signal: AbortSignal): Promise<boolean> {
    const { exclusive, backoff, report, gate, mayWork } = this.#parts;
    const { consumer, maxAttempts } = this.#work;
    const stretch = { events: [event], position: event.position, caughtUp: false };
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      await gate.passed(signal);
      await mayWork(signal);
      const [failure] = await exclusive(() => this.#handle(stretch, hold));
      if (failure === undefined) {
        this.#clashes.forget(hold);
        return true;
      }
      const failed: WorkFailure = { ...failure, recorded: event };
      const { error } = failed;
      if (error instanceof UniqueIndexError) {
        await this.#giveWay(failed, event, signal);
        return false;
      }
      if (attempt < maxAttempts) {
        report({ kind: 'retrying', consumer, error, attempt });
        await backOff(attempt, backoff, signal);
      } else if (await this.#setAside(failed, attempt, signal)) attempt = 0;
      else return false;
    }
    return false;
  }

  /** Parks what fails, or stops at it. @returns Whether it is parked. */
  async #setAside(failed: WorkFailure, attempts: number, signal: AbortSignal): Promise<boolean> {
    const { exclusive, report } = this.#parts;
    const { consumer, onFailure } = this.#work;
    const { error, documentId } = failed;
    if (onFailure !== 'park' || documentId === undefined) {
      await this.#stop(failed, signal);
      return false;
    }
    await exclusive(() => this.#work.park(failed, attempts));
    if (signal.aborted) return false;
    report({ kind: 'parked', consumer, documentId, error });
    return true;
  }

  /** The whole stretch comes first again, since what is behind the event may free what it clashes with. */
  async #giveWay(failed: WorkFailure, { position }: RecordedEvent, signal: AbortSignal) {
    const { backoff, report } = this.#parts;
    const { hold, error } = failed;
    const attempt = await this.#clashes.note(hold, position);
    if (attempt === undefined) return await this.#stop(failed, signal);
    report({ kind: 'retrying', consumer: this.#work.consumer, error, attempt });
    await backOff(Math.min(attempt, MOST_CLASH_PAUSES), backoff, signal);
  }

  async #handle(stretch: Stretch, hold: SegmentHold): Promise<readonly WorkFailure[]> {
    return hold.isHeld ? await this.#work.handle(stretch, [hold]) : [];
  }

  /** The segment does not go on: its owner keeps it and says why. */
  async #stop(
    { hold, error, recorded, documentId }: WorkFailure,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, report } = this.#parts;
    hold.mode = 'stopped';
    const stopped: StoppedAt = {
      error: messageOf(error),
      at: new Date(clock.now()).toISOString(),
      ...(recorded && {
        position: recorded.position,
        eventId: recorded.id,
        eventType: recorded.type,
      }),
      ...(documentId !== undefined && { documentId }),
    };
    report({ kind: 'stopped', consumer: this.#work.consumer, segment: hold.segment, error });
    await this.#note(hold, stopped, signal);
  }

  /** Others are to know of it, however long the store cannot be reached. */
  async #note(hold: SegmentHold, stopped: StoppedAt, signal: AbortSignal): Promise<void> {
    const { readModels, report, exclusive, backoff } = this.#parts;
    for (let attempt = 1; !signal.aborted; attempt += 1)
      try {
        await exclusive(() => hold.write(readModels, { stopped }));
        return;
      } catch (error) {
        report({ kind: 'retrying', consumer: this.#work.consumer, error, attempt });
        await backOff(attempt, backoff, signal).catch(() => undefined);
        await hold.refresh(readModels).catch(() => undefined);
      }
  }
}
