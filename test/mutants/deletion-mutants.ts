import {
  type AppendOptions,
  type AppendResult,
  type DeleteOptions,
  type EventStream,
  type ExpectedRevision,
  firstVisible,
  isExpired,
  type LogReadOptions,
  type NewEvent,
  type NonEmpty,
  type RecordedEvent,
  type Retention,
  type StreamReadOptions,
  systemClock,
} from '@everfold/core';
import type { MemoryEventStoreOptions } from '@everfold/memory';
import { changed, changedEach, type Mutant, WrongStore } from './wrong-store.js';

class TombstoneForgotten extends WrongStore {
  override tombstone(stream: string, options?: DeleteOptions) {
    return this.inner.delete(stream, options);
  }
}

class TombstoneOfNothingForgotten extends WrongStore {
  override async tombstone(stream: string, options?: DeleteOptions) {
    for await (const _ of this.inner.read(stream, { limit: 1 }))
      return this.inner.tombstone(stream, options);
    return this.inner.delete(stream, options);
  }
}

class DeleteAnywhere extends WrongStore {
  override async delete(stream: string, options?: DeleteOptions) {
    await this.inner.delete(stream, options).catch((error: { readonly code?: unknown }) => {
      if (error.code !== 'WRONG_EXPECTED_REVISION') throw error;
      return this.inner.delete(stream);
    });
  }
}

/** Counts from 0 again behind a delete. */
class RevisionsRestart extends WrongStore {
  readonly #base = new Map<string, number>();

  override async delete(stream: string, options?: DeleteOptions) {
    let last = this.#baseOf(stream) - 1;
    const { expected } = options ?? {};
    if (
      typeof stream === 'string' &&
      stream !== '' &&
      !stream.startsWith('$') &&
      stream.isWellFormed()
    )
      for await (const { revision } of this.inner.read(stream.slice(0, 300))) last = revision;
    await this.inner.delete(stream, { expected: this.#shifted(stream, expected) });
    this.#base.set(stream, last + 1);
  }

  override async append(stream: string, events: NonEmpty<NewEvent>, options: AppendOptions = {}) {
    const expected = this.#shifted(stream, options.expected);
    const result = await this.inner.append(stream, events, { ...options, expected });
    return { ...result, revision: result.revision - this.#baseOf(stream) };
  }

  override read(stream: string, options: StreamReadOptions = {}): EventStream {
    const base = this.#baseOf(stream);
    const [from, after] = [options.from, options.after].map((it) =>
      typeof it === 'number' && it >= 0 ? it + base : it,
    );
    const read = this.inner.read(stream, { ...options, from, after });
    return changedEach(read, (event) => ({ ...event, revision: event.revision - base }));
  }

  #baseOf(stream: string): number {
    return this.#base.get(stream) ?? 0;
  }

  #shifted(stream: string, expected: ExpectedRevision | undefined): ExpectedRevision | undefined {
    return typeof expected === 'number' ? expected + this.#baseOf(stream) : expected;
  }
}

class DeletedStayInTheLog extends WrongStore {
  readonly #log: RecordedEvent[] = [];

  override async append(
    stream: string,
    events: NonEmpty<NewEvent>,
    options?: AppendOptions,
  ): Promise<AppendResult> {
    const result = await this.inner.append(stream, events, options);
    for await (const event of this.inner.read(stream, {
      from: result.revision - events.length + 1,
    }))
      if (!result.repeated) this.#log.push(event);
    return result;
  }

  override readAll(options: LogReadOptions = {}) {
    const plain = Object.entries(options).every(
      ([key, value]) => key === 'filter' || value === undefined,
    );
    const categories = options.filter?.categories;
    if (!plain || categories === undefined || options.filter?.types !== undefined)
      return this.inner.readAll(options);
    let first = true;
    const matching = this.#log.filter(({ stream }) =>
      categories.includes(stream.split('-')[0] ?? ''),
    );
    const all = this.inner.readAll();
    return changed(all, () => {
      const found = first ? matching : [];
      first = false;
      return found;
    });
  }
}

/** Keeps what it was told about retention to itself, for reads of streams. */
class RetentionIgnoredInTheLog extends WrongStore {
  readonly #retention = new Map<string, Retention>();
  readonly #now: () => number;

