import fc from 'fast-check';
import { byCodeUnit } from '../by-code-unit.js';
import type { RecordedEvent, SubscriptionBatch } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { stretches } from './stretches.js';
import type { Stretch } from './work.js';

const { jest } = import.meta;

const at = (place: number): Position => String(place).padStart(6, '0') as Position;
const event = (place: number) => ({ id: `event-${place}`, position: at(place) }) as RecordedEvent;

/** Events at these places, looked at up to a place. */
function batch(places: readonly number[], upTo: number, caughtUp = false): SubscriptionBatch {
  return { events: places.map(event), position: at(upTo), caughtUp };
}

/** A subscription that is fed by hand. */
class FedSubscription implements AsyncIterable<SubscriptionBatch> {
  readonly #batches: SubscriptionBatch[] = [];
  #wake: (() => void) | undefined;
  #error: Error | undefined;
  taken = 0;
  returned = 0;

  feed(...batches: readonly SubscriptionBatch[]): void {
    this.#batches.push(...batches);
    this.#wake?.();
  }

  fail(error: Error): void {
    this.#error = error;
    this.#wake?.();
  }

  [Symbol.asyncIterator](): AsyncIterator<SubscriptionBatch> {
    return {
      next: async () => {
        for (;;) {
          const value = this.#batches.shift();
          if (value !== undefined) {
            this.taken += 1;
            return { done: false, value };
          }
          if (this.#error !== undefined) throw this.#error;
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      },
      return: async () => {
        this.returned += 1;
        return { done: true, value: undefined };
      },
    };
  }
}

/** Collects stretches as they come. */
function collected(subscription: FedSubscription, maxEvents: number, maxDelayMs = 20) {
  const got: Stretch[] = [];
  const iterator = stretches(subscription, { maxEvents, maxDelayMs });
  const end = (async () => {
    for await (const stretch of iterator) got.push(stretch);
  })();
  end.catch(() => undefined);
  return { got, end };
}

const placesOf = ({ events }: Stretch): readonly number[] =>
  events.map(({ position }) => Number(position));

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
});

afterEach(() => {
  jest.useRealTimers();
});

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('Stretches of the log', () => {
  it('join batches until they are long enough', async () => {
    const subscription = new FedSubscription();
    subscription.feed(batch([1, 2], 2), batch([3], 4), batch([5], 5), batch([6], 6));
    const { got } = collected(subscription, 4);

    await turns();

    expect(got.map(placesOf)).toEqual([[1, 2, 3, 5]]);
    expect(got[0]).toMatchObject({ position: at(5), caughtUp: false });
  });

  it('end with the delay, counted from the first event, where the end of the log is far', async () => {
    const subscription = new FedSubscription();
    subscription.feed(batch([1], 1));
    const { got } = collected(subscription, 100, 20);
    await jest.advanceTimersByTimeAsync(15);
    subscription.feed(batch([2], 2));
    await jest.advanceTimersByTimeAsync(4);
    const early = got.length;

    await jest.advanceTimersByTimeAsync(2);

    expect(early).toBe(0);
    expect(got.map(placesOf)).toEqual([[1, 2]]);
    expect(got[0]?.isDue).toBe(true);
  });

  it('end at once at the end of the log', async () => {
    const subscription = new FedSubscription();
    subscription.feed(batch([1], 1, true));
    const { got } = collected(subscription, 100, 10_000);

    await turns();

    expect(got).toEqual([
      expect.objectContaining({ position: at(1), caughtUp: true, isDue: true }),
    ]);
  });

  it('do not lose what comes just after the delay', async () => {
    const subscription = new FedSubscription();
    subscription.feed(batch([1], 1));
    const { got } = collected(subscription, 100, 20);
    await jest.advanceTimersByTimeAsync(21);

    subscription.feed(batch([2], 2, true));
    await turns();

    expect(got.map(placesOf)).toEqual([[1], [2]]);
  });

  it('tell of a position without events at once, and of further ones after a pause', async () => {
    const subscription = new FedSubscription();
    subscription.feed(batch([], 3, true));
    const { got } = collected(subscription, 100);
    await turns();
    const first = got.map(({ position }) => position);
    subscription.feed(batch([], 4, true), batch([], 5, true), batch([], 6, true));
    await jest.advanceTimersByTimeAsync(40);
    const early = got.length;

    await jest.advanceTimersByTimeAsync(15);

    expect(first).toEqual([at(3)]);
    expect(early).toBe(1);
    expect(got.map(({ position }) => position)).toEqual([at(3), at(6)]);
  });

  it('do not let events wait for that pause', async () => {
    const subscription = new FedSubscription();
    subscription.feed(batch([], 3, true), batch([], 4, true));
    const { got } = collected(subscription, 100);
    await turns();

    subscription.feed(batch([5], 5, true));
    await turns();

    expect(got.map(placesOf)).toEqual([[], [5]]);
  });

  it('are read one ahead while one is worked on, and no more', async () => {
    const subscription = new FedSubscription();
    for (let place = 1; place <= 100; place += 1) subscription.feed(batch([place], place));
    const iterator = stretches(subscription, { maxEvents: 5, maxDelayMs: 1_000 });

    await iterator.next();
    await turns();

    // The one that is worked on, the next, and the batch behind it.
    expect(subscription.taken).toBe(11);
    await iterator.return();
  });

  it('end the subscription when nobody wants more', async () => {
    const subscription = new FedSubscription();
    subscription.feed(batch([1], 1, true));
    const iterator = stretches(subscription, { maxEvents: 5, maxDelayMs: 1_000 });
    await iterator.next();

    await iterator.return();

    expect(subscription.returned).toBe(1);
  });

  it('reject with what the subscription rejects with, behind what came before', async () => {
    const subscription = new FedSubscription();
    subscription.feed(batch([1], 1, true));
    const { got, end } = collected(subscription, 100);
    await turns();

    subscription.fail(new Error('broken'));

    await expect(end).rejects.toThrow('broken');
    expect(got.map(placesOf)).toEqual([[1]]);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('Batches of any kind, at any time', () => {
  const fed = fc.array(
    fc.record({
      events: fc.integer({ min: 0, max: 4 }),
      gap: fc.integer({ min: 0, max: 3 }),
      caughtUp: fc.boolean(),
      pauseMs: fc.constantFrom(0, 0, 5, 60),
    }),
    { minLength: 1, maxLength: 30 },
  );

  it('come out in stretches in order, with nothing lost and nothing twice', async () => {
    const property = fc.asyncProperty(fed, fc.integer({ min: 1, max: 8 }), async (given, max) => {
      const subscription = new FedSubscription();
      const { got, end } = collected(subscription, max);
      let place = 0;
      const all: number[] = [];
      for (const { events, gap, caughtUp, pauseMs } of given) {
        const places = Array.from({ length: events }, (_, n) => place + n + 1);
        place += events + gap;
        all.push(...places);
        subscription.feed(batch(places, place, caughtUp));
        await jest.advanceTimersByTimeAsync(pauseMs);
      }
      await jest.advanceTimersByTimeAsync(200);

      expect(got.flatMap(placesOf)).toEqual(all);
      expect(got.at(-1)?.position).toBe(at(place));
      const positions = got.map(({ position }) => position);
      expect(positions).toEqual([...positions].sort(byCodeUnit));
      subscription.fail(new Error('end of test'));
      await expect(end).rejects.toThrow('end of test');
    });

    await fc.assert(property, { numRuns: 100 });
  });
});
