import {
  assertFilter,
  assertLogRead,
  assertStreamRead,
  CheckpointAheadOfLogError,
  type EventReadOptions,
  firstVisible,
  type LogReadOptions,
  type Position,
  predicateOf,
  type RecordedEvent,
  StreamDeletedError,
  type StreamReadOptions,
  type SubscribeOptions,
  type SubscriptionBatch,
} from '@everfold/core';
import type { LogTracker } from '../log/log-tracker.js';
import { positionAt, recordAt } from '../position.js';
import type { StreamDirectory } from '../stream/stream-directory.js';
import { Turns } from '../turns.js';
import type { LogReader } from './log-reader.js';
import { inSlices } from './slice.js';
import type { StreamReader } from './stream-reader.js';

/** Records after which a subscription reports its position although nothing matched. */
const REPORT_RECORDS = 4_096;

/** The parts that reads stand on. */
export interface ReadParts {
  readonly tracker: LogTracker;
  readonly directory: StreamDirectory;
  readonly streams: StreamReader;
  readonly log: LogReader;
  /** Throws when the store is closed. */
  readonly assertOpen: () => void;
}

type Batches = AsyncGenerator<readonly RecordedEvent[]>;

/** The three ways to read: a stream, the log, and the log as it grows. */
export class Reads {
  readonly #parts: ReadParts;

  constructor(parts: ReadParts) {
    this.#parts = parts;
  }

  /** @see EventStore.read */
  async *stream(stream: string, options: StreamReadOptions): Batches {
    assertStreamRead(stream, options);
    const { check, limit } = await this.#begin(options);
    const { directory, streams, tracker } = this.#parts;
    const state = directory.state(stream);
    if (state.control.tombstoned) throw new StreamDeletedError(stream);
    const view = { stream, until: tracker.visible, matches: predicateOf(options.filter) };
    const lowest = firstVisible(state);
    if (options.direction === 'backwards') {
      const top = options.after === undefined ? options.from : options.after - 1;
      yield* inSlices({
        start: Math.min(top ?? Number.POSITIVE_INFINITY, state.last),
        more: (at) => at >= lowest,
        slice: (at, left) => streams.backwards(at, lowest, { ...view, left }),
        check,
        limit,
      });
    } else {
      const bottom = options.after === undefined ? options.from : options.after + 1;
      yield* inSlices({
        start: Math.max(bottom ?? 0, lowest),
        more: (at) => at <= state.last,
        slice: (at, left) => streams.forwards(at, { ...view, left }),
        check,
        limit,
      });
    }
  }

  /** @see EventStore.readAll */
  async *all(options: LogReadOptions): Batches {
    assertLogRead(options);
    const from = options.from === undefined ? undefined : recordAt(options.from);
    const after = options.after === undefined ? undefined : recordAt(options.after);
    const { check, limit } = await this.#begin(options);
    const until = this.#parts.tracker.visible;
    const matches = predicateOf(options.filter);
    const { log } = this.#parts;
    if (options.direction === 'backwards') {
      const top = (after === undefined ? from : after - 1) ?? until - 1;
      yield* inSlices({
        start: Math.min(top, until - 1),
        more: (at) => at >= 1,
        slice: (at, left) => log.backwards(at, 1, { matches, left }),
        check,
        limit,
      });
    } else {
      const bottom = (after === undefined ? from : after + 1) ?? 1;
      yield* inSlices({
        start: Math.max(bottom, 1),
        more: (at) => at < until,
        slice: (at, left) => log.forwards(at, until, { matches, left }),
        check,
        limit,
      });
    }
  }

  /** @see EventStore.head */
  async head(): Promise<Position | undefined> {
    await this.#begin({});
    return this.#lastVisible();
  }

  /** @see EventStore.subscribe */
  async *subscription(
    { after, filter }: SubscribeOptions,
    signal: AbortSignal,
  ): AsyncGenerator<SubscriptionBatch, void> {
    const { tracker, log } = this.#parts;
    assertFilter(filter);
    const wanted = startOf(after);
    const { check } = await this.#begin({ signal });
    let at = this.#subscribeFrom(wanted);
    const matches = predicateOf(filter);
    let reported = -1;
    const turns = new Turns();
    for (;;) {
      if (turns.isOver()) await turns.next();
      check();
      if (at < tracker.visible) {
        const { events, next } = log.forwards(at, tracker.visible, {
          matches,
          left: Number.POSITIVE_INFINITY,
        });
        at = next;
        if (events.length === 0 && at < tracker.visible && at - reported < REPORT_RECORDS) continue;
        reported = at;
        yield { events, position: positionAt(at - 1), caughtUp: at >= tracker.visible };
      } else if (reported === -1) {
        reported = at;
        yield { events: [], position: positionAt(at - 1), caughtUp: true };
      } else await tracker.wait(at, signal);
    }
  }

  #subscribeFrom(after: number | 'end' | undefined): number {
    const { visible } = this.#parts.tracker;
    if (after === 'end') return visible;
    const start = (after ?? 0) + 1;
    if (start <= visible) return start;
    throw new CheckpointAheadOfLogError(positionAt(start - 1), this.#lastVisible());
  }

  #lastVisible(): Position | undefined {
    const { visible } = this.#parts.tracker;
    return visible === 1 ? undefined : positionAt(visible - 1);
  }

  async #begin({ signal, limit }: EventReadOptions): Promise<{ check: () => void; limit: number }> {
    const check = (): void => {
      signal?.throwIfAborted();
      this.#parts.assertOpen();
    };
    check();
    await this.#parts.tracker.refresh().catch((error: unknown) => {
      // Closed meanwhile: what LMDB says then is no news.
      check();
      throw error;
    });
    check();
    return { check, limit: limit ?? Number.POSITIVE_INFINITY };
  }
}

function startOf(after: SubscribeOptions['after']): number | 'end' | undefined {
  if (after === undefined) return undefined;
  return after === ('end' as Position | 'end') ? 'end' : recordAt(after);
}
