import type {
  DeleteOptions,
  EventFilter,
  LogReadOptions,
  Retention,
  StreamReadOptions,
  SubscribeOptions,
  SubscriptionBatch,
} from '@everfold/core';
import { followed, type Mutant, WrongStore } from './wrong-store.js';

type Path = 'read' | 'readAll' | 'subscribe';

/** Hands only so many names of a filter on, on one path. */
function filteringOn(path: Path, part: keyof EventFilter, most: number) {
  const cut = <O extends { readonly filter?: EventFilter | undefined }>(
    name: Path,
    options: O,
  ): O => {
    const names = options.filter?.[part];
    if (name !== path || !Array.isArray(names)) return options;
    return { ...options, filter: { ...options.filter, [part]: names.slice(0, most) } };
  };
  return class extends WrongStore {
    override read(stream: string, options: StreamReadOptions = {}) {
      return this.inner.read(stream, cut('read', options));
    }

    override readAll(options: LogReadOptions = {}) {
      return this.inner.readAll(cut('readAll', options));
    }

    override subscribe(options: SubscribeOptions = {}) {
      return this.inner.subscribe(cut('subscribe', options));
    }
  };
}

/** Forgets the first of many streams. */
class ManyStreamsForgotten extends WrongStore {
  readonly #streams = new Set<string>();

  override async append(...[stream, events, options]: Parameters<WrongStore['append']>) {
    this.#streams.add(stream);
    const isOld = [...this.#streams].indexOf(stream) < this.#streams.size - 1_000;
    return this.inner.append(stream, events, isOld ? undefined : options);
  }
}

const MOST_CONTROLS = 32;

class ManyTombstonesForgotten extends WrongStore {
  #count = 0;

  override tombstone(stream: string, options?: DeleteOptions) {
    this.#count += 1;
    if (this.#count <= MOST_CONTROLS) return this.inner.tombstone(stream, options);
    return this.inner.delete(stream, options);
  }
}

class ManyRetentionsForgotten extends WrongStore {
  #count = 0;

  override setRetention(stream: string, retention: Retention) {
    this.#count += 1;
    return this.inner.setRetention(stream, this.#count <= MOST_CONTROLS ? retention : {});
  }
}

class SubscriptionsStarve extends WrongStore {
  #open = 0;

  override subscribe(options?: SubscribeOptions) {
    return followed(this.inner, options, this.#counted.bind(this));
  }

  async *#counted(batches: AsyncIterable<SubscriptionBatch>) {
    this.#open += 1;
    const starves = this.#open > 30;
    try {
      for await (const batch of batches) yield starves ? { ...batch, events: [] } : batch;
    } finally {
      this.#open -= 1;
    }
  }
}

class SubscriptionsTire extends WrongStore {
  override subscribe(options?: SubscribeOptions) {
    return followed(this.inner, options, async function* (batches) {
      let yielded = 0;
      for await (const batch of batches) {
        yielded += 1;
        yield yielded > 250 ? { ...batch, events: [] } : batch;
      }
    });
  }
}

/** Stores that are right as long as there are few of anything. */
export const MANY_MUTANTS: readonly Mutant[] = [
  ...(['read', 'readAll', 'subscribe'] as const).map((path) => ({
    wrong: `no more than 100 types of a filter count in ${path}`,
    store: filteringOn(path, 'types', 100),
    caughtBy: 'a filter of many names › lets through each of its types, on every path',
  })),
  ...(['readAll', 'subscribe'] as const).map((path) => ({
    wrong: `no more than 100 categories of a filter count in ${path}`,
    store: filteringOn(path, 'categories', 100),
    caughtBy: 'a filter of many names › lets through each of its categories, on every path',
  })),
  {
    wrong: 'only the last 1,000 streams are remembered',
    store: ManyStreamsForgotten,
    caughtBy: 'many streams › are all remembered, with their revisions and ids',
  },
  {
    wrong: 'no more than so many tombstones are remembered',
    store: ManyTombstonesForgotten,
    caughtBy: 'many streams › stay deleted, buried and shortened, each of them',
  },
  {
    wrong: 'no more than so many retentions are remembered',
    store: ManyRetentionsForgotten,
    caughtBy: 'many streams › stay deleted, buried and shortened, each of them',
  },
  {
    wrong: 'the 31st subscription starves',
    store: SubscriptionsStarve,
    caughtBy: 'a long life of a subscription › is shared by none of 40 others',
  },
  {
    wrong: 'a subscription tires after 250 batches',
    store: SubscriptionsTire,
    caughtBy: 'a long life of a subscription › yields each of 300 events that come one by one',
  },
];
