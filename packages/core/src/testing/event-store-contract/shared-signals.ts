import { setImmediate } from 'node:timers/promises';
import { failureOf, range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { event, idsOf } from './events.js';
import type { Fixture } from './fixture.js';

/** One signal for several readers, and several signals beside each other. */
export function describeSharedSignals(contract: Contract): void {
  const { it } = contract;
  const reason = new Error('no longer wanted');

  contract.describe('a signal that several readers share', () => {
    it('ends all subscriptions that wait', async ({ follow, write }) => {
      await write(3);
      const controller = new AbortController();
      const followers = range(3).map(() => follow({ signal: controller.signal }));
      for (const follower of followers) await follower.caughtUp();
      const failures = followers.map((follower) => failureOf(follower.pull()));
      await setImmediate();

      controller.abort(reason);

      expect(await Promise.all(failures)).toEqual([reason, reason, reason]);
    });

    it('ends all subscriptions that rest between two batches', async ({ follow, write }) => {
      await write(3);
      const controller = new AbortController();
      const followers = range(3).map(() => follow({ signal: controller.signal }));
      for (const follower of followers) await follower.caughtUp();
      await write(1);

      controller.abort(reason);

      for (const follower of followers) expect(await failureOf(follower.pull())).toBe(reason);
    });

    it('ends all subscriptions that were made and not begun', async ({ follow, write }) => {
      await write(3);
      const controller = new AbortController();
      const followers = range(3).map(() => follow({ signal: controller.signal }));
      await followers[0]?.caughtUp();

      controller.abort(reason);

      for (const follower of followers) expect(await failureOf(follower.pull())).toBe(reason);
    });

    it('ends the others when one of them was left before', async ({ follow, write }) => {
      await write(1);
      const controller = new AbortController();
      const followers = range(3).map(() => follow({ signal: controller.signal }));
      for (const follower of followers) await follower.caughtUp();
      await followers[0]?.leave();
      const failures = followers.slice(1).map((follower) => failureOf(follower.pull()));

      controller.abort(reason);

      expect(await Promise.all(failures)).toEqual([reason, reason]);
    });

    it('ends all reads, of the stream and of the log', async (fixture) => {
      await fixture.write(3);
      const controller = new AbortController();
      const reads = [...begin(fixture, controller.signal), ...begin(fixture, controller.signal)];
      for (const read of reads) await read.next();

      controller.abort(reason);

      for (const read of reads) expect(await failureOf(read.next())).toBe(reason);
    });

    it('ends reads and subscriptions together', async (fixture) => {
      await fixture.write(3);
      const controller = new AbortController();
      const [first, second] = range(2).map(() => fixture.follow({ signal: controller.signal }));
      await first?.caughtUp();
      const reads = begin(fixture, controller.signal);
      for (const read of reads) await read.next();
      await second?.caughtUp();

      controller.abort(reason);

      for (const read of reads) expect(await failureOf(read.next())).toBe(reason);
      for (const follower of [first, second])
        expect(follower && (await failureOf(follower.pull()))).toBe(reason);
    });
  });

  contract.describe('signals of several readers', () => {
    it('end a subscription each, and no other', async ({ follow, write }) => {
      await write(2);
      const controllers = range(3).map(() => new AbortController());
      const followers = controllers.map(({ signal }) => follow({ signal }));
      const none = follow();
      for (const follower of [...followers, none]) await follower.caughtUp();
      const failures = followers.slice(0, 2).map((follower) => failureOf(follower.pull()));

      controllers[1]?.abort(reason);
      controllers[0]?.abort(reason);

      expect(await Promise.all(failures)).toEqual([reason, reason]);
      const written = idsOf(await write(1));
      for (const follower of [...followers.slice(2), none])
        expect(idsOf(await follower.untilEvents(3)).slice(2)).toEqual(written);
    });

    it('end the reads of their own, and no other', async (fixture) => {
      await fixture.write(3);
      const controller = new AbortController();
      const ended = begin(fixture, controller.signal);
      const others = begin(fixture, new AbortController().signal);
      for (const read of [...ended, ...others]) await read.next();

      controller.abort(reason);

      for (const read of ended) expect(await failureOf(read.next())).toBe(reason);
      for (const read of others) expect(await read.next()).toMatchObject({ done: false });
    });

    it('end no append', async ({ store, stream, follow }) => {
      const controller = new AbortController();
      const follower = follow({ signal: controller.signal });
      await follower.caughtUp();
      const append = store.append(stream, [event()]);

      controller.abort(reason);

      expect(await append).toMatchObject({ revision: 0, repeated: false });
    });
  });
}

/** A read of the stream and one of the log, both under one signal. */
function begin({ store, stream, category }: Fixture, signal: AbortSignal) {
  const filter = { categories: [category] };
  return [store.read(stream, { signal }), store.readAll({ signal, filter })].map((read) =>
    read[Symbol.asyncIterator](),
  );
}
