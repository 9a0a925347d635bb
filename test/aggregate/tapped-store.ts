import type { AppendOptions, EventStore, NewEvent, NonEmpty } from '@everfold/core';

/** One call of `append`, as the store saw it. */
export interface AppendCall {
  readonly ids: readonly string[];
  readonly expected: AppendOptions['expected'];
}

/** A store that can be watched and disturbed. */
export interface TappedStore extends EventStore {
  /** How many reads of a stream have begun. */
  reads: number;
  readonly appends: AppendCall[];
  /** Runs before an append reaches the store, with its number from 0; what it throws is the answer. */
  beforeAppend: (nth: number) => Promise<void> | void;
  /** Runs when an append was written; what it throws is the answer. */
  afterAppend: (nth: number) => Promise<void> | void;
  /** Runs before a read begins, with its number from 0. */
  beforeRead: (nth: number) => Promise<void> | void;
}

export function tapped(store: EventStore): TappedStore {
  const tap: TappedStore = {
    ...methodsOf(store),
    reads: 0,
    appends: [],
    beforeAppend: () => undefined,
    afterAppend: () => undefined,
    beforeRead: () => undefined,
    async append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
      const nth = tap.appends.length;
      tap.appends.push({ ids: events.map(({ id }) => id), expected: options?.expected });
      await tap.beforeAppend(nth);
      const result = await store.append(stream, events, options);
      await tap.afterAppend(nth);
      return result;
    },
    read(stream, options) {
      const nth = tap.reads;
      tap.reads += 1;
      const batches = async function* () {
        await tap.beforeRead(nth);
        yield* store.read(stream, options).batches();
      };
      return {
        batches,
        async *[Symbol.asyncIterator]() {
          for await (const batch of batches()) yield* batch;
        },
      };
    },
  };
  return tap;
}

function methodsOf(store: EventStore): EventStore {
  return {
    capabilities: store.capabilities,
    identity: () => store.identity(),
    append: (stream, events, options) => store.append(stream, events, options),
    appendToStreams: (appends) => store.appendToStreams(appends),
    read: (stream, options) => store.read(stream, options),
    readAll: (options) => store.readAll(options),
    subscribe: (options) => store.subscribe(options),
    delete: (stream, options) => store.delete(stream, options),
    tombstone: (stream, options) => store.tombstone(stream, options),
    setRetention: (stream, retention) => store.setRetention(stream, retention),
    head: () => store.head(),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}
