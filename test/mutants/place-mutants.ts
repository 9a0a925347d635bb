import {
  type DeleteOptions,
  type EventStore,
  eventStream,
  eventSubscription,
  type LogReadOptions,
  type NonEmpty,
  type Position,
  type RecordedEvent,
  type Retention,
  type StreamAppend,
  type StreamReadOptions,
  type SubscribeOptions,
  type SubscriptionBatch,
  WrongExpectedRevisionError,
} from '@everfold/core';
import { changed, followed, isConflict, type Mutant, WrongStore } from './wrong-store.js';

type Elsewhere = (options: SubscribeOptions, store: WrongStore) => SubscribeOptions;

/** Subscribes elsewhere where the event that it is to begin behind is no longer shown. */
function behindWhatIsHidden(elsewhere: Elsewhere) {
  return class extends WrongStore {
    override subscribe(options: SubscribeOptions = {}) {
      const { after, signal } = options;
      if (after === undefined || after === 'end') return this.inner.subscribe(options);
      const store = this;
      return eventSubscription(async function* (own) {
        const hidden = !(await store.shows(after));
        const chosen = hidden ? elsewhere(options, store) : options;
        yield* store.inner.subscribe({ ...chosen, signal: own });
      }, signal);
    }

    /** Whether an event is shown at a position; a position behind everything is as good as shown. */
    async shows(position: Position): Promise<boolean> {
      const found = await all(this.inner.readAll({ from: position, limit: 1 })).catch(() => []);
      return found.length === 0 || found[0]?.position === position;
    }
  };
}

async function all(read: AsyncIterable<RecordedEvent>): Promise<readonly RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  for await (const event of read) found.push(event);
  return found;
}

/** Leaves out the first event behind one that is hidden. */
class SkipsBehindWhatIsHidden extends WrongStore {
  override readAll(options: LogReadOptions = {}) {
    const { after } = options;
    const read = this.inner.readAll(options);
    if (after === undefined) return read;
    const { inner } = this;
    return eventStream(async function* () {
      const [first] = await all(inner.readAll({ from: after, limit: 1 }));
      let skips = first !== undefined && first.position !== after;
      for await (const event of read) {
        if (!skips) yield [event];
        skips = false;
      }
    }, options.signal);
  }
}

class SkipsBehindAHiddenRevision extends WrongStore {
  override read(stream: string, options: StreamReadOptions = {}) {
    const { after, direction } = options;
    const read = this.inner.read(stream, options);
    if (after === undefined || direction === 'backwards') return read;
    const { inner } = this;
    return eventStream(async function* () {
      const [first] = await all(inner.read(stream, { from: after, limit: 1 }));
      let skips = first !== undefined && first.revision !== after;
      for await (const event of read) {
        if (!skips) yield [event];
        skips = false;
      }
    }, options.signal);
  }
}

class NothingBackwardsFromBeyondTheEnd extends WrongStore {
  override read(stream: string, options: StreamReadOptions = {}) {
    const { direction, filter, from } = options;
    const read = this.inner.read(stream, options);
    if (direction !== 'backwards' || filter === undefined || from === undefined) return read;
    let last: number | undefined;
    const { inner } = this;
    return eventStream(async function* () {
      [last] = (await all(inner.read(stream, { direction, limit: 1 }))).map((it) => it.revision);
      if (last === undefined || from <= last) yield* read.batches();
    }, options.signal);
  }
}

/** Comes to the end of a stretch in three steps, of which the second goes back to the last event. */
class PositionGoesBack extends WrongStore {
  override subscribe(options?: SubscribeOptions) {
    return followed(this.inner, options, async function* (batches) {
      for await (const batch of batches) {
        const last = batch.events.at(-1)?.position;
        if (last !== undefined && last < batch.position) {
          yield { ...batch, caughtUp: false };
          yield { events: [], position: last, caughtUp: false };
          yield { ...batch, events: [] };
        } else yield batch;
      }
    });
  }
}

function at(position: Position | undefined, batch: SubscriptionBatch): SubscriptionBatch {
  return position === undefined ? batch : { ...batch, position };
}

/** Says that a batch ends a little before it does. */
class PositionOfTheBatchBefore extends WrongStore {
  override subscribe(options?: SubscribeOptions) {
    return followed(this.inner, options, async function* (batches) {
      let before: Position | undefined;
      for await (const batch of batches) {
        yield batch.events.length > 0 ? batch : at(before, batch);
        before = batch.position;
      }
    });
  }
}

