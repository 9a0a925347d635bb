import {
  type DeleteOptions,
  type EventStore,
  type LogReadOptions,
  type Retention,
  systemClock,
} from '@everfold/core';
import type { MemoryEventStoreOptions } from '@everfold/memory';
import { type Mutant, WrongStore } from './wrong-store.js';

/** Says something else about retention once a stream was deleted. */
function afterDelete(change: (retention: Retention) => Retention) {
  return class extends WrongStore {
    readonly #retention = new Map<string, Retention>();

    override async setRetention(stream: string, retention: Retention) {
      await this.inner.setRetention(stream, retention);
      this.#retention.set(stream, { ...retention });
    }

    override async delete(stream: string, options?: DeleteOptions) {
      await this.inner.delete(stream, options);
      const retention = this.#retention.get(stream);
      if (retention !== undefined) await this.setRetention(stream, change(retention));
    }
  };
}

/** Forgets what is said about a stream that has no events. */
class RetentionOfNothingForgotten extends WrongStore {
  readonly #deleted = new Set<string>();

  override async delete(stream: string, options?: DeleteOptions) {
    await this.inner.delete(stream, options);
    this.#deleted.add(stream);
  }

  override async append(...args: Parameters<EventStore['append']>) {
    const result = await this.inner.append(...args);
    this.#deleted.delete(args[0]);
    return result;
  }

  override setRetention(stream: string, retention: Retention) {
    return this.inner.setRetention(stream, this.#deleted.has(stream) ? {} : retention);
  }
}

/** Measures age by the machine's clock, whatever clock it was given. */
class ClockIgnoredByRetention extends WrongStore {
  readonly #appending: { count: number };

  constructor({ clock = systemClock, ...options }: MemoryEventStoreOptions = {}) {
    const appending = { count: 0 };
    const now = () => (appending.count > 0 ? clock.now() : systemClock.now());
    super({ ...options, clock: { now } });
    this.#appending = appending;
  }

  override append(...args: Parameters<EventStore['append']>) {
    this.#appending.count += 1;
    try {
      return this.inner.append(...args);
    } finally {
      this.#appending.count -= 1;
    }
  }
}

class ClockIgnored extends WrongStore {
  constructor({ clock: _, ...options }: MemoryEventStoreOptions = {}) {
    super(options);
  }
}

class TombstoneAnywhere extends WrongStore {
  override async tombstone(stream: string, options?: DeleteOptions) {
    await this.inner.tombstone(stream, options).catch((error: { readonly code?: unknown }) => {
      if (error.code !== 'WRONG_EXPECTED_REVISION') throw error;
      return this.inner.tombstone(stream);
    });
  }
}

/** Finds nothing when it is asked to begin with an event that is hidden. */
class BeginsOnlyWithWhatIsShown extends WrongStore {
  override readAll(options: LogReadOptions = {}) {
    const { inner } = this;
    const { from, direction } = options;
    if (from === undefined || direction === 'backwards') return inner.readAll(options);
    const first = inner.readAll({ from, limit: 1 });
    const read = inner.readAll(options);
    return {
      async *batches() {
        for await (const { position } of first) if (position !== from) return;
        yield* read.batches();
      },
      async *[Symbol.asyncIterator]() {
        for await (const batch of this.batches()) yield* batch;
      },
    };
  }
}

const BOTH = 'a retention and a delete ›';

/** Stores that go wrong in keeping, where streams are deleted or time goes by. */
export const RETENTION_MUTANTS: readonly Mutant[] = [
  {
    wrong: 'a delete takes the retention back',
    store: afterDelete(() => ({})),
    caughtBy: `${BOTH} keeps the last so many events of what is written behind a delete`,
  },
  {
    wrong: 'a delete takes the count back',
    store: afterDelete(({ maxCount: _, ...rest }) => rest),
    caughtBy: `${BOTH} keeps so many behind each of several deletes`,
  },
  {
    wrong: 'a delete takes the truncation back',
    store: afterDelete(({ truncateBefore: _, ...rest }) => rest),
    caughtBy: `${BOTH} hides before the revision named, also behind a delete`,
  },
  {
    wrong: 'a delete takes the age back',
    store: afterDelete(({ maxAgeMs: _, ...rest }) => rest),
    caughtBy: `${BOTH} hides by age behind a delete`,
  },
  {
    wrong: 'what is said about a deleted stream is forgotten',
    store: RetentionOfNothingForgotten,
    caughtBy: `${BOTH} holds for the next events when it was said while the stream was deleted`,
  },
  {
    wrong: 'age is measured by the clock of the machine',
    store: ClockIgnoredByRetention,
    caughtBy: 'retention by age › hides events older than it says',
  },
  {
    wrong: 'the clock is ignored',
    store: ClockIgnored,
    caughtBy: 'an event › has the time of its append on every path',
  },
  {
    wrong: 'the expectation of a tombstone is ignored',
    store: TombstoneAnywhere,
    caughtBy: 'expecting, on a live stream › conflicts, naming 2, at 7, for a tombstone',
  },
  {
    wrong: 'a read from a hidden event yields nothing',
    store: BeginsOnlyWithWhatIsShown,
    caughtBy: 'beginning at what a delete hides › works for reads of the log',
  },
];