  constructor(options: MemoryEventStoreOptions = {}) {
    super(options);
    const clock = options.clock ?? systemClock;
    this.#now = () => clock.now();
  }

  override async setRetention(stream: string, retention: Retention) {
    await this.inner.setRetention(stream, retention);
    await this.inner.setRetention(stream, {});
    this.#retention.set(stream, { ...retention });
  }

  override read(stream: string, options: StreamReadOptions = {}): EventStream {
    const retention = this.#retention.get(stream);
    if (retention === undefined) return this.inner.read(stream, options);
    let left = options.limit ?? Number.POSITIVE_INFINITY;
    const whole = this.inner.read(stream, { ...options, limit: undefined });
    const lastOf = this.#lastOf(stream);
    return {
      batches: async function* (this: RetentionIgnoredInTheLog) {
        const control = { base: 0, tombstoned: false, retention };
        const first = firstVisible({ last: await lastOf(), control });
        for await (const batch of whole.batches()) {
          const shown = batch
            .filter(
              ({ revision, recordedAt }) =>
                revision >= first && !isExpired(control, recordedAt.getTime(), this.#now()),
            )
            .slice(0, left);
          left -= shown.length;
          if (shown.length > 0) yield shown;
        }
      }.bind(this),
      async *[Symbol.asyncIterator]() {
        for await (const batch of this.batches()) yield* batch;
      },
    };
  }

  #lastOf(stream: string) {
    return async () => {
      for await (const { revision } of this.inner.read(stream, {
        direction: 'backwards',
        limit: 1,
      }))
        return revision;
      return -1;
    };
  }
}

/** Forgets a part of what it is told about retention. */
function forgetting(part: keyof Retention) {
  return class extends WrongStore {
    override async setRetention(stream: string, retention: Retention) {
      await this.inner.setRetention(stream, retention);
      await this.inner.setRetention(stream, { ...retention, [part]: undefined });
    }
  };
}

class RetentionAddedTo extends WrongStore {
  readonly #retention = new Map<string, Retention>();

  override async setRetention(stream: string, retention: Retention) {
    const whole = { ...this.#retention.get(stream), ...retention };
    await this.inner.setRetention(stream, whole);
    this.#retention.set(stream, whole);
  }
}

/** Stores that go wrong in deleting and keeping. */
export const DELETION_MUTANTS: readonly Mutant[] = [
  {
    wrong: 'revisions restart after a delete',
    store: RevisionsRestart,
    caughtBy: 'deleting › lets revisions go on, at no-stream',
  },
  {
    wrong: 'a tombstone is a delete',
    store: TombstoneForgotten,
    caughtBy: 'setting a tombstone › refuses appends for ever',
  },
  {
    wrong: 'a tombstone where no stream ever was is forgotten',
    store: TombstoneOfNothingForgotten,
    caughtBy: 'setting a tombstone › works on a stream that never was',
  },
  {
    wrong: 'the expectation of a delete is ignored',
    store: DeleteAnywhere,
    caughtBy: 'racing writers › either appends before a concurrent delete or after it',
  },
  {
    wrong: 'deleted events stay in the log, against the capability',
    store: DeletedStayInTheLog,
    caughtBy: 'deleting › hides them from the log at once or keeps them',
  },
  {
    wrong: 'retention is ignored in the log, against the capability',
    store: RetentionIgnoredInTheLog,
    caughtBy: 'retention › shows in the log what the stream shows',
  },
  {
    wrong: 'retention by age is ignored',
    store: forgetting('maxAgeMs'),
    caughtBy: 'retention by age › hides events older than it says',
  },
  {
    wrong: 'retention by count is ignored',
    store: forgetting('maxCount'),
    caughtBy: 'retention › keeps the last so many events',
  },
  {
    wrong: 'truncation is ignored',
    store: forgetting('truncateBefore'),
    caughtBy: 'retention › hides the events before a revision',
  },
  {
    wrong: 'retention is added to, not replaced',
    store: RetentionAddedTo,
    caughtBy: 'retention › is replaced, not added to',
  },
];