/** Takes a stream for none when retention shows nothing of it. */
function nothingShownIsNoStream(rule: keyof Retention, on: 'append' | 'delete' | 'members') {
  return class extends WrongStore {
    readonly #ruled = new Set<string>();

    override async setRetention(stream: string, retention: Retention) {
      await this.inner.setRetention(stream, retention);
      if (retention[rule] === undefined) this.#ruled.delete(stream);
      else this.#ruled.add(stream);
    }

    override async append(...args: Parameters<EventStore['append']>) {
      if (on === 'append') await this.#check(args[0], args[2]?.expected);
      return this.inner.append(...args);
    }

    override async delete(stream: string, options?: DeleteOptions) {
      if (on === 'delete') await this.#check(stream, options?.expected);
      return this.inner.delete(stream, options);
    }

    override async appendToStreams(appends: NonEmpty<StreamAppend>) {
      if (on === 'members')
        for (const { stream, expected } of appends) await this.#check(stream, expected);
      return this.inner.appendToStreams(appends);
    }

    async #check(stream: string, expected: unknown): Promise<void> {
      if (expected !== 'stream-exists' || !this.#ruled.has(stream)) return;
      const found = await all(this.inner.read(stream)).catch(() => undefined);
      if (found?.length === 0)
        throw new WrongExpectedRevisionError(stream, 'stream-exists', 'no-stream');
    }
  };
}

/** Begins a stream anew when all of its events are too old. */
class ExpiredStreamBegunAnew extends WrongStore {
  override async append(...[stream, events, options]: Parameters<EventStore['append']>) {
    try {
      return await this.inner.append(stream, events, options);
    } catch (error) {
      if (options?.expected !== 'no-stream' || !isConflict(error)) throw error;
      const found = await all(changed(this.inner.read(stream), (batch) => batch));
      if (found.length > 0) throw error;
      return this.inner.append(stream, events);
    }
  }
}

const LIVE_BY_AGE = 'expecting, on a stream all of whose events are too old ›';
const SUBSCRIPTIONS = 'beginning at what a delete hides › works for subscriptions';

/** Stores that lose their way, or a stream, where something is hidden or beyond the end. */
export const PLACE_MUTANTS: readonly Mutant[] = [
  {
    wrong: 'a subscription behind a hidden event starts at the beginning',
    store: behindWhatIsHidden((options) => ({ ...options, after: undefined })),
    caughtBy: SUBSCRIPTIONS,
  },
  {
    wrong: 'a subscription behind a truncated event starts at the beginning',
    store: behindWhatIsHidden((options) => ({ ...options, after: undefined })),
    caughtBy: 'beginning at what truncation hides › works for subscriptions',
  },
  {
    wrong: 'a subscription behind an event that is too old starts at the beginning',
    store: behindWhatIsHidden((options) => ({ ...options, after: undefined })),
    caughtBy: 'beginning at what age hides › works for subscriptions',
  },
  {
    wrong: 'a subscription behind a hidden event starts at the end',
    store: behindWhatIsHidden((options) => ({ ...options, after: 'end' })),
    caughtBy: SUBSCRIPTIONS,
  },
  {
    wrong: 'a read of the log behind a hidden event skips one',
    store: SkipsBehindWhatIsHidden,
    caughtBy: 'beginning at what a delete hides › works for reads of the log',
  },
  {
    wrong: 'a read of a stream behind a hidden event skips one',
    store: SkipsBehindAHiddenRevision,
    caughtBy: 'beginning at what truncation hides › works for reads of the stream',
  },
  {
    wrong: 'a filtered read backwards from beyond the end yields nothing',
    store: NothingBackwardsFromBeyondTheEnd,
    caughtBy:
      'combining the options of a read › yields what they say together, of a stream backwards',
  },
  {
    wrong: 'the position of a subscription goes back where nothing matches',
    store: PositionGoesBack,
    caughtBy: 'subscribing to what does not match › never moves its position back',
  },
  {
    wrong: 'the position of a subscription stays behind where nothing matches',
    store: PositionOfTheBatchBefore,
    caughtBy: 'subscribing to what does not match › moves its position on',
  },
  {
    wrong: 'a stream that is too old is none to an append',
    store: nothingShownIsNoStream('maxAgeMs', 'append'),
    caughtBy: `${LIVE_BY_AGE} appends revision 3 at stream-exists`,
  },
  {
    wrong: 'a stream that is too old is none to a delete',
    store: nothingShownIsNoStream('maxAgeMs', 'delete'),
    caughtBy: `${LIVE_BY_AGE} allows a delete at stream-exists`,
  },
  {
    wrong: 'a stream that is too old is none to an append to several',
    store: nothingShownIsNoStream('maxAgeMs', 'members'),
    caughtBy: `${LIVE_BY_AGE} decides so too for a member`,
  },
  {
    wrong: 'a stream that is truncated is none to an append to several',
    store: nothingShownIsNoStream('truncateBefore', 'members'),
    caughtBy: 'expecting, on a stream all of whose events are truncated › decides so too',
  },
  {
    wrong: 'a stream that is too old is begun anew',
    store: ExpiredStreamBegunAnew,
    caughtBy: `${LIVE_BY_AGE} conflicts, naming 2, at no-stream`,
  },
];
