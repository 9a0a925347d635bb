import { randomBytes } from 'node:crypto';
import type {
  EventStore,
  LogReadOptions,
  RecordedEvent,
  SubscribeOptions,
} from '../../event-store/event-store.js';
import type { ExpectedRevision } from '../../event-store/expected-revision.js';
import { Patience } from '../patience.js';
import { collect, events } from './events.js';
import { Follower } from './follower.js';
import type { EventStoreHarness } from './harness.js';

const DEFAULT_PATIENCE_MS = 3_000;

/** What one test works with: a store, and names that no other test uses. */
export class Fixture {
  /** A category that only this test writes to. */
  readonly category = `c${randomBytes(8).toString('hex')}`;
  /** A stream of this test's category. */
  readonly streamOf = (id: string): string => `${this.category}-${id}`;
  /** One of them. */
  readonly stream = this.streamOf('1');
  readonly patience: Patience;
  readonly #followers: Follower[] = [];

  constructor(
    public store: EventStore,
    readonly harness: EventStoreHarness,
    /** Where a durable store keeps its data. */
    readonly folder: string,
  ) {
    this.patience = new Patience(harness.patienceMs ?? DEFAULT_PATIENCE_MS);
  }

  /** Appends so many events to the stream and returns them as stored. */
  readonly write = async (
    count: number,
    { stream = this.stream, expected = 'any' }: WriteOptions = {},
  ): Promise<readonly RecordedEvent[]> => {
    const { revision } = await this.store.append(stream, events(count), { expected });
    return collect(this.store.read(stream, { from: revision - count + 1, limit: count }));
  };

  /** What the log shows of this test's category. */
  readonly log = (options: LogReadOptions = {}): Promise<readonly RecordedEvent[]> => {
    const filter = { categories: [this.category], ...options.filter };
    return collect(this.store.readAll({ ...options, filter }));
  };

  /** Follows this test's category. */
  readonly follow = (options: SubscribeOptions = {}): Follower => {
    const filter = { categories: [this.category], ...options.filter };
    return this.followAll({ ...options, filter });
  };

  /** Follows the log just as asked. */
  readonly followAll = (options?: SubscribeOptions): Follower => {
    const follower = new Follower(this.store.subscribe(options), this.patience);
    this.#followers.push(follower);
    return follower;
  };

  /** Closes the store and opens its data again. */
  readonly reopen = async (): Promise<EventStore> => {
    await this.close();
    if (this.harness.reopen === undefined) throw new TypeError('This harness cannot reopen.');
    this.store = await this.harness.reopen(this.store, this.folder);
    return this.store;
  };

  readonly close = async (): Promise<void> => {
    await this.patience.for('closing the store', this.store[Symbol.asyncDispose]());
  };

  async tearDown(): Promise<void> {
    await Promise.allSettled(this.#followers.map((follower) => follower.leave()));
    await this.close();
  }
}

interface WriteOptions {
  readonly stream?: string | undefined;
  readonly expected?: ExpectedRevision | undefined;
}
