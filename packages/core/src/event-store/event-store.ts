import type { Json } from '../event/json.js';
import type { Metadata } from '../event/metadata.js';
import type { ExpectedRevision } from './expected-revision.js';
import type { Position } from './position.js';
import type { ConsistencyToken } from './token.js';

/** An array with one element at least. */
export type NonEmpty<T> = readonly [T, ...T[]];

/** An event as it is handed to a store. */
export interface NewEvent {
  /** A UUID in lower case; the same id at the same place makes an append a repeat. */
  readonly id: string;
  /** Well-formed, 1–500 characters, not beginning with `$`. */
  readonly type: string;
  /** The version of `data`, from 1. */
  readonly version: number;
  /** JSON, or bytes that are kept as they are. */
  readonly data: Json | Uint8Array;
  /** JSON; fields beyond those of {@link Metadata} are kept whole. */
  readonly metadata: Metadata;
}

/** An event as stored. */
export interface RecordedEvent extends NewEvent {
  readonly stream: string;
  /** 0-based place in its stream. After a delete revisions go on, they never restart. */
  readonly revision: number;
  /** Place in the whole log. */
  readonly position: Position;
  /** When it was appended, by the clock of the writer; UTC. */
  readonly recordedAt: Date;
}

/** What an append did. */
export interface AppendResult {
  /** The revision of the last event of the append. */
  readonly revision: number;
  /** The position of the last event of the append. */
  readonly position: Position;
  /** Lets a read model wait for this append. */
  readonly token: ConsistencyToken;
  /** Whether the events stood there already, so that nothing was written. */
  readonly repeated: boolean;
}

/** Which events a reader wants; both conditions must hold. An empty list matches nothing. */
export interface EventFilter {
  /** Event types as stored. Default: all. */
  readonly types?: readonly string[] | undefined;
  /** Categories of streams: what stands before the first dash. A stream without a dash has none. Default: all. */
  readonly categories?: readonly string[] | undefined;
}

/** What {@link EventStore.read} and {@link EventStore.readAll} have in common. */
export interface EventReadOptions {
  /** Default `'forwards'`: oldest first. */
  readonly direction?: 'forwards' | 'backwards' | undefined;
  /** The most events to yield, 0 or more, counted after the filter. Default: no limit. */
  readonly limit?: number | undefined;
  readonly filter?: EventFilter | undefined;
  /** Ends the read: the iteration rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Where a read of one stream begins; default: at its beginning (backwards: at its end). With both, `after` counts.
 */
export interface StreamReadOptions extends EventReadOptions {
  /** The first revision to yield, inclusive, in either direction. */
  readonly from?: number | undefined;
  /** Begin behind this revision, exclusive, in either direction. */
  readonly after?: number | undefined;
}

/** Where a read of the log begins; default: at its beginning (backwards: at its end). With both, `after` counts. */
export interface LogReadOptions extends EventReadOptions {
  /** The first position to yield, inclusive, in either direction. */
  readonly from?: Position | undefined;
  /** Begin behind this position, exclusive, in either direction. */
  readonly after?: Position | undefined;
}

/**
 * Events in order: one at a time for those who like to read, batches for those in a hurry. A read begins when it is
 * iterated; misuse rejects there. Each iteration is a read of its own, which ends where the log stood when it began.
 */
export interface EventStream extends AsyncIterable<RecordedEvent> {
  /** Non-empty batches, of a size that suits the store. */
  batches(): AsyncIterable<readonly RecordedEvent[]>;
}

/** What a subscription has seen since its last batch. */
export interface SubscriptionBatch {
  /** The events that match, in order; empty when only foreign or system events came. */
  readonly events: readonly RecordedEvent[];
  /**
   * How far the log has been looked at, events or not: subscribing after it continues without gap or repeat. Before the
   * first event of an empty log it is a position before all others.
   */
  readonly position: Position;
  /** Whether this was the end of the log at the moment of reading. */
  readonly caughtUp: boolean;
}

/** Options of {@link EventStore.subscribe}. */
export interface SubscribeOptions {
  /** Begin behind this position, or with what is appended from now on (`'end'`). Default: at the beginning. */
  readonly after?: Position | 'end' | undefined;
  readonly filter?: EventFilter | undefined;
  /** Ends the subscription: the iteration rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link EventStore.append}. */
export interface AppendOptions {
  /** Where the stream must stand, checked atomically with the write. Default `'any'`. */
  readonly expected?: ExpectedRevision | undefined;
  /** Calls the append back while it has not been begun; afterwards it has no effect, and the outcome is reported. */
  readonly signal?: AbortSignal | undefined;
}

/** One member of {@link EventStore.appendToStreams}. */
export interface StreamAppend {
  readonly stream: string;
  readonly events: NonEmpty<NewEvent>;
  /** Where this stream must stand. Default `'any'`. */
  readonly expected?: ExpectedRevision | undefined;
}

/** Options of {@link EventStore.delete} and {@link EventStore.tombstone}. */
export interface DeleteOptions {
  /** Where the stream must stand, checked atomically with the deletion. Default `'any'`. */
  readonly expected?: ExpectedRevision | undefined;
}

/** Which events of a stream are kept; what is beyond is hidden from every read. Revisions are not affected. */
export interface Retention {
  /** Hides events older than this, by the store's clock. Default: kept for ever. */
  readonly maxAgeMs?: number | undefined;
  /** Keeps the last so many events, 1 at least. Default: all. */
  readonly maxCount?: number | undefined;
  /** Hides the events before this revision. Default: none. */
  readonly truncateBefore?: number | undefined;
}

/** What stores may differ in, as values that a program can ask for. */
export interface EventStoreCapabilities {
  /** Whether {@link EventStore.appendToStreams} works; where not, it rejects with a `TypeError`. */
  readonly multiStreamAppend: boolean;
  /** The most bytes that one append may hold: data and metadata of all its events together, as UTF-8 JSON or as bytes. */
  readonly maxAppendBytes: number;
  /** Whether `readAll` and subscriptions hide the events of a deleted or shortened stream at once or after a scavenge. */
  readonly readAllAfterDelete: 'hidden' | 'until-scavenge';
  /** What an exact revision does that names the last event of a stream that was deleted since. */
  readonly exactRevisionOnDeletedStream: 'conflict' | 'appends';
}

/**
 * One ordered, append-only log of streams. Every adapter passes `describeEventStoreContract`.
 *
 * A call fails in one of three ways. *Refused*: an {@link EverfoldError}, nothing was written. *Unknown*:
 * {@link AppendOutcomeUnknownError}, repeat with the same ids and revision. *Misuse*: a `TypeError` (no events, an id twice,
 * an empty type, a bad name, too large), nothing was written.
 */
export interface EventStore extends AsyncDisposable {
  readonly capabilities: EventStoreCapabilities;

