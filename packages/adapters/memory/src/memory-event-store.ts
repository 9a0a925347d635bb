import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import {
  type AppendOptions,
  type AppendResult,
  assertExpectedRevision,
  assertFilter,
  assertLogRead,
  assertRetention,
  assertStreamName,
  assertStreamRead,
  CheckpointAheadOfLogError,
  type Clock,
  createToken,
  type DeleteOptions,
  type EventStore,
  type EventStoreCapabilities,
  type EventStream,
  eventStream,
  eventSubscription,
  type LogReadOptions,
  type NewEvent,
  type NonEmpty,
  type Position,
  predicateOf,
  prepareAppends,
  type Retention,
  StoreUnavailableError,
  type StreamAppend,
  StreamDeletedError,
  type StreamReadOptions,
  type SubscribeOptions,
  type SubscriptionBatch,
  systemClock,
} from '@everfold/core';
import { Cursor, type Track } from './cursor.js';
import { type Appended, MemoryLog } from './memory-log.js';
import { MemorySnapshotStore } from './memory-snapshot-store.js';
import { placeOf, positionAt } from './position.js';

/** Options of {@link MemoryEventStore}. */
export interface MemoryEventStoreOptions {
  /** Tells `recordedAt` and what retention by age hides. Default: the clock of this machine. */
  readonly clock?: Clock | undefined;
  /** The most bytes that one append may hold. Default 8 MiB; larger appends are refused with a `TypeError`. */
  readonly maxAppendBytes?: number | undefined;
}

/**
 * The reference event store: everything the port promises but durability. What is appended is gone when the store is.
 *
 * Deleting a stream frees the memory of its events; what retention hides stays in memory.
 */
export class MemoryEventStore implements EventStore {
  readonly capabilities: EventStoreCapabilities;
  /** Snapshots beside the events, for repositories. */
  readonly snapshots = new MemorySnapshotStore();
  readonly #identity = randomUUID();
  readonly #log = new MemoryLog();
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  readonly #closing = new AbortController();

  constructor({ clock = systemClock, maxAppendBytes = 8_388_608 }: MemoryEventStoreOptions = {}) {
    this.#clock = clock;
    this.capabilities = {
      multiStreamAppend: true,
      maxAppendBytes,
      readAllAfterDelete: 'hidden',
      exactRevisionOnDeletedStream: 'conflict',
    };
  }

  async identity(): Promise<string> {
    this.#assertOpen();
    return this.#identity;
  }

  async append(
    stream: string,
    events: NonEmpty<NewEvent>,
    { expected, signal }: AppendOptions = {},
  ): Promise<AppendResult> {
    signal?.throwIfAborted();
    const [result] = this.#append([{ stream, events, expected }]);
    if (result === undefined) throw new TypeError(`No events to append to '${stream}'.`);
    return result;
  }

  async appendToStreams(appends: NonEmpty<StreamAppend>): Promise<readonly AppendResult[]> {
    return this.#append(appends);
  }

  read(stream: string, options: StreamReadOptions = {}): EventStream {
    return eventStream(() => this.#readStream(stream, options), options.signal);
  }

  readAll(options: LogReadOptions = {}): EventStream {
    return eventStream(() => this.#readLog(options), options.signal);
  }

  subscribe(options: SubscribeOptions = {}): AsyncIterable<SubscriptionBatch> {
    return eventSubscription((signal) => this.#follow(options, signal), options.signal);
  }

  async delete(stream: string, { expected = 'any' }: DeleteOptions = {}): Promise<void> {
    this.#assertOpen();
    assertStreamName(stream);
    assertExpectedRevision(expected);
    this.#log.delete(stream, expected);
  }

  async tombstone(stream: string, { expected = 'any' }: DeleteOptions = {}): Promise<void> {
    this.#assertOpen();
    assertStreamName(stream);
    assertExpectedRevision(expected);
    this.#log.tombstone(stream, expected);
  }

  async setRetention(stream: string, retention: Retention): Promise<void> {
    this.#assertOpen();
    assertStreamName(stream);
    assertRetention(retention);
    this.#log.setRetention(stream, retention);
  }

  async head(): Promise<Position | undefined> {
    this.#assertOpen();
    return this.#log.head === 0 ? undefined : positionAt(this.#log.head);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#wake();
  }

  #append(appends: NonEmpty<StreamAppend>): readonly AppendResult[] {
    this.#assertOpen();
    const prepared = prepareAppends(appends, this.capabilities.maxAppendBytes);
    const appended = this.#log.append(prepared, this.#clock.now());
    this.#wake();
    return appended.map((append) => this.#result(append));
  }

  #result({ last, repeated }: Appended): AppendResult {
    const position = positionAt(last.place);
    const token = createToken(this.#identity, position);
    return { revision: last.revision, position, token, repeated };
  }

  async *#readStream(stream: string, options: StreamReadOptions) {
    this.#assertOpen();
    assertStreamRead(stream, options);
    const { last } = this.#log.stream(stream);
    const track = this.#track(options, (revision) => {
      const found = this.#log.stream(stream);
      if (found.control.tombstoned) throw new StreamDeletedError(stream);
      return found.at(revision);
    });
    track.at(0); // a tombstone shows also where nothing is to be read
    yield* this.#batches(track, { ...options, first: 0, last });
  }

