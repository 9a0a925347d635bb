import { setImmediate } from 'node:timers/promises';
import { background, failureOf, range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { events, idsOf } from './events.js';

/** Leaving a subscription, at every moment. */
export function describeCancelling(contract: Contract): void {
  const { it } = contract;
  const reason = new Error('no longer wanted');

  contract.describe('leaving a subscription', () => {
    it('ends by break, and the store goes on', async ({ store, category, write }) => {
      const written = await write(3);

      let found: string[] = [];
      for await (const batch of store.subscribe({ filter: { categories: [category] } })) {
        found = [...found, ...idsOf(batch.events)];
        if (found.length === 3) break;
      }

      expect(found).toEqual(idsOf(written));
      expect(await write(1)).toHaveLength(1);
    });

    it('ends by an error of the consumer, which comes through', async ({ store, write }) => {
      await write(1);

      const consuming = (async () => {
        for await (const _ of store.subscribe()) throw reason;
      })();

      await expect(consuming).rejects.toBe(reason);
      expect(await write(1)).toHaveLength(1);
    });

    it('ends at once by return() before it began', async ({ follow, patience }) => {
      const { iterator } = follow();

      await patience.for('return()', Promise.resolve(iterator.return?.()));

      expect(await patience.for('next()', iterator.next())).toMatchObject({ done: true });
    });

    it('ends at once by return() between two batches', async ({ write, follow, patience }) => {
      await write(1);
      const follower = follow();
      await follower.pull();

      await follower.leave();

      const { iterator } = follower;
      expect(await patience.for('next()', iterator.next())).toMatchObject({ done: true });
    });

    it('ends at once by return() while it waits for the next event', async ({
      write,
      follow,
      patience,
    }) => {
      await write(1);
      const follower = follow();
      await follower.caughtUp();
      const waiting = background(follower.iterator.next());
      await setImmediate();

      await follower.leave();

      expect(await patience.for('the waiting next()', waiting)).toMatchObject({ done: true });
    });

    it('rejects with the reason of a signal that was aborted before', async ({ write, follow }) => {
      await write(2);

      const failure = await failureOf(follow({ signal: AbortSignal.abort(reason) }).pull());

      expect(failure).toBe(reason);
    });

    it('rejects with the reason of a signal that is aborted before it is iterated', async ({
      write,
      follow,
    }) => {
      await write(2);
      const controller = new AbortController();
      const follower = follow({ signal: controller.signal });

      controller.abort(reason);

      expect(await failureOf(follower.pull())).toBe(reason);
    });

    it('rejects with the reason of a signal that is aborted between two batches', async ({
      write,
      follow,
    }) => {
      await write(3);
      const controller = new AbortController();
      const follower = follow({ signal: controller.signal });
      await follower.caughtUp();
      await write(2);

      controller.abort(reason);

      expect(await failureOf(follower.pull())).toBe(reason);
    });

    it('rejects with the reason of a signal that is aborted while it waits', async ({
      write,
      follow,
    }) => {
      await write(1);
      const controller = new AbortController();
      const follower = follow({ signal: controller.signal });
      await follower.caughtUp();
      const waiting = failureOf(follower.pull());
      await setImmediate();

      controller.abort(reason);

      expect(await waiting).toBe(reason);
    });

    it('rejects in the middle of a long catch-up', async ({ store, stream, follow }) => {
      for (const _ of range(4)) await store.append(stream, events(1_000));
      const controller = new AbortController();
      const follower = follow({ signal: controller.signal });
      await follower.pull();

      controller.abort(reason);

      expect(await failureOf(follower.untilEvents(10_000))).toBe(reason);
    });

    it('rejects after any number of turns of the event loop', async ({ follow, write }) => {
      await write(1);
      for (const turns of range(6)) {
        const controller = new AbortController();
        const follower = follow({ signal: controller.signal });
        const failure = failureOf(follower.untilEvents(1_000));
        for (const _ of range(turns)) await setImmediate();

        controller.abort(reason);

        expect(await failure).toBe(reason);
      }
    });

    it('ends by a signal that is aborted without a reason', async ({ follow, write }) => {
      await write(1);
      const controller = new AbortController();
      const follower = follow({ signal: controller.signal });
      await follower.caughtUp();

      controller.abort();

      expect(await failureOf(follower.pull())).toBe(controller.signal.reason);
    });

    it('leaves others that share its signal alone until it is aborted', async ({
      follow,
      write,
    }) => {
      const controller = new AbortController();
      const [one, two] = [
        follow({ signal: controller.signal }),
        follow({ signal: controller.signal }),
      ];
      await one.caughtUp();
      await two.caughtUp();

      await one.leave();

      const written = await write(2);
      expect(idsOf(await two.untilEvents(2))).toEqual(idsOf(written));
    });

    it('minds no signal that is aborted when it was left', async ({ follow, write }) => {
      const controller = new AbortController();
      const follower = follow({ signal: controller.signal });
      await follower.caughtUp();
      await follower.leave();

      controller.abort(reason);

      expect(await write(1)).toHaveLength(1);
    });

    it('may be left twice', async ({ follow }) => {
      const follower = follow();
      await follower.caughtUp();

      await follower.leave();
      await follower.leave();

      expect(follower.batches).toHaveLength(1);
    });
  });
}
