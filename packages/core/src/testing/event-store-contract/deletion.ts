import { range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsIn, idsOf, revisionsOf } from './events.js';

const DELETED = { code: 'STREAM_DELETED' };

/** Deleting a stream, and setting a tombstone. */
export function describeDeletion(contract: Contract): void {
  const { it } = contract;

  contract.describe('deleting', () => {
    it('hides all events of the stream, in either direction', async ({ store, stream, write }) => {
      await write(3);

      await store.delete(stream);

      expect(await collect(store.read(stream))).toEqual([]);
      expect(await collect(store.read(stream, { direction: 'backwards' }))).toEqual([]);
      expect(await collect(store.read(stream, { from: 1 }))).toEqual([]);
    });

    it('hides them from the log at once or keeps them, as the capability says', async ({
      store,
      stream,
      streamOf,
      write,
      log,
    }) => {
      const gone = await write(3);
      const kept = await write(2, { stream: streamOf('kept') });

      await store.delete(stream);

      const hidden = store.capabilities.readAllAfterDelete === 'hidden';
      const expected = idsOf(hidden ? kept : [...gone, ...kept]);
      expect(idsOf(await log())).toEqual(expected);
      expect(idsOf(await log({ direction: 'backwards' }))).toEqual(expected.toReversed());
    });

    it('hides them from a subscription that begins later, by the same capability', async ({
      store,
      stream,
      streamOf,
      write,
      follow,
    }) => {
      const gone = await write(3);
      const kept = await write(2, { stream: streamOf('kept') });
      await store.delete(stream);
      const follower = follow();

      await follower.caughtUp();

      const hidden = store.capabilities.readAllAfterDelete === 'hidden';
      expect(follower.ids).toEqual(idsOf(hidden ? kept : [...gone, ...kept]));
    });

    it('leaves a subscription that is live going', async ({ store, stream, write, follow }) => {
      await write(2);
      const follower = follow();
      await follower.untilEvents(2);
      await store.delete(stream);

      const later = await write(2);

      await follower.untilEvents(4);
      expect(follower.ids.slice(2)).toEqual(idsOf(later));
    });

    it('lets revisions go on, at no-stream', async ({ store, stream, write }) => {
      await write(3);
      await store.delete(stream);

      const result = await store.append(stream, events(2), { expected: 'no-stream' });

      expect(result).toMatchObject({ revision: 4, repeated: false });
      expect(revisionsOf(await collect(store.read(stream)))).toEqual([3, 4]);
    });

    it('lets revisions go on, at any', async ({ store, stream, write }) => {
      await write(3);
      await store.delete(stream);

      const result = await store.append(stream, [event()]);

      expect(result.revision).toBe(3);
    });

    it('reads a stream that was written again from its first visible event', async ({
      store,
      stream,
      write,
    }) => {
      await write(3);
      await store.delete(stream);
      await write(3);
      const read = async (options: object) =>
        revisionsOf(await collect(store.read(stream, options)));

      expect(await read({ from: 0 })).toEqual([3, 4, 5]);
      expect(await read({ after: 1 })).toEqual([3, 4, 5]);
      expect(await read({ after: 3, limit: 1 })).toEqual([4]);
      expect(await read({ limit: 2 })).toEqual([3, 4]);
      expect(await read({ direction: 'backwards', limit: 2 })).toEqual([5, 4]);
      expect(await read({ direction: 'backwards', from: 3 })).toEqual([3]);
      expect(await read({ direction: 'backwards', after: 3 })).toEqual([]);
    });

    it('lets a stream be deleted and written again, many times', async ({ store, stream }) => {
      for (const round of range(4)) {
        const given = events(2);

        const { revision } = await store.append(stream, given, { expected: 'no-stream' });

        expect(revision).toBe(round * 2 + 1);
        expect(await idsIn(store, stream)).toEqual(idsOf(given));
        await store.delete(stream, { expected: revision });
        expect(await idsIn(store, stream)).toEqual([]);
      }
    });

    it('goes on by exact revisions on a stream that was written again', async ({
      store,
      stream,
      write,
    }) => {
      await write(3);
      await store.delete(stream);
      await write(1);

      await store.append(stream, [event()], { expected: 3 });
      const { revision } = await store.append(stream, [event()], { expected: 4 });

      expect(revision).toBe(5);
    });

    it('changes nothing on a stream that never was', async ({ store, stream }) => {
      await store.delete(stream);

      const result = await store.append(stream, [event()], { expected: 'no-stream' });

      expect(result.revision).toBe(0);
    });

    it('changes nothing on a stream that is deleted', async ({ store, stream, write }) => {
      await write(2);
      await store.delete(stream);

      await store.delete(stream);

      expect((await store.append(stream, [event()])).revision).toBe(2);
      expect(await idsIn(store, stream)).toHaveLength(1);
    });

    it('deletes again what was written since', async ({ store, stream, write }) => {
      await write(2);
      await store.delete(stream);
      await write(2);

      await store.delete(stream, { expected: 3 });

      expect(await idsIn(store, stream)).toEqual([]);
      expect((await store.append(stream, [event()])).revision).toBe(4);
    });

    it('moves no event and no position of other streams', async ({
      store,
      stream,
      streamOf,
      write,
    }) => {
      await write(2, { stream: streamOf('other') });
      await write(2);
      await write(2, { stream: streamOf('other') });
      const before = await collect(store.read(streamOf('other')));

      await store.delete(stream);

      expect(await collect(store.read(streamOf('other')))).toStrictEqual(before);
    });

    it('gives what comes later a position behind what was hidden', async ({
      store,
      stream,
      write,
    }) => {
      const gone = await write(3);
      await store.delete(stream);

      const { position } = await store.append(stream, [event()]);

      expect(position > (gone[2]?.position ?? '')).toBe(true);
    });
  });

  contract.describe('setting a tombstone', () => {
    it('refuses reads for ever, whatever they ask for', async ({ store, stream, write }) => {
      await write(2);

      await store.tombstone(stream);

      for (const options of [
        {},
        { direction: 'backwards', limit: 1 },
        { from: 1 },
        { after: 7 },
        { limit: 0 },
        { filter: { types: ['never'] } },
      ] as const)
        await expect(collect(store.read(stream, options))).rejects.toMatchObject({
          ...DELETED,
          stream,
        });
    });

    it('refuses appends for ever', async ({ store, stream, write }) => {
      await write(2);

      await store.tombstone(stream);

      for (const expected of ['any', 'no-stream', 'stream-exists', 1] as const)
        await expect(store.append(stream, [event()], { expected })).rejects.toMatchObject(DELETED);
    });

    it('refuses a delete and a retention', async ({ store, stream, write }) => {
      await write(2);

      await store.tombstone(stream);

      await expect(store.delete(stream)).rejects.toMatchObject(DELETED);
      await expect(store.setRetention(stream, { maxCount: 1 })).rejects.toMatchObject(DELETED);
      await expect(store.setRetention(stream, {})).rejects.toMatchObject(DELETED);
    });

    it('hides its events from the log at once or keeps them, as the capability says', async ({
      store,
      stream,
      streamOf,
      write,
      log,
    }) => {
      const gone = await write(2);
      const kept = await write(1, { stream: streamOf('kept') });

      await store.tombstone(stream);

      const hidden = store.capabilities.readAllAfterDelete === 'hidden';
      expect(idsOf(await log())).toEqual(idsOf(hidden ? kept : [...gone, ...kept]));
    });

    it('changes nothing when it is repeated', async ({ store, stream, write }) => {
      await write(2);
      await store.tombstone(stream);

      await store.tombstone(stream);

      await expect(store.append(stream, [event()])).rejects.toMatchObject(DELETED);
    });

    it('works on a stream that never was', async ({ store, stream }) => {
      await store.tombstone(stream);

      await expect(store.append(stream, [event()])).rejects.toMatchObject(DELETED);
      await expect(collect(store.read(stream))).rejects.toMatchObject(DELETED);
    });

    it('works on a stream that was deleted', async ({ store, stream, write }) => {
      await write(2);
      await store.delete(stream);

      await store.tombstone(stream);

      await expect(
        store.append(stream, [event()], { expected: 'no-stream' }),
      ).rejects.toMatchObject(DELETED);
    });

    it('leaves other streams alone, and subscriptions going', async ({
      store,
      stream,
      streamOf,
      write,
      follow,
    }) => {
      await write(1);
      const follower = follow();
      await follower.untilEvents(1);

      await store.tombstone(stream);

      const later = await write(2, { stream: streamOf('other') });
      await follower.untilEvents(3);
      expect(follower.ids.slice(1)).toEqual(idsOf(later));
    });
  });
}
