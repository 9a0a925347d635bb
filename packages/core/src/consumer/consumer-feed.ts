import type { Backoff } from '../backoff.js';
import { backOff } from '../backoff.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { notifyProgress } from '../projection/progress.js';
import type { ReadModelStore } from '../projection/read-model-store.js';
import { isPassing } from '../subscription/passing.js';
import { resumingSubscription } from '../subscription/resuming-subscription.js';
import type { Gate } from './gate.js';
import type { ConsumerReport, RetryPolicy } from './options.js';
import { leastOf } from './records.js';
import { lastLookedAt } from './resume-check.js';
import type { SegmentHold } from './segment-hold.js';
import { stretches } from './stretches.js';
import type { ConsumerWork, Stretch, WorkFailure } from './work.js';

/** @internal What a {@link ConsumerFeed} works with. */
export interface FeedParts {
  readonly eventStore: EventStore;
  readonly readModels: ReadModelStore;
  readonly retry: RetryPolicy | undefined;
  readonly backoff: Backoff;
  readonly report: (report: ConsumerReport) => void;
  readonly gate: Gate;
  readonly exclusive: <T>(run: () => Promise<T>) => Promise<T>;
  /** The segments that are fed. */
  readonly live: () => readonly SegmentHold[];
  /** A stretch was worked through, but for these. */
  readonly handled: (failures: readonly WorkFailure[]) => void;
  /** Whether no segment is held, so that nobody needs a feed. */
  readonly isIdle: () => boolean;
  readonly mayWork: (signal: AbortSignal) => Promise<void>;
  /** What cannot pass. */
  readonly failed: (error: unknown) => void;
}

/** @internal The one subscription of a consumer in this process. */
export class ConsumerFeed {
  readonly #work: ConsumerWork;
  readonly #parts: FeedParts;
  #running: { readonly stop: AbortController; readonly end: Promise<void> } | undefined;
  #fedTo: Position | undefined;
  #isRetrying: boolean = false;
  /** How often the read-model store has failed in a row. */
  #attempt = 0;
  /** How many events were taken in and are not written yet. */
  #waiting = 0;

  constructor(work: ConsumerWork, parts: FeedParts) {
    this.#work = work;
    this.#parts = parts;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Whether a store cannot be reached just now. */
  get isRetrying(): boolean {
    return this.#isRetrying;
  }

  /** How far events were taken in; `undefined` when it is not running, or stands at the beginning. */
  get fedTo(): Position | undefined {
    return this.#fedTo;
  }

  start(): void {
    const stop = new AbortController();
    const end = this.#run(stop.signal)
      .catch((error: unknown) => {
        if (!stop.signal.aborted) this.#parts.failed(error);
      })
      .finally(() => {
        this.#running = undefined;
        this.#fedTo = undefined;
        this.#isRetrying = false;
        this.#attempt = 0;
      });
    this.#running = { stop, end };
  }

  async stop(): Promise<void> {
    this.#running?.stop.abort();
    await this.#running?.end;
  }

  /** Follows the log, however often the read-model store fails meanwhile: each time anew from the checkpoints. */
  async #run(signal: AbortSignal): Promise<void> {
    const { backoff, report } = this.#parts;
    const { consumer } = this.#work;
    for (;;) {
      try {
        await this.#refresh();
        await this.#follow(signal);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!isPassing(error)) throw error;
        this.#isRetrying = true;
        this.#attempt += 1;
        report({ kind: 'retrying', consumer, error, attempt: this.#attempt });
        await backOff(this.#attempt, backoff, signal);
      }
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { eventStore, retry, report, gate, exclusive, isIdle, live } = this.#parts;
    const { filter, batch, consumer } = this.#work;
    const after = leastOf(live().map(({ record }) => record));
    this.#fedTo = after;
    this.#waiting = 0;
    const subscription = resumingSubscription(eventStore, {
      after,
      filter,
      signal,
      retry,
      report: (error, attempt) => {
        this.#isRetrying = true;
        report({ kind: 'retrying', consumer, error, attempt });
      },
      recovered: () => {
        this.#isRetrying = false;
        report({ kind: 'recovered', consumer });
      },
    });
    const last = (stretch: Stretch) => lastLookedAt(eventStore, stretch);
    for await (const stretch of stretches(subscription, batch, last)) {
      await gate.passed(signal);
      await exclusive(() => this.#take(stretch, signal));
      if (isIdle()) return;
    }
  }

  async #take(stretch: Stretch, signal: AbortSignal): Promise<void> {
    const { mayWork, live } = this.#parts;
    const work = this.#work;
    await mayWork(signal);
    await work.takeIn(stretch, concerned(live(), stretch));
    this.#fedTo = stretch.position;
    this.#waiting += stretch.events.length;
    if (stretch.isDue !== true && this.#waiting < work.batch.maxEvents) return;
    this.#done(await work.commit(live()), stretch);
  }

  #done(failures: readonly WorkFailure[], { position }: Stretch): void {
    const { handled, readModels, report } = this.#parts;
    this.#fedTo = position;
    this.#waiting = 0;
    handled(failures);
    notifyProgress(readModels);
    if (this.#attempt === 0) return;
    this.#attempt = 0;
    this.#isRetrying = false;
    report({ kind: 'recovered', consumer: this.#work.consumer });
  }

  /** After a write whose outcome is not known: what stands, and whether the segments are still held. */
  async #refresh(): Promise<void> {
    if (this.#attempt === 0) return;
    const { live, readModels, handled } = this.#parts;
    for (const hold of live()) await hold.refresh(readModels);
    handled([]);
  }
}

function concerned(holds: readonly SegmentHold[], { position }: Stretch): readonly SegmentHold[] {
  return holds.filter((hold) => hold.isBefore(position));
}
