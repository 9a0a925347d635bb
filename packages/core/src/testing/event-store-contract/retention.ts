import type { EventStore, Retention } from '../../event-store/event-store.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsIn, idsOf, revisionsOf } from './events.js';

/** Retention by count and by truncation. */
export function describeRetention(contract: Contract): void {
  const { it } = contract;

  contract.describe('retention', () => {
    it('keeps the last so many events', async ({ store, stream, write }) => {
      await write(5);

      await store.setRetention(stream, { maxCount: 2 });

      expect(await revisions(store, stream)).toEqual([3, 4]);
    });

    it('keeps the last one at a count of 1', async ({ store, stream, write }) => {
      await write(5);

      await store.setRetention(stream, { maxCount: 1 });

      expect(await revisions(store, stream)).toEqual([4]);
    });

    it('keeps all at a count of as many as there are', async ({ store, stream, write }) => {
      await write(3);

      await store.setRetention(stream, { maxCount: 3 });

      expect(await revisions(store, stream)).toEqual([0, 1, 2]);
    });

    it('moves on as events are appended', async ({ store, stream, write }) => {
      await write(2);
      await store.setRetention(stream, { maxCount: 2 });

      await write(3);

      expect(await revisions(store, stream)).toEqual([3, 4]);
    });

    it('can be said before the first event', async ({ store, stream, write }) => {
      await store.setRetention(stream, { maxCount: 2 });
      expect(await idsIn(store, stream)).toEqual([]);

      await write(4);

      expect(await revisions(store, stream)).toEqual([2, 3]);
    });

    it('hides the events before a revision', async ({ store, stream, write }) => {
      await write(5);

      await store.setRetention(stream, { truncateBefore: 3 });

      expect(await revisions(store, stream)).toEqual([3, 4]);
    });

    it('hides nothing before revision 0', async ({ store, stream, write }) => {
      await write(2);

      await store.setRetention(stream, { truncateBefore: 0 });

      expect(await revisions(store, stream)).toEqual([0, 1]);
    });

    it('hides all events before a revision that is to come', async ({ store, stream, write }) => {
      await write(3);
      await store.setRetention(stream, { truncateBefore: 4 });
      expect(await revisions(store, stream)).toEqual([]);

      const { revision } = await store.append(stream, events(2), { expected: 2 });

      expect(revision).toBe(4);
      expect(await revisions(store, stream)).toEqual([4]);
    });

    it('moves no revision', async ({ store, stream, write }) => {
      await write(4);
      await store.setRetention(stream, { maxCount: 1 });

      const { revision } = await store.append(stream, [event()], { expected: 3 });

      expect(revision).toBe(4);
    });

    it('hides what any of its rules hides', async ({ store, stream, write }) => {
      await write(6);

      await store.setRetention(stream, { maxCount: 4, truncateBefore: 3 });
      expect(await revisions(store, stream)).toEqual([3, 4, 5]);

      await store.setRetention(stream, { maxCount: 2, truncateBefore: 1 });
      expect(await revisions(store, stream)).toEqual([4, 5]);
    });

    it('is replaced, not added to', async ({ store, stream, write }) => {
      await write(5);
      await store.setRetention(stream, { maxCount: 2 });

      await store.setRetention(stream, { truncateBefore: 1 });

      await write(1);
      expect((await revisions(store, stream)).at(-1)).toBe(5);
      expect((await revisions(store, stream)).length).toBeGreaterThan(2);
    });

    it('hides reads by revision too, in either direction', async ({ store, stream, write }) => {
      await write(6);
      await store.setRetention(stream, { truncateBefore: 3 });
      const read = async (options: object) =>
        revisionsOf(await collect(store.read(stream, options)));

      expect(await read({ from: 0 })).toEqual([3, 4, 5]);
      expect(await read({ from: 1, limit: 2 })).toEqual([3, 4]);
      expect(await read({ after: 3 })).toEqual([4, 5]);
      expect(await read({ direction: 'backwards' })).toEqual([5, 4, 3]);
      expect(await read({ direction: 'backwards', from: 2 })).toEqual([]);
    });

    it('shows in the log what the stream shows, or all, as the capability says', async ({
      store,
      stream,
      write,
      log,
    }) => {
      const written = await write(5);

      await store.setRetention(stream, { maxCount: 2 });

      const hidden = store.capabilities.readAllAfterDelete === 'hidden';
      expect(idsOf(await log())).toEqual(idsOf(hidden ? written.slice(3) : written));
    });

    it('shows in the log what truncation left, by the same capability', async ({
      store,
      stream,
      write,
      log,
      follow,
    }) => {
      const written = await write(5);

      await store.setRetention(stream, { truncateBefore: 4 });

      const hidden = store.capabilities.readAllAfterDelete === 'hidden';
      const expected = idsOf(hidden ? written.slice(4) : written);
      expect(idsOf(await log({ direction: 'backwards' }))).toEqual(expected.toReversed());
      const follower = follow();
      await follower.untilEvents(expected.length);
      expect(follower.ids).toEqual(expected);
    });

    it('counts no hidden event against a limit', async ({ store, stream, write, log }) => {
      await write(5);
      await store.setRetention(stream, { truncateBefore: 3 });

      expect(revisionsOf(await collect(store.read(stream, { limit: 2 })))).toEqual([3, 4]);
      if (store.capabilities.readAllAfterDelete === 'hidden')
        expect(revisionsOf(await log({ limit: 1 }))).toEqual([3]);
    });

    it('is each stream’s own', async ({ store, stream, streamOf, write }) => {
      await write(3);
      await write(3, { stream: streamOf('10') });

      await store.setRetention(stream, { maxCount: 1 });

      expect(await revisions(store, streamOf('10'))).toEqual([0, 1, 2]);
    });

    it('cannot bring back what a delete has hidden', async ({ store, stream, write }) => {
      await write(3);
      await store.delete(stream);
      await write(1);

      await store.setRetention(stream, {});
      await store.setRetention(stream, { truncateBefore: 0, maxCount: 100 });

      expect(await revisions(store, stream)).toEqual([3]);
    });

    it('does not follow what its caller does to the object later', async ({
      store,
      stream,
      write,
    }) => {
      await write(3);
      const retention: { -readonly [K in keyof Retention]: Retention[K] } = { maxCount: 2 };
      await store.setRetention(stream, retention);

      retention.maxCount = 1;

      expect(await revisions(store, stream)).toEqual([1, 2]);
    });
  });
}

async function revisions(store: EventStore, stream: string): Promise<number[]> {
  return revisionsOf(await collect(store.read(stream)));
}
