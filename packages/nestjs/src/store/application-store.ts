import type {
  AppendOptions,
  AppendResult,
  DeleteOptions,
  EventStore,
  EventStoreCapabilities,
  EventStream,
  LogReadOptions,
  NewEvent,
  NonEmpty,
  Position,
  Retention,
  Snapshot,
  SnapshotStore,
  StreamAppend,
  StreamReadOptions,
  SubscribeOptions,
  SubscriptionBatch,
} from '@everfold/core';
import { StoreUnavailableError } from '@everfold/core';

/** @internal Told what was appended; must not throw. */
export type CommitListener = (
  stream: string,
  events: NonEmpty<NewEvent>,
  result: AppendResult,
) => void;

/**
 * @internal The application's event store, which can be injected before it is open. Nest makes everything first and opens
 * stores when it initialises, so that what is made and never initialised leaves nothing open.
 */
export class ApplicationStore implements EventStore {
  /** Told of each append that wrote something, before it resolves. */
  onCommit: CommitListener | undefined;
  readonly snapshots: SnapshotStore;
  #store: EventStore | undefined;

  constructor() {
    this.snapshots = {
      load: (stream: string) => this.#snapshots.load(stream),
      save: (snapshot: Snapshot) => this.#snapshots.save(snapshot),
      remove: (stream: string) => this.#snapshots.remove(stream),
    };
  }

  /** Whether the store that is open keeps snapshots. */
  get keepsSnapshots(): boolean {
    return this.#store !== undefined && 'snapshots' in this.#store;
  }

  /** Hands over to a store that is open. */
  attach(store: EventStore): void {
    this.#store = store;
  }

  /** The store itself. @throws {@link StoreUnavailableError} before it is open. */
  get opened(): EventStore {
    return this.#open;
  }

  get capabilities(): EventStoreCapabilities {
    return this.#open.capabilities;
  }

  identity(): Promise<string> {
    return this.#open.identity();
  }

  async append(
    stream: string,
    events: NonEmpty<NewEvent>,
    options?: AppendOptions,
  ): Promise<AppendResult> {
    const result = await this.#open.append(stream, events, options);
    if (!result.repeated) this.onCommit?.(stream, events, result);
    return result;
  }

  async appendToStreams(appends: NonEmpty<StreamAppend>): Promise<readonly AppendResult[]> {
    const results = await this.#open.appendToStreams(appends);
    for (const [index, { stream, events }] of appends.entries()) {
      const result = results[index];
      if (result !== undefined && !result.repeated) this.onCommit?.(stream, events, result);
    }
    return results;
  }

  read(stream: string, options?: StreamReadOptions): EventStream {
    return this.#open.read(stream, options);
  }

  readAll(options?: LogReadOptions): EventStream {
    return this.#open.readAll(options);
  }

  subscribe(options?: SubscribeOptions): AsyncIterable<SubscriptionBatch> {
    return this.#open.subscribe(options);
  }

  delete(stream: string, options?: DeleteOptions): Promise<void> {
    return this.#open.delete(stream, options);
  }

  tombstone(stream: string, options?: DeleteOptions): Promise<void> {
    return this.#open.tombstone(stream, options);
  }

  setRetention(stream: string, retention: Retention): Promise<void> {
    return this.#open.setRetention(stream, retention);
  }

  head(): Promise<Position | undefined> {
    return this.#open.head();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.[Symbol.asyncDispose]();
  }

  get #open(): EventStore {
    if (this.#store !== undefined) return this.#store;
    throw new StoreUnavailableError(
      'The event store is not open yet: the application opens it when it initialises. Use it from onModuleInit on, and not in ' +
        'constructors or provider factories; in a test, await app.init() first.',
    );
  }

  get #snapshots(): SnapshotStore {
    return (this.#open as EventStore & { readonly snapshots: SnapshotStore }).snapshots;
  }
}
