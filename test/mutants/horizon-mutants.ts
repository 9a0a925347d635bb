import {
  type EventReadOptions,
  eventStream,
  type LogReadOptions,
  type Position,
  type RecordedEvent,
  type StreamReadOptions,
  type SubscribeOptions,
  type SubscriptionBatch,
} from '@everfold/core';
import { changed, followed, type Mutant, WrongStore } from './wrong-store.js';

type Path = 'read' | 'readAll' | 'subscribe';
/** Which of the events that one iteration comes by are shown, counted from 0. */
type Shown = (nth: number) => boolean;

/** Loses events of long reads, on one path. */
function losingOn(path: Path, shown: Shown, concerns: (options: EventReadOptions) => boolean) {
  const losing = () => {
    let seen = 0;
    return (batch: readonly RecordedEvent[]) =>
      batch.filter(() => {
        seen += 1;
        return shown(seen - 1);
      });
  };
  return class extends WrongStore {
    override read(stream: string, options: StreamReadOptions = {}) {
      const read = this.inner.read(stream, options);
      return path === 'read' && concerns(options) ? changed(read, losing()) : read;
    }

    override readAll(options: LogReadOptions = {}) {
      const read = this.inner.readAll(options);
      return path === 'readAll' && concerns(options) ? changed(read, losing()) : read;
    }

    override subscribe(options: SubscribeOptions = {}) {
      if (path !== 'subscribe' || !concerns(options)) return this.inner.subscribe(options);
      const lose = losing();
      return followed(this.inner, options, async function* (batches) {
        for await (const batch of batches) yield { ...batch, events: lose(batch.events) };
      });
    }
  };
}

const always = () => true;
const backwards = ({ direction }: EventReadOptions) => direction === 'backwards';
const byType = ({ filter }: EventReadOptions) => filter?.types !== undefined;

/** Looks at a part of the log only before it filters. */
class FilterGivesUp extends WrongStore {
  override readAll({ filter, limit, ...options }: LogReadOptions = {}) {
    if (!byType({ filter })) return this.inner.readAll({ filter, limit, ...options });
    const { inner } = this;
    const types = filter?.types ?? [];
    return eventStream(async function* () {
      let [looked, left] = [0, limit ?? Number.POSITIVE_INFINITY];
      const all = inner.readAll({ ...options, filter: { categories: filter?.categories } });
      for await (const event of all) {
        looked += 1;
        if (looked > 5_000 || left === 0) return;
        if (!types.includes(event.type)) continue;
        left -= 1;
        yield [event];
      }
    });
  }
}

/** Takes a larger limit for this one. */
function limitedTo(most: number) {
  const capped = <O extends EventReadOptions>(options: O): O =>
    options.limit === undefined ? options : { ...options, limit: Math.min(options.limit, most) };
  return class extends WrongStore {
    override read(stream: string, options: StreamReadOptions = {}) {
      return this.inner.read(stream, capped(options));
    }

    override readAll(options: LogReadOptions = {}) {
      return this.inner.readAll(capped(options));
    }
  };
}

type Follow = (
  batches: AsyncIterable<SubscriptionBatch>,
  store: WrongStore,
) => AsyncGenerator<SubscriptionBatch, void>;

function following(follow: Follow) {
  return class extends WrongStore {
    override subscribe(options?: SubscribeOptions) {
      return followed(this.inner, options, (batches) => follow(batches, this));
    }
  };
}

const caughtUpOnceAndForAll: Follow = async function* (batches) {
  let once = false;
  for await (const batch of batches) {
    once ||= batch.caughtUp;
    yield { ...batch, caughtUp: once };
  }
};

const caughtUpOnlyOnce: Follow = async function* (batches) {
  let once = false;
  for await (const batch of batches) {
    yield { ...batch, caughtUp: batch.caughtUp && !once };
    once ||= batch.caughtUp;
  }
};

const atTheHead: Follow = async function* (batches, store) {
  for await (const batch of batches)
    yield { ...batch, position: ((await store.head()) ?? batch.position) as Position };
};

const LONG = 'a long log › is';

/** Stores that are right in the small. */
export const HORIZON_MUTANTS: readonly Mutant[] = [
  ...[2_000, 5_000].flatMap((end) => [
    {
      wrong: `the log ends after ${end} events`,
      store: losingOn('readAll', (nth) => nth < end, always),
      caughtBy: `${LONG} read whole, in either direction`,
    },
    {
      wrong: `the log ends after ${end} events backwards`,
      store: losingOn('readAll', (nth) => nth < end, backwards),
      caughtBy: `${LONG} read whole, in either direction`,
    },
    {
      wrong: `a stream ends after ${end} events`,
      store: losingOn('read', (nth) => nth < end, always),
      caughtBy: 'a long stream › is read whole, in either direction',
    },
    {
      wrong: `a stream ends after ${end} events backwards`,
      store: losingOn('read', (nth) => nth < end, backwards),
      caughtBy: 'a long stream › is read whole, in either direction',
    },
    {
      wrong: `a subscription yields no more than ${end} events`,
      store: losingOn('subscribe', (nth) => nth < end, always),
      caughtBy: `${LONG} followed whole, and goes on`,
    },
    {
      wrong: `the log skips one event after ${end}`,
      store: losingOn('readAll', (nth) => nth !== end, always),
      caughtBy: `${LONG} read whole, in either direction`,
    },
    {
      wrong: `a subscription skips one event after ${end}`,
      store: losingOn('subscribe', (nth) => nth !== end, always),
      caughtBy: `${LONG} followed whole behind a consumer that was away`,
    },
  ]),
  {
    wrong: 'a filter gives up after 5,000 events that do not match',
    store: FilterGivesUp,
    caughtBy: `${LONG} filtered whole`,
  },
  {
    wrong: 'a limit of more than 1,000 is one of 1,000',
    store: limitedTo(1_000),
    caughtBy: `${LONG} read up to a limit of thousands`,
  },
  {
    wrong: 'a limit of more than 5,000 is one of 5,000',
    store: limitedTo(5_000),
    caughtBy: 'a long stream › is read whole, in either direction',
  },
  {
    wrong: 'a subscription that was caught up once says so for ever',
    store: following(caughtUpOnceAndForAll),
    caughtBy: `${LONG} caught up with when its last event was yielded`,
  },
  {
    wrong: 'a subscription says only once that it is caught up',
    store: following(caughtUpOnlyOnce),
    caughtBy: 'subscribing › says again that it is caught up after each stretch',
  },
  {
    wrong: 'a batch has the position of the head',
    store: following(atTheHead),
    caughtBy: `${LONG} followed on from the middle, batch by batch`,
  },
];
