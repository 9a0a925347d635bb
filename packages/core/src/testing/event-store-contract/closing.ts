import { setImmediate } from 'node:timers/promises';
import { failureOf, outcomesOf, range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsIn } from './events.js';

const UNAVAILABLE = { code: 'STORE_UNAVAILABLE' };

/** Closing: twice, while busy, and what calls do afterwards. */
export function describeClosing(contract: Contract): void {
  const { it } = contract;

  contract.describe('closing', () => {
    it('resolves', async ({ store, write, patience }) => {
      await write(1);

      const closing = patience.for('closing', store[Symbol.asyncDispose]());

      await expect(closing).resolves.toBeUndefined();
    });

    it('may be done twice', async ({ close }) => {
      await close();

      await expect(close()).resolves.toBeUndefined();
    });

    it('may be done several times at once', async ({ close }) => {
      const closings = range(4).map(() => close());

      expect(await outcomesOf(closings)).toEqual(['ok', 'ok', 'ok', 'ok']);
    });

    it('may be done before anything else', async ({ close, store }) => {
      await close();

      await expect(store.identity()).rejects.toMatchObject(UNAVAILABLE);
    });

    it('refuses every later write', async ({ store, stream, write, close }) => {
      await write(1);
      await close();

      const calls = [
        store.append(stream, [event()]),
        store.appendToStreams([{ stream, events: [event()] }]),
        store.delete(stream),
        store.tombstone(stream),
        store.setRetention(stream, { maxCount: 1 }),
      ];

      expect(await outcomesOf(calls)).toEqual(Array(5).fill('STORE_UNAVAILABLE'));
    });

    it('refuses every later read', async ({ store, stream, write, close }) => {
      await write(1);
      await close();

      const calls = [
        collect(store.read(stream)),
        collect(store.readAll()),
        collect(store.read(stream, { direction: 'backwards' })),
        store.head(),
        store.identity(),
      ];

      expect(await outcomesOf(calls)).toEqual(Array(5).fill('STORE_UNAVAILABLE'));
    });

    it('refuses later iterations of reads and subscriptions made before', async ({
      store,
      stream,
      write,
      follow,
      close,
    }) => {
      await write(1);
      const [read, follower] = [store.read(stream), follow()];
      await close();

      await expect(collect(read)).rejects.toMatchObject(UNAVAILABLE);
      expect(await failureOf(follower.pull())).toMatchObject(UNAVAILABLE);
    });

    it('refuses later subscriptions', async ({ follow, close }) => {
      await close();

      expect(await failureOf(follow().pull())).toMatchObject(UNAVAILABLE);
    });

    it('rejects a subscription that waits', async ({ write, follow, close }) => {
      await write(1);
      const follower = follow();
      await follower.caughtUp();
      const waiting = failureOf(follower.pull());
      await setImmediate();

      await close();

      expect(await waiting).toMatchObject(UNAVAILABLE);
    });

    it('rejects a subscription whose consumer is busy', async ({ write, follow, close }) => {
      await write(1);
      const follower = follow();
      await follower.caughtUp();
      await write(1);

      await close();

      expect(await failureOf(follower.untilEvents(100))).toMatchObject(UNAVAILABLE);
    });

    it('rejects all subscriptions, not just one', async ({ follow, close }) => {
      const followers = range(5).map(() => follow());
      await Promise.all(followers.map((follower) => follower.caughtUp()));
      const waiting = followers.map((follower) => failureOf(follower.pull()));

      await close();

      for (const failure of await Promise.all(waiting)) expect(failure).toMatchObject(UNAVAILABLE);
    });

    it('ends a subscription that is left at the same time', async ({ follow, close, patience }) => {
      const follower = follow();
      await follower.caughtUp();
      const waiting = follower.iterator.next().then(
        ({ done }) => done,
        (error: { readonly code?: unknown }) => error.code,
      );

      await Promise.all([close(), follower.leave()]);

      expect([true, 'STORE_UNAVAILABLE']).toContain(
        await patience.for('the waiting next()', waiting),
      );
    });

    it('cuts no read short without saying so', async ({ store, stream, close }) => {
      await store.append(stream, events(2_000));
      let count = 0;

      const read = (async () => {
        for await (const _ of store.read(stream)) {
          count += 1;
          if (count === 1) await close();
        }
      })();

      const [outcome] = await outcomesOf([read]);
      expect([count === 2_000 ? 'ok' : '', 'STORE_UNAVAILABLE']).toContain(outcome);
    });

    it('answers every append that is in flight', async ({ store, streamOf, close, patience }) => {
      const appends = range(20).map((n) => store.append(streamOf(String(n)), events(2)));
      const closing = close();

      const outcomes = await patience.for('the appends', outcomesOf(appends));

      await closing;
      const known = ['ok', 'STORE_UNAVAILABLE', 'APPEND_OUTCOME_UNKNOWN'];
      expect(outcomes.filter((outcome) => !known.includes(outcome))).toEqual([]);
    });

    it('answers everything that is in flight, of every kind', async (fixture) => {
      const { store, stream, streamOf, write, close, patience } = fixture;
      await write(3);
      const calls: Promise<unknown>[] = [
        store.append(stream, [event()]),
        collect(store.read(stream)),
        store.delete(streamOf('other')),
        collect(store.readAll({ limit: 3 })),
        store.setRetention(stream, { maxCount: 2 }),
        store.head(),
        store.identity(),
      ];

      const closing = close();

      const outcomes = await patience.for('the calls', outcomesOf(calls));
      await closing;
      const known = ['ok', 'STORE_UNAVAILABLE', 'APPEND_OUTCOME_UNKNOWN'];
      expect(outcomes.filter((outcome) => !known.includes(outcome))).toEqual([]);
    });

    if (contract.harness.reopen !== undefined)
      it('keeps what was acknowledged in the moment of closing', async (fixture) => {
        const { store, streamOf } = fixture;
        const given = range(20).map((n) => ({ stream: streamOf(String(n)), events: events(2) }));
        const appends = given.map((it) => store.append(it.stream, it.events));
        await Promise.all([fixture.close(), Promise.allSettled(appends)]);
        const outcomes = await outcomesOf(appends);

        const reopened = await fixture.reopen();

        for (const [n, outcome] of outcomes.entries()) {
          const found = await idsIn(reopened, given[n]?.stream ?? '');
          expect(lengthsAfter(outcome)).toContain(found.length);
        }
      });
  });
}

/** How many of two events may be there, by what became of their append. */
function lengthsAfter(outcome: string): number[] {
  if (outcome === 'ok') return [2];
  return outcome === 'STORE_UNAVAILABLE' ? [0] : [0, 2];
}