  async *#readLog(options: LogReadOptions) {
    this.#assertOpen();
    assertLogRead(options);
    const [from, after] = [options.from, options.after].map((it) =>
      it === undefined ? undefined : placeOf(it, this.#identity),
    );
    const track = this.#track(options, (place) => this.#log.at(place));
    yield* this.#batches(track, { ...options, from, after, first: 1, last: this.#log.head });
  }

  async *#batches(track: Track, bounds: Bounds) {
    const cursor = cursorOf(bounds);
    const end = cursor.step === 1 ? bounds.last : bounds.first;
    bounds.signal?.throwIfAborted();
    while (!cursor.isDone(end)) {
      const events = cursor.take(track, end);
      if (events.length > 0) yield events;
      if (!cursor.isDone(end)) await setImmediate();
      this.#assertOpen();
      bounds.signal?.throwIfAborted();
    }
  }

  async *#follow({ after, filter }: SubscribeOptions, signal: AbortSignal) {
    this.#assertOpen();
    signal.throwIfAborted();
    assertFilter(filter);
    const start = after === 'end' ? this.#log.head : this.#checkpoint(after);
    const track = this.#track({ filter }, (place) => this.#log.at(place));
    const cursor = new Cursor(start + 1, 1, Number.POSITIVE_INFINITY);
    for (;;) {
      const events = cursor.take(track, this.#log.head);
      const caughtUp = cursor.isDone(this.#log.head);
      yield { events, position: positionAt(cursor.next - 1), caughtUp };
      await this.#more(cursor, signal);
    }
  }

  /** Waits until there is something behind the cursor. */
  async #more(cursor: Cursor, signal: AbortSignal): Promise<void> {
    this.#assertGoingOn(signal);
    do {
      await (cursor.isDone(this.#log.head) ? this.#grown(signal) : setImmediate());
      this.#assertGoingOn(signal);
    } while (cursor.isDone(this.#log.head));
  }

  #checkpoint(after: Position | undefined): number {
    const place = after === undefined ? 0 : placeOf(after, this.#identity);
    const { head } = this.#log;
    if (after === undefined || place <= head) return place;
    throw new CheckpointAheadOfLogError(after, head === 0 ? undefined : positionAt(head));
  }

  #track({ filter }: Pick<LogReadOptions, 'filter'>, at: Track['at']): Track {
    return { at, matches: predicateOf(filter), now: () => this.#clock.now() };
  }

  #grown(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  #assertGoingOn(signal: AbortSignal): void {
    this.#assertOpen();
    signal.throwIfAborted();
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted)
      throw new StoreUnavailableError('The memory event store was closed. Open another one.');
  }
}

interface Bounds {
  readonly direction?: 'forwards' | 'backwards' | undefined;
  readonly limit?: number | undefined;
  readonly from?: number | undefined;
  readonly after?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The first and the last place there is. */
  readonly first: number;
  readonly last: number;
}

function cursorOf({ direction, limit, from, after, first, last }: Bounds): Cursor {
  const step = direction === 'backwards' ? -1 : 1;
  const start = after === undefined ? from : after + step;
  if (step === 1) return new Cursor(Math.max(start ?? first, first), 1, limit ?? Infinity);
  return new Cursor(Math.min(start ?? last, last), -1, limit ?? Infinity);
}
