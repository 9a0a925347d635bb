import { setImmediate } from 'node:timers/promises';
import type { SubscriptionBatch } from '../../event-store/event-store.js';
import { background, failureOf, range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { event, events, idsOf } from './events.js';
import type { Fixture } from './fixture.js';
import type { Follower } from './follower.js';

/** Subscriptions while writers are busy, slow consumers, and cancelling at every moment. */
export function describeLiveSubscriptions(contract: Contract): void {
  const { it } = contract;

  contract.describe('subscribing while writers are busy', () => {
    it('yields everything once, in the order of the log, from the beginning', async (fixture) => {
      await fixture.write(50);
      const writing = background(writeOn(fixture, { writers: 6, appends: 8 }));
      const follower = fixture.follow();

      await follower.untilEvents(50 + 48);

      await writing;
      expect(follower.ids).toEqual(idsOf(await fixture.log()));
    });

    it('yields everything once when it begins at any moment of the writing', async (fixture) => {
      const followers: Follower[] = [];
      const writing = writeOn(fixture, {
        writers: 3,
        appends: 10,
        each: () => {
          const follower = fixture.follow();
          followers.push(follower);
          return follower.pull().then(() => undefined);
        },
      });
      await writing;

      await Promise.all(followers.map((follower) => follower.untilEvents(30)));

      const all = idsOf(await fixture.log());
      for (const follower of followers) expect(follower.ids).toEqual(all);
    });

    it('misses nothing that is appended in the moment when it says that it is caught up', async (fixture) => {
      const { store, stream, follow } = fixture;
      const follower = follow();
      const given: string[] = [];

      for (const n of range(20)) {
        await follower.caughtUp();
        const appended = event();
        given.push(appended.id);
        const append = background(store.append(stream, [appended]));
        for (const _ of range(n % 5)) await Promise.resolve();
        await follower.untilEvents(given.length);
        await append;
        if (!follower.last.caughtUp) continue;
        const next = event();
        given.push(next.id);
        await store.append(stream, [next]);
      }

      await follower.untilEvents(given.length);
      expect(follower.ids).toEqual(given);
    });

    it('misses nothing that is appended while it waits', async ({ store, stream, follow }) => {
      const follower = follow();
      await follower.caughtUp();
      const given = events(15);

      for (const [n, it] of given.entries()) {
        const waiting = background(follower.untilEvents(n + 1));
        for (const _ of range(n % 4)) await setImmediate();
        await store.append(stream, [it]);
        await waiting;
      }

      expect(follower.ids).toEqual(idsOf(given));
    });

    it('misses nothing that is appended while its consumer is busy', async (fixture) => {
      const { store, stream, follow } = fixture;
      const follower = follow();
      const given = events(24);

      for (const it of given) {
        await store.append(stream, [it]);
        if (given.indexOf(it) % 6 === 3) await follower.pull();
      }

      await follower.untilEvents(24);
      expect(follower.ids).toEqual(idsOf(given));
    });

    it('yields a filtered log once and in order', async (fixture) => {
      const { store, streamOf, follow } = fixture;
      const follower = follow({ filter: { types: ['wanted'] } });
      const writing = background(
        Promise.all(
          range(4).map(async (writer) => {
            for (const n of range(8)) {
              const type = n % 2 === 0 ? 'wanted' : 'other';
              await store.append(streamOf(String(writer)), [event({ type })]);
            }
          }),
        ),
      );

      await follower.untilEvents(16);

      await writing;
      expect(follower.ids).toEqual(idsOf(await fixture.log({ filter: { types: ['wanted'] } })));
    });

    it('goes on from cut to cut without gap or repeat', async (fixture) => {
      const { follow, patience } = fixture;
      const writing = background(writeOn(fixture, { writers: 4, appends: 10 }));

      const found: string[] = [];
      let last: SubscriptionBatch | undefined;
      await patience.until('40 events', async () => {
        const follower = follow({ after: last?.position });
        last = await follower.pull();
        if (found.length + follower.ids.length < 40) last = await follower.pull();
        found.push(...follower.ids);
        await follower.leave();
        return found.length >= 40;
      });

      await writing;
      expect(found).toEqual(idsOf(await fixture.log()));
    });

    it('yields no event that a conflict refused', async ({ store, stream, follow }) => {
      const follower = follow();
      await follower.caughtUp();
      await store.append(stream, [event()], { expected: 'no-stream' });
      await failureOf(store.append(stream, events(3), { expected: 'no-stream' }));
      await store.append(stream, [event()], { expected: 0 });

      await follower.untilEvents(2);

      expect(follower.events.map(({ revision }) => revision)).toEqual([0, 1]);
    });

    it('yields nothing for an append that was a repeat', async ({ store, stream, follow }) => {
      const given = event();
      const follower = follow();
      await store.append(stream, [given], { expected: 'no-stream' });
      await store.append(stream, [given], { expected: 'no-stream' });
      const last = event();
      await store.append(stream, [last], { expected: 0 });

      await follower.untilEvents(2);

      expect(follower.ids).toEqual([given.id, last.id]);
    });
  });

  contract.describe('a slow consumer', () => {
    it('gets everything in order when it comes back', async (fixture) => {
      const follower = fixture.follow();
      await follower.caughtUp();
      await writeOn(fixture, { writers: 5, appends: 12 });
      await fixture.store.append(fixture.streamOf('bulk'), events(1_500));

      await follower.untilEvents(1_560);

      expect(follower.ids).toEqual(idsOf(await fixture.log()));
    });

    it('holds back no other consumer, and no writer', async (fixture) => {
      const slow = fixture.follow();
      await slow.pull();
      const quick = fixture.follow();

      await writeOn(fixture, { writers: 4, appends: 10 });

      await quick.untilEvents(40);
      await slow.untilEvents(40);
      expect(slow.ids).toEqual(quick.ids);
    });

    it('is told that it is caught up when it is, not when it began', async (fixture) => {
      const follower = fixture.follow();
      await follower.caughtUp();
      await fixture.store.append(fixture.stream, events(900));
      await fixture.store.append(fixture.stream, events(900));

      await follower.untilEvents(1_800);
      if (!follower.last.caughtUp) await follower.caughtUp();

      expect(follower.events).toHaveLength(1_800);
    });

    it('may ask for several batches at once and gets them in order', async (fixture) => {
      const { iterator, patience } = fixture.follow();
      const asked = range(3).map(() => background(iterator.next()));
      await fixture.write(1);
      await patience.for('the first batch', asked[0] ?? iterator.next());
      await fixture.write(1);
      await fixture.write(1);

      await fixture.patience.until('three batches', async () => {
        await fixture.write(1);
        return Promise.race([Promise.all(asked).then(() => true), setImmediate(false)]);
      });

      const batches = (await Promise.all(asked)).map(({ value }) => value as SubscriptionBatch);
      const found = batches.flatMap((batch) => idsOf(batch.events));
      expect(found).toEqual(idsOf(await fixture.log()).slice(0, found.length));
    });
  });
}

interface Writing {
  readonly writers: number;
  readonly appends: number;
  /** What each writer does between two appends. */
  readonly each?: (() => Promise<void>) | undefined;
}

async function writeOn(
  { store, streamOf }: Fixture,
  { writers, appends, each = () => setImmediate() }: Writing,
): Promise<void> {
  await Promise.all(
    range(writers).map(async (writer) => {
      for (const n of range(appends)) {
        await store.append(streamOf(`${(writer + n) % 3}`), [event()]);
        if ((writer + n) % 3 === 0) await each();
      }
    }),
  );
}
