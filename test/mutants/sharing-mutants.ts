import type {
  EventStream,
  LogReadOptions,
  RecordedEvent,
  StreamReadOptions,
  SubscribeOptions,
} from '@everfold/core';
import { changedEach, followed, type Mutant, WrongStore } from './wrong-store.js';

/** Hands out the same part of an event to all readers of one path. */
function sharingOn(path: 'read' | 'readAll' | 'subscribe', part: keyof RecordedEvent) {
  return class extends WrongStore {
    readonly #shared = new Map<string, RecordedEvent>();

    override read(stream: string, options?: StreamReadOptions) {
      const read = this.inner.read(stream, options);
      return path === 'read' ? changedEach(read, this.#share) : read;
    }

    override readAll(options?: LogReadOptions) {
      const read = this.inner.readAll(options);
      return path === 'readAll' ? changedEach(read, this.#share) : read;
    }

    override subscribe(options?: SubscribeOptions) {
      if (path !== 'subscribe') return this.inner.subscribe(options);
      const share = this.#share;
      return followed(this.inner, options, async function* (batches) {
        for await (const batch of batches) yield { ...batch, events: batch.events.map(share) };
      });
    }

    readonly #share = (event: RecordedEvent): RecordedEvent => {
      const shared = this.#shared.get(event.position) ?? event;
      this.#shared.set(event.position, shared);
      return { ...event, [part]: shared[part] };
    };
  };
}

/** Reads as asked one by one, and by other options in batches. */
function batchingWith(change: (options: LogReadOptions) => LogReadOptions) {
  return class extends WrongStore {
    override readAll(options: LogReadOptions = {}): EventStream {
      const [read, other] = [this.inner.readAll(options), this.inner.readAll(change(options))];
      return {
        batches: () => other.batches(),
        [Symbol.asyncIterator]: () => read[Symbol.asyncIterator](),
      };
    }
  };
}

/** Stands in a read where two options meet. */
function meeting(change: (options: LogReadOptions) => LogReadOptions) {
  return class extends WrongStore {
    override readAll(options: LogReadOptions = {}) {
      return this.inner.readAll(change(options));
    }
  };
}

const hasTypes = ({ filter }: LogReadOptions) => filter?.types !== undefined;

class OneIdentityForAll extends WrongStore {
  override async identity() {
    await this.inner.identity();
    return '11111111-1111-4111-8111-111111111111';
  }
}

const SPOILED = 'an event › is spoiled for others by no reader, whatever the path';
const COMBINED = 'combining the options of a read › yields what they say together, of the log';

/** Stores whose readers get into each other's way, or whose options do. */
export const SHARING_MUTANTS: readonly Mutant[] = [
  ...(['read', 'readAll', 'subscribe'] as const).flatMap((path) =>
    (['data', 'metadata', 'recordedAt'] as const).map((part) => ({
      wrong: `readers share ${part} in ${path}`,
      store: sharingOn(path, part),
      caughtBy: SPOILED,
    })),
  ),
  {
    wrong: 'batches have no limit',
    store: batchingWith((options) => ({ ...options, limit: undefined })),
    caughtBy: `${COMBINED} forwards`,
  },
  {
    wrong: 'batches begin at the beginning',
    store: batchingWith((options) => ({ ...options, from: undefined, after: undefined })),
    caughtBy: `${COMBINED} forwards`,
  },
  {
    wrong: 'batches go forwards only',
    store: batchingWith((options) => ({ ...options, direction: undefined })),
    caughtBy: `${COMBINED} backwards`,
  },
  {
    wrong: 'a filter by types begins at the beginning',
    store: meeting((options) => (hasTypes(options) ? { ...options, from: undefined } : options)),
    caughtBy: `${COMBINED} forwards`,
  },
  {
    wrong: 'a filter by types has no limit backwards',
    store: meeting((options) =>
      hasTypes(options) && options.direction === 'backwards'
        ? { ...options, limit: undefined }
        : options,
    ),
    caughtBy: `${COMBINED} backwards`,
  },
  {
    wrong: 'all stores have one identity',
    store: OneIdentityForAll,
    caughtBy: 'identity and head › has another identity and another log than the next store',
  },
];
