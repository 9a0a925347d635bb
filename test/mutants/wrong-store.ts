import {
  type AppendOptions,
  type AppendResult,
  type DeleteOptions,
  type EventStore,
  type EventStream,
  eventStream,
  eventSubscription,
  type LogReadOptions,
  type NewEvent,
  type NonEmpty,
  type RecordedEvent,
  type Retention,
  type StreamAppend,
  type StreamReadOptions,
  type SubscribeOptions,
  type SubscriptionBatch,
} from '@everfold/core';
import { MemoryEventStore, type MemoryEventStoreOptions } from '@everfold/memory';

/** Small, so that filling an append is quick. */
const MAX_APPEND_BYTES = 262_144;

/** The memory store behind an object of its own: right in everything, until a mutant overrides one thing. */
export class WrongStore implements EventStore {
  protected readonly inner: MemoryEventStore;

  constructor(options: MemoryEventStoreOptions = {}) {
    this.inner = new MemoryEventStore({ maxAppendBytes: MAX_APPEND_BYTES, ...options });
  }

  get capabilities() {
    return this.inner.capabilities;
  }

  identity() {
    return this.inner.identity();
  }

  append(
    stream: string,
    events: NonEmpty<NewEvent>,
    options?: AppendOptions,
  ): Promise<AppendResult> {
    return this.inner.append(stream, events, options);
  }

  appendToStreams(appends: NonEmpty<StreamAppend>): Promise<readonly AppendResult[]> {
    return this.inner.appendToStreams(appends);
  }

  read(stream: string, options?: StreamReadOptions): EventStream {
    return this.inner.read(stream, options);
  }

  readAll(options?: LogReadOptions): EventStream {
    return this.inner.readAll(options);
  }

  subscribe(options?: SubscribeOptions): AsyncIterable<SubscriptionBatch> {
    return this.inner.subscribe(options);
  }

  delete(stream: string, options?: DeleteOptions): Promise<void> {
    return this.inner.delete(stream, options);
  }

  tombstone(stream: string, options?: DeleteOptions): Promise<void> {
    return this.inner.tombstone(stream, options);
  }

  setRetention(stream: string, retention: Retention): Promise<void> {
    return this.inner.setRetention(stream, retention);
  }

  head() {
    return this.inner.head();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.inner[Symbol.asyncDispose]();
  }
}

/** A store that is wrong in one way, and one of the behaviours by which the contract must notice. */
export interface Mutant {
  readonly wrong: string;
  readonly store: new (options?: MemoryEventStoreOptions) => EventStore;
  /** The beginning of what the runner calls that behaviour: `theme › sentence`. */
  readonly caughtBy: string;
}

type Batch = readonly RecordedEvent[];

/** A read whose batches are changed on their way out. */
export function changed(read: EventStream, change: (batch: Batch) => Batch): EventStream {
  return eventStream(async function* () {
    for await (const batch of read.batches()) {
      const out = change(batch);
      if (out.length > 0) yield out;
    }
  });
}

/** A read whose events are changed one by one. */
export function changedEach(
  read: EventStream,
  change: (event: RecordedEvent) => RecordedEvent,
): EventStream {
  return changed(read, (batch) => batch.map(change));
}

/** A subscription that is right in when it ends, whatever `follow` does to its batches. */
export function followed(
  store: EventStore,
  options: SubscribeOptions | undefined,
  follow: (batches: AsyncIterable<SubscriptionBatch>) => AsyncGenerator<SubscriptionBatch, void>,
): AsyncIterable<SubscriptionBatch> {
  return eventSubscription(
    (signal) => follow(store.subscribe({ ...options, signal })),
    options?.signal,
  );
}

/** Whether `error` is a conflict. */
export function isConflict(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 'WRONG_EXPECTED_REVISION';
}
