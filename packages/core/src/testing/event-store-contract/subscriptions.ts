import type { Position } from '../../event-store/position.js';
import { range, sorted } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { events, idsOf } from './events.js';

/** Subscriptions: where they begin, what they yield, and how far they have looked. */
export function describeSubscriptions(contract: Contract): void {
  const { it } = contract;

  contract.describe('subscribing', () => {
    it('yields what is there, from the beginning, and then what comes', async ({
      write,
      follow,
    }) => {
      const before = await write(3);
      const follower = follow();
      await follower.untilEvents(3);

      const later = await write(2);

      await follower.untilEvents(5);
      expect(follower.ids).toEqual(idsOf([...before, ...later]));
    });

    it('yields events as a read does', async ({ write, follow, log }) => {
      await write(3);

      const found = await follow().untilEvents(3);

      expect(found).toStrictEqual(await log());
    });

    it('begins behind the position named', async ({ write, follow }) => {
      const written = await write(5);

      const found = await follow({ after: written[2]?.position }).untilEvents(2);

      expect(idsOf(found)).toEqual(idsOf(written.slice(3)));
    });

    it('goes on from the position of an append', async ({ store, stream, write, follow }) => {
      const { position } = await store.append(stream, events(2));
      const later = await write(1);

      const found = await follow({ after: position }).untilEvents(1);

      expect(idsOf(found)).toEqual(idsOf(later));
    });

    it('waits behind the last position, with nothing to yield yet', async ({ write, follow }) => {
      const written = await write(2);
      const follower = follow({ after: written[1]?.position });

      const first = await follower.caughtUp();

      expect(follower.events).toEqual([]);
      expect(first.position >= (written[1]?.position ?? '')).toBe(true);
      const later = await write(1);
      expect(idsOf(await follower.untilEvents(1))).toEqual(idsOf(later));
    });

    it('begins with what is appended from now on', async ({ write, follow }) => {
      await write(3);
      const follower = follow({ after: 'end' });
      await follower.caughtUp();

      const later = await write(2);

      await follower.untilEvents(2);
      expect(follower.ids).toEqual(idsOf(later));
    });

    it('says at once that it is caught up when it begins at the end', async ({
      store,
      write,
      follow,
    }) => {
      await write(3);
      const head = await store.head();

      const first = await follow({ after: 'end' }).pull();

      expect(first).toMatchObject({ events: [], caughtUp: true });
      expect(first.position >= (head ?? '')).toBe(true);
    });

    it('can be resumed behind where one from the end began', async ({ write, follow }) => {
      await write(2);
      const first = await follow({ after: 'end' }).pull();
      const later = await write(2);

      const resumed = follow({ after: first.position });

      await resumed.untilEvents(2);
      expect(resumed.ids).toEqual(idsOf(later));
    });

    it('says that it is caught up when it has yielded the last event', async ({
      write,
      follow,
    }) => {
      await write(4);
      const follower = follow();

      const last = await follower.caughtUp();

      expect(follower.events).toHaveLength(4);
      expect(last.position >= (follower.events[3]?.position ?? '')).toBe(true);
    });

    it('does not say so before it has', async ({ store, stream, follow }) => {
      for (const _ of range(3)) await store.append(stream, events(700));
      const follower = follow();

      await follower.untilEvents(2_100);

      let yielded = 0;
      for (const batch of follower.batches) {
        yielded += batch.events.length;
        if (batch.caughtUp) expect(yielded).toBe(2_100);
      }
    });

    it('says again that it is caught up after each stretch', async ({ write, follow }) => {
      const follower = follow();
      await follower.caughtUp();

      for (const round of range(3)) {
        await write(2);

        await follower.untilEvents((round + 1) * 2);
        if (!follower.last.caughtUp) await follower.caughtUp();
      }

      expect(follower.events).toHaveLength(6);
    });

    it('yields each batch in order, its position at or behind its last event', async ({
      store,
      streamOf,
      follow,
    }) => {
      for (const n of range(10)) await store.append(streamOf(String(n % 3)), events(150));
      const follower = follow();

      await follower.caughtUp();

      for (const { events: batch, position } of follower.batches)
        expect(batch.every((it) => it.position <= position)).toBe(true);
      const positions = follower.batches.map(({ position }) => position);
      expect(positions).toEqual(sorted(positions));
      const all = follower.events.map(({ position }) => position);
      expect(all).toEqual(sorted(new Set(all)));
      expect(all).toHaveLength(1_500);
    });

    it('can be resumed behind the position of any batch, without gap or repeat', async ({
      store,
      streamOf,
      follow,
      log,
    }) => {
      for (const n of range(6)) await store.append(streamOf(String(n)), events(3));
      const found: string[] = [];
      let after: Position | undefined;
      for (const _ of range(40)) {
        const follower = follow({ after });
        const batch = await follower.pull();
        found.push(...idsOf(batch.events));
        after = batch.position;
        await follower.leave();
        if (found.length === 9) await store.append(streamOf('x'), events(1));
      }

      expect(found).toEqual(idsOf(await log()).slice(0, found.length));
    });

    it('can be resumed behind each event, without gap or repeat', async ({ write, follow }) => {
      const written = [...(await write(3)), ...(await write(3))];

      for (const [n, { position }] of written.entries()) {
        const follower = follow({ after: position });
        await follower.caughtUp();
        expect(follower.ids).toEqual(idsOf(written.slice(n + 1)));
        await follower.leave();
      }
    });

    it('can be resumed behind an event that has been hidden since', async ({
      store,
      stream,
      streamOf,
      write,
      follow,
    }) => {
      const written = await write(3);
      const later = await write(2, { stream: streamOf('later') });
      await store.setRetention(stream, { truncateBefore: 3 });

      const follower = follow({ after: written[1]?.position });

      await follower.caughtUp();
      const kept = store.capabilities.readAllAfterDelete === 'hidden' ? [] : written.slice(2);
      expect(follower.ids).toEqual(idsOf([...kept, ...later]));
    });

    it('tells several subscriptions the same', async ({ write, follow, log }) => {
      await write(3);
      const followers = range(4).map(() => follow());
      await followers[0]?.untilEvents(2);

      await write(3);

      await Promise.all(followers.map((follower) => follower.untilEvents(6)));
      for (const follower of followers) expect(follower.ids).toEqual(idsOf(await log()));
    });

    it('begins anew each time it is iterated', async ({ store, category, write, patience }) => {
      await write(2);
      const subscription = store.subscribe({ filter: { categories: [category] } });

      for (const _ of range(2)) {
        const found: string[] = [];
        for await (const batch of subscription) {
          found.push(...idsOf(batch.events));
          if (found.length >= 2) break;
        }
        expect(found).toHaveLength(2);
      }
      expect(patience.ms).toBeGreaterThan(0);
    });

    it('yields the events of one append in order, wherever batches end', async ({
      store,
      stream,
      follow,
    }) => {
      const follower = follow();
      await follower.caughtUp();
      const given = events(1_300);

      await store.append(stream, given);

      await follower.untilEvents(1_300);
      expect(follower.ids).toEqual(idsOf(given));
    });
  });
}
