import { getEventListeners, once } from 'node:events';
import type { SubscriptionBatch } from './event-store.js';
import { eventSubscription } from './event-subscription.js';
import type { Position } from './position.js';

const batch: SubscriptionBatch = { events: [], position: '1' as Position, caughtUp: true };

/** Yields one batch, then waits until it is stopped. */
async function* oneThenWait(signal: AbortSignal): AsyncGenerator<SubscriptionBatch, void> {
  signal.throwIfAborted();
  yield batch;
  if (!signal.aborted) await once(signal, 'abort');
  signal.throwIfAborted();
}

const iterate = (signal?: AbortSignal) =>
  eventSubscription(oneThenWait, signal)[Symbol.asyncIterator]();

describe('A subscription', () => {
  it('ends at once by return(), also while next() waits', async () => {
    const batches = iterate();
    await batches.next();
    const waiting = batches.next();

    await batches.return?.();

    await expect(waiting).resolves.toEqual({ done: true, value: undefined });
    await expect(batches.next()).resolves.toEqual({ done: true, value: undefined });
  });

  it("rejects a waiting next() with the signal's reason", async () => {
    const controller = new AbortController();
    const batches = iterate(controller.signal);
    await batches.next();
    const waiting = batches.next();

    controller.abort(new Error('enough'));

    await expect(waiting).rejects.toThrow('enough');
  });

  it('does not begin when its signal was aborted before', async () => {
    await expect(iterate(AbortSignal.abort(new Error('too late'))).next()).rejects.toThrow(
      'too late',
    );
  });

  it.each(['return', 'abort', 'failure'] as const)(
    'leaves no listener behind after %s',
    async (way) => {
      const controller = new AbortController();
      const batches =
        way === 'failure'
          ? eventSubscription(() => failing(), controller.signal)[Symbol.asyncIterator]()
          : iterate(controller.signal);
      const first = batches.next().catch(() => undefined);
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
      await first;

      if (way === 'return') await batches.return?.();
      if (way === 'abort') {
        controller.abort();
        await batches.next().catch(() => undefined);
      }

      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    },
  );

  it('follows anew for each iteration', async () => {
    const subscription = eventSubscription(oneThenWait);

    for (let run = 0; run < 2; run += 1)
      for await (const seen of subscription) {
        expect(seen).toBe(batch);
        break;
      }
  });
});

// biome-ignore lint/correctness/useYield: what it shows is that it fails first
async function* failing(): AsyncGenerator<SubscriptionBatch, void> {
  throw new Error('broken');
}
