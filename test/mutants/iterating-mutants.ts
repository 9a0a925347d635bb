import {
  type EventFilter,
  type EventReadOptions,
  type EventStream,
  eventStream,
  type LogReadOptions,
  type Retention,
  type StreamReadOptions,
  type SubscribeOptions,
} from '@everfold/core';
import { changed, followed, type Mutant, WrongStore } from './wrong-store.js';

/** Filters reads of streams and subscriptions in another way, and the log rightly. */
function filteringBy(change: (filter: EventFilter | undefined) => EventFilter | undefined) {
  return class extends WrongStore {
    override read(stream: string, options: StreamReadOptions = {}) {
      return this.inner.read(stream, { ...options, filter: change(options.filter) });
    }

    override subscribe(options: SubscribeOptions = {}) {
      return this.inner.subscribe({ ...options, filter: change(options.filter) });
    }
  };
}

class CategoryToTheLastDashInSubscriptions extends WrongStore {
  override subscribe(options: SubscribeOptions = {}) {
    const { categories, types } = options.filter ?? {};
    if (!Array.isArray(categories)) return this.inner.subscribe(options);
    const matches = (stream: string) =>
      categories.includes(stream.slice(0, Math.max(0, stream.lastIndexOf('-'))));
    return followed(this.inner, { ...options, filter: { types } }, async function* (batches) {
      for await (const batch of batches)
        yield { ...batch, events: batch.events.filter(({ stream }) => matches(stream)) };
    });
  }
}

function withoutEmpty(filter: EventFilter | undefined): EventFilter | undefined {
  if (filter === undefined) return undefined;
  const { types, categories } = filter;
  return {
    types: types?.length === 0 ? undefined : types,
    categories: categories?.length === 0 ? undefined : categories,
  };
}

/** Ends at once, without a word, where a stream has a tombstone and a part of it is asked for. */
class TombstoneSeenByWholeReadsOnly extends WrongStore {
  override read(stream: string, options: StreamReadOptions = {}) {
    const read = this.inner.read(stream, options);
    return eventStream(async function* () {
      try {
        yield* read.batches();
      } catch (error) {
        const { code } = error as { readonly code?: unknown };
        if (code !== 'STREAM_DELETED' || options.filter === undefined) throw error;
      }
    });
  }
}

/** Reads whose batches mind no signal. */
class BatchesNotAborted extends WrongStore {
  override read(stream: string, options: StreamReadOptions = {}) {
    return this.#deaf(this.inner.read(stream, options), () =>
      this.inner.read(stream, { ...options, signal: undefined }),
    );
  }

  override readAll(options: LogReadOptions = {}) {
    return this.#deaf(this.inner.readAll(options), () =>
      this.inner.readAll({ ...options, signal: undefined }),
    );
  }

  #deaf(read: EventStream, other: () => EventStream): EventStream {
    return {
      batches: () => other().batches(),
      [Symbol.asyncIterator]: () => read[Symbol.asyncIterator](),
    };
  }
}

/** All iterations of one read go on where the last one stands. */
class IterationsShared extends WrongStore {
  override readAll(options?: LogReadOptions): EventStream {
    const read = this.inner.readAll(options);
    let running: AsyncIterator<never> | undefined;
    return {
      batches: () => read.batches(),
      [Symbol.asyncIterator]: () => {
        running ??= read[Symbol.asyncIterator]() as AsyncIterator<never>;
        return running;
      },
    };
  }
}

class FrameworkTypesHidden extends WrongStore {
  override readAll(options?: LogReadOptions) {
    return changed(this.inner.readAll(options), (batch) =>
      batch.filter(({ type }) => !type.startsWith('everfold.')),
    );
  }
}

class FrameworkTypesHiddenInSubscriptions extends WrongStore {
  override subscribe(options?: SubscribeOptions) {
    return followed(this.inner, options, async function* (batches) {
      for await (const batch of batches)
        yield {
          ...batch,
          events: batch.events.filter(({ type }) => !type.startsWith('everfold.')),
        };
    });
  }
}

