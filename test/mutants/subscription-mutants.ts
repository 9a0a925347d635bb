import type { Position, SubscribeOptions, SubscriptionBatch } from '@everfold/core';
import type { MemoryEventStore } from '@everfold/memory';
import { followed, type Mutant, WrongStore } from './wrong-store.js';

type Follow = (
  batches: AsyncIterable<SubscriptionBatch>,
  store: MemoryEventStore,
  options: SubscribeOptions,
) => AsyncGenerator<SubscriptionBatch, void>;

/** Subscriptions whose batches are changed on their way out. */
function following(follow: Follow) {
  return class extends WrongStore {
    override subscribe(options: SubscribeOptions = {}) {
      return followed(this.inner, options, (batches) => follow(batches, this.inner, options));
    }
  };
}

async function* repeatingAtTheSeam(batches: AsyncIterable<SubscriptionBatch>) {
  let last: SubscriptionBatch | undefined;
  let live = false;
  for await (const batch of batches) {
    const again = last?.caughtUp === true && !live ? last.events.slice(-1) : [];
    live ||= last?.caughtUp === true;
    last = batch;
    yield { ...batch, events: [...again, ...batch.events] };
  }
}

/** Reads the head at "caught up" and goes on behind it: what came in between is lost. */
const losingAtTheSeam: Follow = async function* (batches, store) {
  let seam: Position | undefined;
  for await (const batch of batches) {
    const from = seam;
    yield from === undefined
      ? batch
      : { ...batch, events: batch.events.filter(({ position }) => position > from) };
    seam = batch.caughtUp ? ((await store.head()) ?? undefined) : undefined;
  }
};

const yieldingEventsOnly: Follow = async function* (batches) {
  let isFirst = true;
  for await (const batch of batches) {
    if (isFirst || batch.events.length > 0) yield batch;
    isFirst = false;
  }
};

const BEFORE_ALL = '0'.repeat(16) as Position;

const withPositionOfItsEvents: Follow = async function* (batches, _, { after }) {
  let position = after === 'end' ? undefined : (after ?? BEFORE_ALL);
  for await (const batch of batches) {
    position = batch.events.at(-1)?.position ?? position ?? batch.position;
    yield { ...batch, position };
  }
};

/** Keeps at most so many events for a consumer that does not ask, and drops the others. */
const droppingForTheSlow: Follow = async function* (batches) {
  let live = false;
  for await (const batch of batches) {
    yield live ? { ...batch, events: batch.events.slice(-100) } : batch;
    live ||= batch.caughtUp;
  }
};

const neverAborted = (options: SubscribeOptions = {}) => ({ ...options, signal: undefined });

class AbortNotHonoured extends WrongStore {
  override subscribe(options?: SubscribeOptions) {
    return this.inner.subscribe(neverAborted(options));
  }
}

class AbortNotHonouredWhileWaiting extends WrongStore {
  override subscribe(options: SubscribeOptions = {}) {
    const { inner } = this;
    return {
      async *[Symbol.asyncIterator]() {
        options.signal?.throwIfAborted();
        for await (const batch of inner.subscribe(neverAborted(options))) {
          options.signal?.throwIfAborted();
          yield batch;
          options.signal?.throwIfAborted();
        }
      },
    };
  }
}

class EndsWhenAborted extends WrongStore {
  override subscribe(options?: SubscribeOptions) {
    const { inner } = this;
    return followed(inner, options, async function* (batches) {
      try {
        yield* batches;
      } catch (error) {
        if (options?.signal?.aborted !== true) throw error;
      }
    });
  }
}

class ReturnWaitsForTheNextEvent extends WrongStore {
  override subscribe(options?: SubscribeOptions) {
    const { inner } = this;
    return {
      async *[Symbol.asyncIterator]() {
        yield* { [Symbol.asyncIterator]: () => inner.subscribe(options)[Symbol.asyncIterator]() };
      },
    };
  }
}

class BeginsAtTheBeginning extends WrongStore {
  override subscribe(options: SubscribeOptions = {}) {
    const after = options.after === 'end' ? undefined : options.after;
    return this.inner.subscribe({ ...options, after });
  }
}

