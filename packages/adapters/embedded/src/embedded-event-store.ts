import {
  type AppendOptions,
  type AppendResult,
  assertExpectedRevision,
  assertRetention,
  assertStreamName,
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
  prepareAppends,
  type Retention,
  type SnapshotStore,
  type StreamAppend,
  type StreamControl,
  type StreamReadOptions,
  type StreamState,
  type SubscribeOptions,
  type SubscriptionBatch,
  type UncheckedAppend,
} from '@everfold/core';
import { AppendJob, ControlJob, deletion, retaining, tombstoning } from './append/job.js';
import type { EmbeddedOptions } from './embedded-options.js';
import { openStore } from './open-store.js';
import { EmbeddedSnapshotStore } from './snapshot-store.js';
import type { StoreParts } from './store-parts.js';
import { type VerifyReport, verifyFolder } from './verify/verify-folder.js';

/** The most bytes of data and metadata in one append. */
const MAX_APPEND_BYTES = 8 * 1_024 * 1_024;

/**
 * An event store in one folder on disk, on LMDB. Acknowledged is durable: an append resolves when it was synced. Several
 * processes on one host may have the same folder open and write.
 *
 * Opened by {@link EmbeddedEventStore.open}; the factory `embedded` opens one that keeps read models too.
 */
export class EmbeddedEventStore implements EventStore {
  readonly capabilities: EventStoreCapabilities = {
    multiStreamAppend: true,
    maxAppendBytes: MAX_APPEND_BYTES,
    readAllAfterDelete: 'hidden',
    exactRevisionOnDeletedStream: 'conflict',
  };
  /** Snapshots in the same folder. */
  readonly snapshots: SnapshotStore;
  readonly #parts: StoreParts;
  #closing: Promise<void> | undefined;

  /** @internal Use {@link EmbeddedEventStore.open}. What it is made of stays out of its declaration: LMDB's own does not compile everywhere. */
  protected constructor(opened: object) {
    const parts = opened as StoreParts;
    this.#parts = parts;
    this.snapshots = new EmbeddedSnapshotStore(parts.database, parts.space, parts.assertOpen);
  }

  /**
   * Opens a store, and makes it where there is nothing yet. It waits for no process that is stopped inside a commit: only to
   * begin an empty log it needs the write lock, and rejects when it does not get that within five seconds.
   *
   * @param options - The folder, alone or with the rest.
   * @param signal - Gives up waiting.
   * @throws {@link NotAStoreError} when the folder holds something else; nothing is changed.
   * @throws {@link StoreFormatTooNewError} when a newer version wrote it; nothing is changed.
   * @throws {@link StoreCorruptedError} when the head of the log is damaged, or the data file is gone, cut short, or of another
   *   store. {@link EmbeddedEventStore.verify} looks closer.
   * @throws {@link StoreUnavailableError} when the folder cannot be used, or another process was stopped while it opened it.
   * @throws TypeError when an option is malformed.
   * @throws The reason of the signal.
   */
  static async open(
    options: EmbeddedOptions | string,
    signal?: AbortSignal | undefined,
  ): Promise<EmbeddedEventStore> {
    return new EmbeddedEventStore(await openStore(options, signal));
  }

  /**
   * Checks a folder that need not be open, as {@link EmbeddedEventStore.prototype.verify} does: also one that cannot be opened.
   *
   * @param folder - The folder of a store.
   * @param signal - Gives up, and ends the check.
   * @returns What was found. A check that crashes is reported as a problem.
   * @throws The reason of the signal.
   */
  static verify(folder: string, signal?: AbortSignal | undefined): Promise<VerifyReport> {
    return verifyFolder(folder, signal);
  }

  async identity(): Promise<string> {
    this.#parts.assertOpen();
    return this.#parts.identity;
  }

  append(
    stream: string,
    events: NonEmpty<NewEvent>,
    { expected, signal }: AppendOptions = {},
  ): Promise<AppendResult> {
    return this.#push([{ stream, events, expected }], signal, ([result]) => result as AppendResult);
  }

  appendToStreams(appends: NonEmpty<StreamAppend>): Promise<readonly AppendResult[]> {
    return this.#push(appends, undefined, (results) => results);
  }

  read(stream: string, options: StreamReadOptions = {}): EventStream {
    return eventStream(() => this.#parts.reads.stream(stream, options), options.signal);
  }

  readAll(options: LogReadOptions = {}): EventStream {
    return eventStream(() => this.#parts.reads.all(options), options.signal);
  }

  subscribe(options: SubscribeOptions = {}): AsyncIterable<SubscriptionBatch> {
    return eventSubscription(
      (signal) => this.#parts.reads.subscription(options, signal),
      options.signal,
    );
  }

  async delete(stream: string, options: DeleteOptions = {}): Promise<void> {
    await this.#control(stream, options, deletion(stream));
  }

  async tombstone(stream: string, options: DeleteOptions = {}): Promise<void> {
    await this.#control(stream, options, tombstoning());
  }

  async setRetention(stream: string, retention: Retention): Promise<void> {
    assertRetention(retention);
    await this.#control(stream, {}, retaining(stream, definedIn(retention)));
  }

  head(): Promise<Position | undefined> {
    return this.#parts.reads.head();
  }

  /**
   * Checks every stored byte: blocks and index by their checksums and against each other. It runs in a child process, which a
   * damaged file may crash without harm; appends and reads go on meanwhile.
   *
   * @returns What was found. A check that crashes is reported as a problem.
   */
  async verify(): Promise<VerifyReport> {
    this.#parts.assertOpen();
    return verifyFolder(this.#parts.folder);
  }

  /**
   * Finishes the appends that wait, ends reads and subscriptions, and closes the folder. Where another process holds the write
   * lock, it returns all the same, and the folder is closed when the lock moves.
   */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#parts.close();
    return this.#closing;
  }

  /** Not an async function: a promise less for every append. */
  #push<T>(
    appends: readonly UncheckedAppend[],
    signal: AbortSignal | undefined,
    pick: (results: readonly AppendResult[]) => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const prepared = prepareAppends(appends, MAX_APPEND_BYTES);
      const settle = (results: readonly AppendResult[]): void => resolve(pick(results));
      this.#parts.queue.push(new AppendJob(prepared, signal, settle, reject));
    });
  }

  async #control(
    stream: string,
    { expected = 'any' }: DeleteOptions,
    change: (state: StreamState) => StreamControl | undefined,
  ): Promise<void> {
    assertStreamName(stream);
    assertExpectedRevision(expected);
    await new Promise<void>((resolve, reject) => {
      this.#parts.queue.push(new ControlJob(stream, expected, change, { resolve, reject }));
    });
  }
}

function definedIn(retention: Retention): Retention {
  return Object.fromEntries(Object.entries(retention).filter(([, value]) => value !== undefined));
}