  /** A UUID made once for each store; tokens and checkpoints carry it. */
  identity(): Promise<string>;

  /**
   * Appends `events` to one stream: all of them, durably, or none.
   *
   * At `'no-stream'` or an exact revision an append is idempotent by event id: when the same ids already stand at the place
   * that it names, it returns the first result and writes nothing, however much was appended since. At `'any'` and
   * `'stream-exists'` a repeat may be written twice.
   *
   * @throws {@link WrongExpectedRevisionError} when the stream stands elsewhere; nothing is written.
   * @throws {@link StreamDeletedError} when it has a tombstone; nothing is written.
   * @throws {@link UnserializableEventError} when JSON would change data or metadata; nothing is written.
   * @throws {@link AppendOutcomeUnknownError} when the answer was lost.
   * @throws {@link StoreUnavailableError} when the store is closed, not reachable or full; nothing is written.
   * @throws TypeError on misuse; nothing is written.
   */
  append(
    stream: string,
    events: NonEmpty<NewEvent>,
    options?: AppendOptions,
  ): Promise<AppendResult>;

  /**
   * Appends to several streams, each named once: everything, or nothing. Their events stand next to each other in the log,
   * in the order given. Results come in the order of the appends. A repeat of the whole returns the first results.
   *
   * @throws As {@link append}, for the first member that fails.
   */
  appendToStreams(appends: NonEmpty<StreamAppend>): Promise<readonly AppendResult[]>;

  /**
   * Reads one stream. A stream that does not exist or was deleted yields nothing; one with a tombstone rejects with
   * {@link StreamDeletedError}.
   */
  read(stream: string, options?: StreamReadOptions): EventStream;

  /**
   * Reads the whole log. Once a reader has passed a position, no event ever appears at or before it.
   *
   * @throws {@link ForeignPositionError} (on iteration) when a position is not of this store's shape.
   */
  readAll(options?: LogReadOptions): EventStream;

  /**
   * Follows the log: what is there, then what comes, in order, with no gap and no repeat. Rejects loudly when it cannot go
   * on, also when the store is closed; it never ends by itself. A slow consumer holds it back and costs no memory.
   *
   * @throws {@link CheckpointAheadOfLogError} (on iteration) when `after` lies behind the end of the log.
   */
  subscribe(options?: SubscribeOptions): AsyncIterable<SubscriptionBatch>;

  /**
   * Hides the events of a stream from every read. It may be written again: with `'no-stream'` or `'any'`, and its revisions
   * go on. Its retention stays as it was said, and holds for what is written then. Deleting a stream that is deleted, or never
   * was, changes nothing.
   *
   * @throws {@link WrongExpectedRevisionError} when the stream stands elsewhere; nothing is changed.
   * @throws {@link StreamDeletedError} when it has a tombstone.
   */
  delete(stream: string, options?: DeleteOptions): Promise<void>;

  /**
   * Hides the events of a stream and refuses reads and appends for ever. Repeating it changes nothing; a stream that
   * never was can have a tombstone too.
   *
   * @throws {@link WrongExpectedRevisionError} when the stream stands elsewhere; nothing is changed.
   */
  tombstone(stream: string, options?: DeleteOptions): Promise<void>;

  /**
   * Says which events of a stream are kept; replaces what was said before, `{}` keeps all that a delete left. May be said
   * before the first event, and while the stream is deleted; a delete takes nothing of it back.
   *
   * @throws {@link StreamDeletedError} when it has a tombstone.
   * @throws TypeError when a value is negative or no integer, or `maxCount` is 0.
   */
  setRetention(stream: string, retention: Retention): Promise<void>;

  /**
   * How far the log goes: the position of its last record, whether that is an event, a hidden one, or one of the store's
   * own; `undefined` when there is none.
   */
  head(): Promise<Position | undefined>;
}

/** Opens a store when an application starts, and not before. */
export interface StoreFactory<S> {
  /**
   * @param signal - Gives up waiting for the store.
   * @throws {@link StoreUnavailableError} when it cannot be reached; the message names the place.
   */
  open(signal: AbortSignal): Promise<S>;
}