class BeginsWithThePositionNamed extends WrongStore {
  override subscribe(options: SubscribeOptions = {}) {
    const { inner } = this;
    const { after } = options;
    return followed(inner, options, async function* (batches) {
      const again =
        after === undefined || after === 'end'
          ? []
          : inner.readAll({ from: after, limit: 1, filter: options.filter });
      for await (const batch of batches) {
        const first = [];
        for await (const event of again) if (event.position === after) first.push(event);
        yield { ...batch, events: [...first, ...batch.events] };
        yield* batches;
      }
    });
  }
}

/** Takes a position that is ahead of the log for its end. */
class AheadOfTheLogAccepted extends WrongStore {
  override subscribe(options: SubscribeOptions = {}) {
    const { inner } = this;
    return followed(inner, options, async function* (batches) {
      try {
        yield* batches;
      } catch (error) {
        const { code } = error as { readonly code?: unknown };
        if (code !== 'CHECKPOINT_AHEAD_OF_LOG') throw error;
        yield* inner.subscribe({ ...options, after: 'end' });
      }
    });
  }
}

class ForeignPositionTakenForNone extends WrongStore {
  override subscribe(options: SubscribeOptions = {}) {
    const isOwn = /^(\d{16}|end)$/.test(options.after ?? 'end');
    return this.inner.subscribe(isOwn ? options : { ...options, after: undefined });
  }
}

/** Subscriptions that lose, repeat, stand still, or cannot be left. */
export const SUBSCRIPTION_MUTANTS: readonly Mutant[] = [
  {
    wrong: 'a subscription repeats an event at the seam',
    store: following(repeatingAtTheSeam),
    caughtBy: 'subscribing › yields what is there, from the beginning, and then what comes',
  },
  {
    wrong: 'a subscription loses what comes in the moment of the seam',
    store: following(losingAtTheSeam),
    caughtBy: 'subscribing while writers are busy › misses nothing that is appended in the moment',
  },
  {
    wrong: 'a filter stops the position',
    store: following(withPositionOfItsEvents),
    caughtBy: 'subscribing to what does not match › moves its position over a foreign stretch',
  },
  {
    wrong: 'foreign events move no position while live',
    store: following(yieldingEventsOnly),
    caughtBy: 'subscribing to what does not match › moves its position on while only foreign',
  },
  {
    wrong: 'a slow consumer loses events',
    store: following(droppingForTheSlow),
    caughtBy: 'a slow consumer › gets everything in order when it comes back',
  },
  {
    wrong: 'every batch says that it is caught up',
    store: following(async function* (batches) {
      for await (const batch of batches) yield { ...batch, caughtUp: true };
    }),
    caughtBy: 'subscribing › does not say so before it has',
  },
  {
    wrong: 'no batch ever says that it is caught up',
    store: following(async function* (batches) {
      for await (const batch of batches) yield { ...batch, caughtUp: false };
    }),
    caughtBy: 'subscribing › says at once that it is caught up when it begins at the end',
  },
  {
    wrong: 'an abort is not honoured by subscriptions',
    store: AbortNotHonoured,
    caughtBy:
      'leaving a subscription › rejects with the reason of a signal that was aborted before',
  },
  {
    wrong: 'an abort is not honoured by a subscription that waits',
    store: AbortNotHonouredWhileWaiting,
    caughtBy: 'leaving a subscription › rejects with the reason of a signal that is aborted while',
  },
  {
    wrong: 'an aborted subscription ends as if all was well',
    store: EndsWhenAborted,
    caughtBy: 'leaving a subscription › rejects with the reason of a signal that is aborted while',
  },
  {
    wrong: 'return() waits for the next event',
    store: ReturnWaitsForTheNextEvent,
    caughtBy: 'leaving a subscription › ends at once by return() while it waits',
  },
  {
    wrong: "'end' begins at the beginning",
    store: BeginsAtTheBeginning,
    caughtBy: 'subscribing › begins with what is appended from now on',
  },
  {
    wrong: 'a resumed subscription begins with the event it had',
    store: BeginsWithThePositionNamed,
    caughtBy: 'subscribing › begins behind the position named',
  },
  {
    wrong: 'a position ahead of the log is taken for its end',
    store: AheadOfTheLogAccepted,
    caughtBy: 'subscribing where it cannot work › refuses a position behind the end of the log',
  },
  {
    wrong: 'a foreign position is taken for none',
    store: ForeignPositionTakenForNone,
    caughtBy: 'subscribing where it cannot work › refuses a position of another shape',
  },
];
