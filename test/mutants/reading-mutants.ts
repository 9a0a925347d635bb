import { setImmediate } from 'node:timers/promises';
import type {
  AppendOptions,
  EventFilter,
  EventReadOptions,
  EventStream,
  LogReadOptions,
  NewEvent,
  NonEmpty,
  RecordedEvent,
  StreamReadOptions,
  SubscribeOptions,
} from '@everfold/core';
import { eventStream } from '@everfold/core';
import { changed, followed, type Mutant, WrongStore } from './wrong-store.js';

/** Gives out a position first and shows the event later, as a database with sequences does. */
class ReaderOvertaken extends WrongStore {
  readonly #late = new Set<string>();
  #appends = 0;

  override async append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
    const result = await this.inner.append(stream, events, options);
    this.#appends += 1;
    if (this.#appends % 3 !== 1) return result;
    for (const { id } of events) this.#late.add(id);
    for (let turn = 0; turn < 3; turn += 1) await setImmediate();
    for (const { id } of events) this.#late.delete(id);
    return result;
  }

  override readAll(options?: LogReadOptions) {
    return changed(this.inner.readAll(options), (batch) => batch.filter(this.#isShown));
  }

  override subscribe(options?: SubscribeOptions) {
    const isShown = this.#isShown;
    return followed(this.inner, options, async function* (batches) {
      for await (const batch of batches) yield { ...batch, events: batch.events.filter(isShown) };
    });
  }

  readonly #isShown = ({ id }: RecordedEvent) => !this.#late.has(id);
}

/** Reads with other options than were asked for. */
function readingWith(change: <O extends LogReadOptions | StreamReadOptions>(options: O) => O) {
  return class extends WrongStore {
    override read(stream: string, options: StreamReadOptions = {}) {
      return this.inner.read(stream, change(options));
    }

    override readAll(options: LogReadOptions = {}) {
      return this.inner.readAll(change(options));
    }
  };
}

const isBackwards = ({ direction }: EventReadOptions) => direction === 'backwards';

class LimitCountedBeforeTheFilter extends WrongStore {
  override readAll({ filter, ...options }: LogReadOptions = {}) {
    const wanted = filter?.types;
    const read = this.inner.readAll({ ...options, filter: { categories: filter?.categories } });
    return changed(read, (batch) =>
      batch.filter(({ type }) => wanted === undefined || wanted.includes(type)),
    );
  }
}

/** Filters the log by what `matches` says instead of the category. */
function categoriesBy(matches: (stream: string, category: string) => boolean) {
  return class extends WrongStore {
    override readAll({ filter, limit, ...options }: LogReadOptions = {}): EventStream {
      const categories = filter?.categories;
      if (!Array.isArray(categories)) return this.inner.readAll({ filter, limit, ...options });
      const read = this.inner.readAll({ ...options, filter: { types: filter?.types } });
      let left = limit ?? Number.POSITIVE_INFINITY;
      return changed(read, (batch) => {
        const found = batch
          .filter(({ stream }) => categories.some((category) => matches(stream, category)))
          .slice(0, left);
        left -= found.length;
        return found;
      });
    }
  };
}

class EmptyListTakenForNone extends WrongStore {
  override readAll({ filter, ...options }: LogReadOptions = {}) {
    return this.inner.readAll({ ...options, filter: withoutEmpty(filter) });
  }
}

function withoutEmpty(filter: EventFilter | undefined): EventFilter {
  return {
    types: filter?.types?.length === 0 ? undefined : filter?.types,
    categories: filter?.categories?.length === 0 ? undefined : filter?.categories,
  };
}

class ReadWithoutEnd extends WrongStore {
  override read(stream: string, options: StreamReadOptions = {}) {
    const { inner } = this;
    if (options.limit !== undefined || isBackwards(options)) return inner.read(stream, options);
    return eventStream(async function* () {
      let next = options;
      for (let found = true; found; ) {
        found = false;
        for await (const batch of inner.read(stream, next).batches()) {
          yield batch;
          found = true;
          next = { ...options, after: batch.at(-1)?.revision };
        }
      }
    });
  }
}

class ReadBegunWhenMade extends WrongStore {
  override read(stream: string, options?: StreamReadOptions) {
    const found = (async () => {
      const batches: (readonly RecordedEvent[])[] = [];
      for await (const batch of this.inner.read(stream, options).batches()) batches.push(batch);
      return batches;
    })();
    found.catch(() => undefined);
    return eventStream(async function* () {
      yield* await found;
    });
  }
}

/** Stores whose readers see something else than what was written. */
export const READING_MUTANTS: readonly Mutant[] = [
  {
    wrong: 'a reader is overtaken',
    store: ReaderOvertaken,
    caughtBy: 'reading while writers are busy › lets no event appear at or before a position',
  },
  {
    wrong: 'the limit is off by one backwards',
    store: readingWith((options) =>
      isBackwards(options) && options.limit ? { ...options, limit: options.limit + 1 } : options,
    ),
    caughtBy: 'reading a stream › yields the last at limit 1 backwards',
  },
  {
    wrong: 'limit 0 is read as no limit',
    store: readingWith((options) => ({
      ...options,
      limit: options.limit === 0 ? undefined : options.limit,
    })),
    caughtBy: 'reading the log › yields nothing at limit 0',
  },
  {
    wrong: 'the limit is counted before the filter',
    store: LimitCountedBeforeTheFilter,
    caughtBy: 'filtering › counts a limit behind the filter',
  },
  {
    wrong: 'from is exclusive backwards',
    store: readingWith((options) =>
      isBackwards(options) && options.after === undefined
        ? { ...options, after: options.from }
        : options,
    ),
    caughtBy: 'reading the log › goes back from the position named',
  },
  {
    wrong: 'after is inclusive',
    store: readingWith((options) => ({
      ...options,
      from: options.after ?? options.from,
      after: undefined,
    })),
    caughtBy: 'reading the log › can be paged through one event at a time, forwards',
  },
  {
    wrong: 'from counts where after is given too',
    store: readingWith((options) =>
      options.from === undefined ? options : { ...options, after: undefined },
    ),
    caughtBy: 'reading a stream › lets after count where both are given',
  },
  {
    wrong: 'a category is found by how its name begins',
    store: categoriesBy((stream, category) => stream.includes('-') && stream.startsWith(category)),
    caughtBy: 'filtering › yields the categories that are named',
  },
  {
    wrong: 'a category ends at the last dash',
    store: categoriesBy(
      (stream, category) => stream.slice(0, Math.max(0, stream.lastIndexOf('-'))) === category,
    ),
    caughtBy: 'filtering › takes for the category what stands before the first dash',
  },
  {
    wrong: 'an empty list of a filter is taken for none',
    store: EmptyListTakenForNone,
    caughtBy: 'filtering › yields nothing for an empty list of types',
  },
  {
    wrong: 'a read does not end where the stream stood when it began',
    store: ReadWithoutEnd,
    caughtBy: 'reading a stream › ends where the stream stood when it began',
  },
  {
    wrong: 'a read begins when it is made',
    store: ReadBegunWhenMade,
    caughtBy: 'reading a stream › begins when it is iterated, not when it is made',
  },
  {
    wrong: 'an abort is not honoured by reads',
    store: readingWith((options) => ({ ...options, signal: undefined })),
    caughtBy:
      'reading a stream › rejects with the reason of a signal that is aborted in the middle',
  },
];
