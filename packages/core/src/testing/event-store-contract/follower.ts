import type { RecordedEvent, SubscriptionBatch } from '../../event-store/event-store.js';
import type { Patience } from '../patience.js';
import { idsOf } from './events.js';

/** A consumer of one subscription: pulls batches when it is told to, and keeps them. */
export class Follower {
  readonly batches: SubscriptionBatch[] = [];
  readonly iterator: AsyncIterator<SubscriptionBatch>;

  constructor(
    subscription: AsyncIterable<SubscriptionBatch>,
    readonly patience: Patience,
  ) {
    this.iterator = subscription[Symbol.asyncIterator]();
  }

  get events(): readonly RecordedEvent[] {
    return this.batches.flatMap(({ events }) => events);
  }

  get ids(): string[] {
    return idsOf(this.events);
  }

  /** The batch pulled last. */
  get last(): SubscriptionBatch {
    const batch = this.batches.at(-1);
    if (batch === undefined) throw new Error('No batch was pulled yet.');
    return batch;
  }

  /** Pulls one batch; rejects when none comes in time. */
  async pull(what = 'a batch of the subscription'): Promise<SubscriptionBatch> {
    const { done, value } = await this.patience.for(what, this.iterator.next());
    if (done === true) throw new Error('The subscription ended by itself.');
    expectToGoOn(this.batches.at(-1), value);
    this.batches.push(value);
    return value;
  }

  /** Pulls until so many events came in all. */
  async untilEvents(count: number): Promise<readonly RecordedEvent[]> {
    await this.#pullUntil(() => this.events.length >= count, `${count} events`);
    return this.events;
  }

  /** Pulls once or more, until a batch says that it is caught up. */
  async caughtUp(): Promise<SubscriptionBatch> {
    await this.pull();
    await this.#pullUntil(() => this.last.caughtUp, 'a batch that is caught up');
    return this.last;
  }

  /** Leaves the subscription as `break` does. */
  async leave(): Promise<void> {
    await this.patience.for(
      'return() of the subscription',
      Promise.resolve(this.iterator.return?.()),
    );
  }

  /** A subscription that yields for ever, but never this, fails too. */
  async #pullUntil(enough: () => boolean, what: string): Promise<void> {
    await this.patience.until(`${what}, after ${this.events.length} events`, async () => {
      if (!enough()) await this.pull(what);
      return enough();
    });
  }
}

/** What holds for every batch of every subscription: its events lie behind the batch before, in order, up to its position. */
function expectToGoOn(before: SubscriptionBatch | undefined, batch: SubscriptionBatch): void {
  let place = before?.position ?? '';
  for (const { position } of batch.events) {
    if (position <= place) throw new Error(`An event at ${position} came behind ${place}.`);
    place = position;
  }
  if (batch.position < place) throw new Error(`A batch behind ${place} is at ${batch.position}.`);
}