/** Looks at the filter whenever something comes. */
class FilterFollowsItsCaller extends WrongStore {
  override subscribe(options: SubscribeOptions = {}) {
    const { types, categories } = options.filter ?? {};
    return followed(this.inner, { ...options, filter: { categories } }, async function* (batches) {
      for await (const batch of batches)
        yield {
          ...batch,
          events: batch.events.filter(({ type }) => types === undefined || types.includes(type)),
        };
    });
  }
}

function retaining(change: (retention: Retention) => Retention) {
  return class extends WrongStore {
    override async setRetention(stream: string, retention: Retention) {
      await this.inner.setRetention(stream, retention);
      await this.inner.setRetention(stream, change(retention));
    }
  };
}

/** Reads a stream by types as if they were beginnings of types. */
class TypesByTheirBeginning extends WrongStore {
  override read(stream: string, { filter, limit, ...options }: StreamReadOptions = {}) {
    const { types, categories } = filter ?? {};
    const whole: EventReadOptions = { ...options, filter: { categories } };
    if (!Array.isArray(types)) return this.inner.read(stream, { filter, limit, ...options });
    let left = limit ?? Number.POSITIVE_INFINITY;
    return changed(this.inner.read(stream, whole), (batch) => {
      const found = batch
        .filter((event) => types.some((type) => event.type.startsWith(type)))
        .slice(0, left);
      left -= found.length;
      return found;
    });
  }
}

const ITERATING = 'iterating ›';
const COMBINED = 'combining the options of a read › yields what they say together';

/** Stores that go wrong in filters beside the log, in iterations and at their edges. */
export const ITERATING_MUTANTS: readonly Mutant[] = [
  {
    wrong: 'a category ends at the last dash in subscriptions',
    store: CategoryToTheLastDashInSubscriptions,
    caughtBy: 'filtering › yields the categories that are named',
  },
  {
    wrong: 'an empty list of a filter is taken for none beside the log',
    store: filteringBy(withoutEmpty),
    caughtBy: `${COMBINED}, of a stream forwards`,
  },
  {
    wrong: 'an empty list of a filter is taken for none in subscriptions',
    store: filteringBy(withoutEmpty),
    caughtBy: 'filtering › yields nothing for an empty list of types',
  },
  {
    wrong: 'categories do not count beside the log',
    store: filteringBy((filter) => filter && { types: filter.types }),
    caughtBy: 'reading a stream › filters a stream by category as well',
  },
  {
    wrong: 'a stream is filtered by how types begin',
    store: TypesByTheirBeginning,
    caughtBy: `${COMBINED}, of a stream forwards`,
  },
  {
    wrong: 'a tombstone is not seen by reads with a filter',
    store: TombstoneSeenByWholeReadsOnly,
    caughtBy: 'setting a tombstone › refuses reads for ever, whatever they ask for',
  },
  {
    wrong: 'an abort is not honoured between batches',
    store: BatchesNotAborted,
    caughtBy: `${ITERATING} rejects in batches too when the signal is aborted in between`,
  },
  {
    wrong: 'the iterations of a read share their place',
    store: IterationsShared,
    caughtBy: `${ITERATING} goes its own way each time, side by side, in a read of the log`,
  },
  {
    wrong: 'the framework’s own types are hidden in the log',
    store: FrameworkTypesHidden,
    caughtBy: `${ITERATING} shows the framework’s own types as any other`,
  },
  {
    wrong: 'the framework’s own types are hidden in subscriptions',
    store: FrameworkTypesHiddenInSubscriptions,
    caughtBy: `${ITERATING} shows the framework’s own types as any other`,
  },
  {
    wrong: 'a subscription follows what its caller does to the filter later',
    store: FilterFollowsItsCaller,
    caughtBy: `${ITERATING} keeps to the filter as it was when it began`,
  },
  {
    wrong: 'an age of 0 ms is taken for none',
    store: retaining((it) => (it.maxAgeMs === 0 ? { ...it, maxAgeMs: undefined } : it)),
    caughtBy: 'retention by age › hides at once what is older than 0 ms',
  },
  {
    wrong: 'age does not count beside a count',
    store: retaining((it) => (it.maxCount === undefined ? it : { ...it, maxAgeMs: undefined })),
    caughtBy: 'retention by age › hides by age what no other rule hides',
  },
];
