import {
  type AppendOptions,
  type AppendResult,
  type DeleteOptions,
  type EventStore,
  eventStream,
  type LogReadOptions,
  type NewEvent,
  type NonEmpty,
  type RecordedEvent,
  type Retention,
  type StreamAppend,
} from '@everfold/core';
import { MemoryEventStore, type MemoryEventStoreOptions } from '@everfold/memory';
import { changed, type Mutant, WrongStore } from './wrong-store.js';

/** What may be said about a stream. */
type Control = 'delete' | 'tombstone' | keyof Retention;

/** Keeps a second log beside the first, event by event at the same positions, in which some controls are forgotten. */
class ShadowedStore extends WrongStore {
  protected readonly shadow: MemoryEventStore;

  constructor(
    options: MemoryEventStoreOptions | undefined,
    readonly forgotten: Control,
  ) {
    super(options);
    this.shadow = new MemoryEventStore(options);
  }

  override async append(
    stream: string,
    events: NonEmpty<NewEvent>,
    options?: AppendOptions,
  ): Promise<AppendResult> {
    const result = await this.inner.append(stream, events, options);
    if (!result.repeated) await this.shadow.append(stream, events);
    return result;
  }

  override async appendToStreams(appends: NonEmpty<StreamAppend>) {
    const results = await this.inner.appendToStreams(appends);
    if (results[0]?.repeated === false)
      for (const { stream, events } of appends) await this.shadow.append(stream, events);
    return results;
  }

  override async delete(stream: string, options?: DeleteOptions): Promise<void> {
    await this.inner.delete(stream, options);
    if (this.forgotten !== 'delete') await this.shadow.delete(stream);
  }

  override async tombstone(stream: string, options?: DeleteOptions): Promise<void> {
    await this.inner.tombstone(stream, options);
    if (this.forgotten !== 'tombstone') await this.shadow.tombstone(stream);
  }

  override async setRetention(stream: string, retention: Retention): Promise<void> {
    await this.inner.setRetention(stream, retention);
    await this.shadow.setRetention(stream, { ...retention, [this.forgotten]: undefined });
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.shadow[Symbol.asyncDispose]();
    await super[Symbol.asyncDispose]();
  }
}

/** Reads from the log that has forgotten on one path, and rightly on all others. */
function showingHidden(path: 'readAll' | 'subscribe', forgotten: Control, onlyBackwards = false) {
  return class extends ShadowedStore {
    constructor(options?: MemoryEventStoreOptions) {
      super(options, forgotten);
    }

    override readAll(options: Parameters<EventStore['readAll']>[0] = {}) {
      const wrong = path === 'readAll' && (options.direction === 'backwards' || !onlyBackwards);
      return (wrong ? this.shadow : this.inner).readAll(options);
    }

    override subscribe(options: Parameters<EventStore['subscribe']>[0] = {}) {
      return (path === 'subscribe' ? this.shadow : this.inner).subscribe(options);
    }
  };
}

/** Counts a hidden event against the limit of a read of the log, in one direction. */
function countingHidden(direction: 'forwards' | 'backwards') {
  return class extends ShadowedStore {
    constructor(options?: MemoryEventStoreOptions) {
      super(options, 'delete');
    }

    override readAll(options: LogReadOptions = {}) {
      const { inner } = this;
      if ((options.direction ?? 'forwards') !== direction) return inner.readAll(options);
      const counted = this.shadow.readAll(options);
      return eventStream(async function* () {
        const shown = new Set<string>();
        for await (const { id } of inner.readAll({ ...options, limit: undefined })) shown.add(id);
        yield* changed(counted, (batch) => batch.filter(({ id }) => shown.has(id))).batches();
      });
    }
  };
}

/** Orders the log by when its events were recorded, as a query by a column of time does. */
class OrderedByTime extends WrongStore {
  override readAll({ direction, from, after, limit, filter, signal }: LogReadOptions = {}) {
    const plain = from === undefined && after === undefined && limit === undefined;
    if (!plain) return this.inner.readAll({ direction, from, after, limit, filter, signal });
    const read = this.inner.readAll({ filter, signal });
    return eventStream(async function* () {
      const all: RecordedEvent[] = [];
      for await (const event of read) all.push(event);
      all.sort((a, b) => a.recordedAt.getTime() - b.recordedAt.getTime());
      if (all.length > 0) yield direction === 'backwards' ? all.reverse() : all;
    }, signal);
  }
}

const THEMES: Readonly<Record<Control, string>> = {
  delete: 'what a delete hides',
  tombstone: 'what a tombstone hides',
  truncateBefore: 'what truncation hides',
  maxCount: 'what a count hides',
  maxAgeMs: 'what age hides',
};

/** Stores that show on one path what they hide on the others, and one that shows it in another order. */
export const HIDING_MUTANTS: readonly Mutant[] = [
  {
    wrong: 'hidden events count against a limit',
    store: countingHidden('forwards'),
    caughtBy:
      'what a delete hides › is shown or not, as the capability says, by a read of the log one by one',
  },
  {
    wrong: 'hidden events count against a limit backwards',
    store: countingHidden('backwards'),
    caughtBy:
      'what a delete hides › is shown or not, as the capability says, by a read of the log one by one backwards',
  },
  {
    wrong: 'the log is ordered by time',
    store: OrderedByTime,
    caughtBy: 'an event › stands where it was appended, though the clock went back',
  },
  ...(Object.keys(THEMES) as Control[]).flatMap((control) => {
    const by = `${THEMES[control]} › is shown or not, as the capability says, by`;
    return [
      {
        wrong: `${THEMES[control]} is shown by subscriptions`,
        store: showingHidden('subscribe', control),
        caughtBy: `${by} a subscription`,
      },
      {
        wrong: `${THEMES[control]} is shown by the log`,
        store: showingHidden('readAll', control),
        caughtBy: `${by} a read of the log`,
      },
      {
        wrong: `${THEMES[control]} is shown by the log backwards`,
        store: showingHidden('readAll', control, true),
        caughtBy: `${by} a read of the log backwards`,
      },
    ];
  }),
];
