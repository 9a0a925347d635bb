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
  #isRetrying = false;

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

  /** How far it has come; `undefined` when it is not running, or stands at the beginning. */
  get fedTo(): Position | undefined {
    return this.#fedTo;
  }

  start(after: Position | undefined): void {
    const stop = new AbortController();
    this.#fedTo = after;
    const end = this.#run(after, stop.signal)
      .catch((error: unknown) => {
        if (!stop.signal.aborted) this.#parts.failed(error);
      })
      .finally(() => {
        this.#running = undefined;
        this.#fedTo = undefined;
      });
    this.#running = { stop, end };
  }

  async stop(): Promise<void> {
    this.#running?.stop.abort();
    await this.#running?.end;
  }

  async #run(after: Position | undefined, signal: AbortSignal): Promise<void> {
    const { eventStore, retry, report, gate, exclusive, isIdle } = this.#parts;
    const { filter, batch, consumer } = this.#work;
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
    for await (const stretch of stretches(subscription, batch)) {
      await gate.passed(signal);
      await exclusive(() => this.#process(stretch, signal));
      if (isIdle()) return;
    }
  }

  /** Works a stretch through, however often the read-model store fails meanwhile. */
  async #process(stretch: Stretch, signal: AbortSignal): Promise<void> {
    const { backoff, report, readModels, mayWork, handled } = this.#parts;
    const { consumer } = this.#work;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await mayWork(signal);
        const failures = await this.#work.handle(stretch, this.#concerned(stretch));
        this.#fedTo = stretch.position;
        handled(failures);
        if (attempt > 1) report({ kind: 'recovered', consumer });
        if (attempt > 1) this.#isRetrying = false;
        notifyProgress(readModels);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!isPassing(error)) throw error;
        this.#isRetrying = true;
        report({ kind: 'retrying', consumer, error, attempt });
        await backOff(attempt, backoff, signal);
        await this.#refresh(stretch);
      }
    }
  }

  /** After a write whose outcome is not known: what stands, and whether the segments are still held. */
  async #refresh(stretch: Stretch): Promise<void> {
    for (const hold of this.#concerned(stretch))
      try {
        await hold.refresh(this.#parts.readModels);
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
  }

  #concerned({ position }: Stretch): readonly SegmentHold[] {
    return this.#parts.live().filter((hold) => hold.isBefore(position));
  }
}
