import type { AppendOptions, NewEvent, NonEmpty, SubscribeOptions } from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';
import { followed, type Mutant, WrongStore } from './wrong-store.js';

class ClosingHangs extends WrongStore {
  #waiting = 0;

  override subscribe(options?: SubscribeOptions) {
    return followed(this.inner, options, this.#counted.bind(this));
  }

  async *#counted<T>(batches: AsyncIterable<T>): AsyncGenerator<T, void> {
    this.#waiting += 1;
    try {
      yield* batches;
    } finally {
      this.#waiting -= 1;
    }
  }

  override async [Symbol.asyncDispose]() {
    if (this.#waiting > 0) await new Promise(() => {});
    await this.inner[Symbol.asyncDispose]();
  }
}

class ClosingEndsSubscriptions extends WrongStore {
  override subscribe(options?: SubscribeOptions) {
    return followed(this.inner, options, async function* (batches) {
      try {
        yield* batches;
      } catch (error) {
        if ((error as { readonly code?: unknown }).code !== 'STORE_UNAVAILABLE') throw error;
      }
    });
  }
}

class ClosingForgetsWhoWaits extends WrongStore {
  override subscribe(options?: SubscribeOptions) {
    return followed(this.inner, options, async function* (batches) {
      try {
        yield* batches;
      } catch (error) {
        if ((error as { readonly code?: unknown }).code !== 'STORE_UNAVAILABLE') throw error;
        await new Promise(() => {});
      }
    });
  }
}

class ClosedOnlyOnce extends WrongStore {
  #closings = 0;

  override async [Symbol.asyncDispose]() {
    this.#closings += 1;
    if (this.#closings > 1) throw new Error('It is closed already.');
    await this.inner[Symbol.asyncDispose]();
  }
}

class WritesWhenClosed extends WrongStore {
  readonly #behind = new MemoryEventStore();

  override append(stream: string, events: NonEmpty<NewEvent>, options?: AppendOptions) {
    return this.inner
      .append(stream, events, options)
      .catch((error: { readonly code?: unknown }) => {
        if (error.code === 'STORE_UNAVAILABLE') return this.#behind.append(stream, events, options);
        throw error;
      });
  }
}

class AnotherIdentityEachTime extends WrongStore {
  override async identity() {
    await this.inner.identity();
    return new MemoryEventStore().identity();
  }
}

class HeadOfWhatIsVisible extends WrongStore {
  override async head() {
    await this.inner.head();
    for await (const { position } of this.inner.readAll({ direction: 'backwards', limit: 1 }))
      return position;
    return undefined;
  }
}

/** Stores that go wrong in closing, and in who they say they are. */
export const CLOSING_MUTANTS: readonly Mutant[] = [
  {
    wrong: 'closing hangs while somebody subscribes',
    store: ClosingHangs,
    caughtBy: 'closing › rejects a subscription that waits',
  },
  {
    wrong: 'closing ends subscriptions as if all was well',
    store: ClosingEndsSubscriptions,
    caughtBy: 'closing › rejects a subscription that waits',
  },
  {
    wrong: 'closing forgets who waits',
    store: ClosingForgetsWhoWaits,
    caughtBy: 'closing › rejects a subscription that waits',
  },
  {
    wrong: 'closing twice is an error',
    store: ClosedOnlyOnce,
    caughtBy: 'closing › may be done twice',
  },
  {
    wrong: 'a closed store accepts an append',
    store: WritesWhenClosed,
    caughtBy: 'closing › refuses every later write',
  },
  {
    wrong: 'the identity is another each time',
    store: AnotherIdentityEachTime,
    caughtBy: 'identity and head › has one identity',
  },
  {
    wrong: 'the head goes back when events are hidden',
    store: HeadOfWhatIsVisible,
    caughtBy: 'identity and head › never moves its head back',
  },
];
