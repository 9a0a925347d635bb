import type {
  AppendOptions,
  EventStore,
  NewEvent,
  NonEmpty,
  RecordedEvent,
  StreamAppend,
  SubscribeOptions,
  SubscriptionBatch,
} from './event-store.js';
import { eventStream } from './event-stream.js';
import { eventSubscription } from './event-subscription.js';
import { contentOf, prepareAppends } from './prepare.js';

/**
 * What happens to events on their way into a store and out of it: encryption, compression. Asynchronous, so that keys may be
 * fetched; folds stay synchronous.
 */
export interface EventTransform {
  /**
   * Called before an append, again when it is repeated. Returns as many events, in the same order, with the same ids and
   * types; data may become bytes. When it rejects, nothing is written.
   */
  write(
    events: readonly NewEvent[],
    context: { readonly stream: string },
  ): Promise<readonly NewEvent[]>;
  /** The way back, for events of any streams. When it rejects, the read or the subscription rejects with it. */
  read(events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]>;
}

/**
 * A store whose events pass through transforms: through the first one first when written, last when read. Everything else is
 * the store's own; closing it closes the store. `maxAppendBytes` counts what the last transform returns.
 *
 * @param store - What the transformed events are written to.
 * @param transforms - One at least.
 */
export function transformed(
  store: EventStore,
  ...transforms: NonEmpty<EventTransform>
): EventStore {
  const write = writer(transforms);
  const read = reader(transforms);
  return {
    capabilities: store.capabilities,
    identity: () => store.identity(),
    head: () => store.head(),
    delete: (stream, options) => store.delete(stream, options),
    tombstone: (stream, options) => store.tombstone(stream, options),
    setRetention: (stream, retention) => store.setRetention(stream, retention),
    append: async (stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) =>
      store.append(stream, await write(stream, events), options),
    appendToStreams: async (appends: NonEmpty<StreamAppend>) =>
      store.appendToStreams(
        (await Promise.all(
          appends.map(async (append) => ({
            ...append,
            events: await write(append.stream, append.events),
          })),
        )) as unknown as NonEmpty<StreamAppend>,
      ),
    read: (stream, options) =>
      eventStream(() => mapped(store.read(stream, options).batches(), read), options?.signal),
    readAll: (options) =>
      eventStream(() => mapped(store.readAll(options).batches(), read), options?.signal),
    subscribe: (options?: SubscribeOptions) =>
      eventSubscription(
        (signal) => subscription(store.subscribe({ ...options, signal }), read),
        options?.signal,
      ),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

type Write = (stream: string, events: NonEmpty<NewEvent>) => Promise<NonEmpty<NewEvent>>;
type Read = (events: readonly RecordedEvent[]) => Promise<readonly RecordedEvent[]>;

function writer(transforms: NonEmpty<EventTransform>): Write {
  return async (stream, events) => {
    let written = copied(stream, events);
    for (const transform of transforms) {
      const next = await transform.write(written, { stream });
      assertSame(written, next, 'write');
      written = next;
    }
    return written as unknown as NonEmpty<NewEvent>;
  };
}

function reader(transforms: NonEmpty<EventTransform>): Read {
  return async (events) => {
    let read = events;
    for (const transform of transforms.toReversed()) {
      const next = await transform.read(read);
      assertSame(read, next, 'read');
      read = next;
    }
    return read;
  };
}

/**
 * What the caller gave, checked and copied at once: transforms take their time, and what happens to the caller's objects
 * meanwhile must not be written. A transform that serializes must not be the one that drops a value silently either.
 */
function copied(stream: string, events: readonly NewEvent[]): readonly NewEvent[] {
  const prepared = prepareAppends([{ stream, events }], Number.POSITIVE_INFINITY);
  return prepared.flatMap((append) =>
    append.events.map((event) => {
      const { id, type, version } = event;
      return { id, type, version, ...contentOf(event) };
    }),
  );
}

function assertSame(before: readonly NewEvent[], after: readonly NewEvent[], way: string): void {
  const same =
    before.length === after.length &&
    before.every(({ id, type }, index) => after[index]?.id === id && after[index]?.type === type);
  if (!same)
    throw new TypeError(
      `A transform's ${way} must return the same events, in order, with their ids and types.`,
    );
}

async function* mapped(batches: AsyncIterable<readonly RecordedEvent[]>, read: Read) {
  for await (const batch of batches) yield await read(batch);
}

async function* subscription(
  batches: AsyncIterable<SubscriptionBatch>,
  read: Read,
): AsyncGenerator<SubscriptionBatch, void> {
  for await (const batch of batches)
    yield batch.events.length === 0 ? batch : { ...batch, events: await read(batch.events) };
}
