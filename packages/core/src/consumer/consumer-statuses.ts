import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../event/clock.js';
import type { EventFilter, EventStore } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { messageOf } from '../projection/parking.js';
import type { ReadModelStore } from '../projection/read-model-store.js';
import { isPassing } from '../subscription/passing.js';
import type { ConsumerHost } from './consumer-host.js';
import type { Engine } from './engine.js';
import type { ConsumerStatus } from './options.js';
import type { SegmentRecord } from './records.js';
import { keys, leastOf } from './records.js';

interface Parts {
  readonly eventStore: EventStore;
  readonly readModels: ReadModelStore;
  readonly host: ConsumerHost;
  readonly clock: Clock;
}

/** How often somebody who waits for consumers to be caught up looks. */
const LOOK_MS = 10;

/** @internal How the consumers of this process stand, whoever owns their segments. */
export class ConsumerStatuses {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async all(): Promise<readonly ConsumerStatus[]> {
    return await Promise.all(
      [...this.#parts.host.engines.values()].map((engine) => this.#statusOf(engine)),
    );
  }

  /** Resolves when every consumer has handled what the log holds now. */
  async caughtUp(signal: AbortSignal | undefined): Promise<void> {
    const { eventStore, host } = this.#parts;
    const ends = AbortSignal.any([host.closing, ...(signal === undefined ? [] : [signal])]);
    const head = await insisted(() => eventStore.head(), ends);
    if (head === undefined) return;
    for (const { work } of host.engines.values()) {
      const segments = () => this.#segments(work.consumer);
      while (!(await insisted(segments, ends)).every((segment) => isAt(segment, head)))
        await delay(LOOK_MS, undefined, { signal: ends });
    }
  }

  async #statusOf(engine: Engine): Promise<ConsumerStatus> {
    const { work, error } = engine;
    const { name, consumer, kind } = work;
    const owned = { name, consumer, kind, segments: { total: work.segments, owned: engine.owned } };
    try {
      const segments = await this.#segments(consumer);
      return {
        ...owned,
        ...this.#seen(engine, segments),
        lagMs: await this.#lag(engine, segments),
      };
    } catch (failure) {
      if (!isPassing(failure)) throw failure;
      const state = error === undefined ? 'retrying' : 'stopped';
      const why = messageOf(error ?? failure);
      return { ...owned, state, error: why, lagMs: 'unknown', stopped: 0, parked: 0 };
    }
  }

  #seen(engine: Engine, segments: readonly SegmentRecord[]) {
    const { error, isPaused } = engine;
    const stopped = segments.filter((segment) => segment.stopped !== undefined);
    const why = error === undefined ? stopped[0]?.stopped?.error : messageOf(error);
    const isStopped = error !== undefined || stopped.length > 0;
    const going = this.#isRetrying(engine) ? 'retrying' : 'running';
    const state: ConsumerStatus['state'] = isStopped ? 'stopped' : isPaused ? 'paused' : going;
    return {
      state,
      ...(why !== undefined && { error: why }),
      stopped: stopped.length,
      parked: segments.reduce((sum, { parked }) => sum + parked, 0),
    };
  }

  #isRetrying({ isRetrying }: Engine): boolean {
    return isRetrying || this.#parts.host.isRetrying;
  }

  async #lag(engine: Engine, segments: readonly SegmentRecord[]): Promise<number | 'unknown'> {
    const { work } = engine;
    const { host, clock, eventStore } = this.#parts;
    const isFed = ({ owner }: SegmentRecord): boolean =>
      owner !== undefined && host.membership.isAlive(owner);
    const isKnown = segments.length === work.segments && segments.every(isFed);
    if (this.#isRetrying(engine) || !isKnown) return 'unknown';
    return await lagBehind(eventStore, work.filter, segments, clock);
  }

  async #segments(consumer: string): Promise<readonly SegmentRecord[]> {
    const records = await this.#parts.readModels.listRecords(keys.segments(consumer));
    return records.map(({ value }) => value as unknown as SegmentRecord);
  }
}

/** @internal How long ago the oldest event was recorded that not every segment has handled; 0 when there is none. */
export async function lagBehind(
  eventStore: EventStore,
  filter: EventFilter | undefined,
  segments: readonly SegmentRecord[],
  clock: Clock,
): Promise<number> {
  const after = leastOf(segments);
  for await (const { recordedAt } of eventStore.readAll({ after, filter, limit: 1 }))
    return Math.max(1, clock.now() - recordedAt.getTime());
  return 0;
}

function isAt({ checkpoint }: SegmentRecord, position: Position): boolean {
  return checkpoint !== undefined && checkpoint.position >= position;
}

/** Asks a store however long it cannot be reached. @throws What cannot pass; the reason of the signal. */
async function insisted<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (;;)
    try {
      return await ask();
    } catch (error) {
      if (!isPassing(error)) throw error;
      await delay(LOOK_MS, undefined, { signal });
    }
}
