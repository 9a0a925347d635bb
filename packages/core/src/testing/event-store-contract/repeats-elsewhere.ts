import { range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsIn, idsOf } from './events.js';

/** The same ids at other places, behind what is hidden, and many times at once. */
export function describeRepeatsElsewhere(contract: Contract): void {
  const { it } = contract;

  contract.describe('appending known ids', () => {
    it('appends known ids again at the current revision', async ({ store, stream }) => {
      const given = event();
      await store.append(stream, [given], { expected: 'no-stream' });

      const again = await store.append(stream, [given], { expected: 0 });

      expect(again).toMatchObject({ revision: 1, repeated: false });
      expect(await idsIn(store, stream)).toEqual([given.id, given.id]);
    });

    it('tells the two apart when the same id stands at two revisions', async ({
      store,
      stream,
    }) => {
      const given = event();
      await store.append(stream, [given], { expected: 'no-stream' });
      await store.append(stream, [given], { expected: 0 });

      const first = await store.append(stream, [given], { expected: 'no-stream' });
      const second = await store.append(stream, [given], { expected: 0 });

      expect([first, second]).toMatchObject([
        { revision: 0, repeated: true },
        { revision: 1, repeated: true },
      ]);
      expect(await idsIn(store, stream)).toHaveLength(2);
    });

    it('appends ids that stand in another stream', async ({ store, streamOf }) => {
      const given = events(2);
      await store.append(streamOf('a'), given, { expected: 'no-stream' });

      const other = await store.append(streamOf('b'), given, { expected: 'no-stream' });

      expect(other).toMatchObject({ revision: 1, repeated: false });
      expect(await idsIn(store, streamOf('b'))).toEqual(idsOf(given));
    });

    for (const expected of ['any', 'stream-exists'] as const)
      it(`reports, at ${expected}, a place where the event really stands`, async ({
        store,
        stream,
        write,
      }) => {
        await write(1);
        const given = event();
        await store.append(stream, [given], { expected });

        const again = await store.append(stream, [given], { expected });

        const stored = await collect(store.read(stream, { from: again.revision, limit: 1 }));
        expect(stored).toMatchObject([{ id: given.id, position: again.position }]);
      });

    it('recognises a repeat behind what retention hides', async ({ store, stream, write }) => {
      const given = events(3);
      const first = await store.append(stream, given, { expected: 'no-stream' });
      await write(2);
      await store.setRetention(stream, { truncateBefore: 4 });

      const again = await store.append(stream, given, { expected: 'no-stream' });

      expect(again).toEqual({ ...first, repeated: true });
      expect(await idsIn(store, stream)).toHaveLength(1);
    });

    it('recognises a repeat of which a part is hidden by count', async ({ store, stream }) => {
      const given = events(4);
      const first = await store.append(stream, given, { expected: 'no-stream' });
      await store.setRetention(stream, { maxCount: 1 });

      const again = await store.append(stream, given, { expected: 'no-stream' });

      expect(again).toEqual({ ...first, repeated: true });
    });

    it('writes anew at no-stream when the stream was deleted in between', async ({
      store,
      stream,
    }) => {
      const given = events(2);
      await store.append(stream, given, { expected: 'no-stream' });
      await store.delete(stream);

      const again = await store.append(stream, given, { expected: 'no-stream' });

      expect(again).toMatchObject({ revision: 3, repeated: false });
      expect(await idsIn(store, stream)).toEqual(idsOf(given));
    });

    it('recognises a repeat of the first append after a delete', async ({
      store,
      stream,
      write,
    }) => {
      await write(3);
      await store.delete(stream);
      const given = events(2);
      const first = await store.append(stream, given, { expected: 'no-stream' });

      const again = await store.append(stream, given, { expected: 'no-stream' });

      expect(again).toEqual({ ...first, repeated: true });
      expect(await idsIn(store, stream)).toEqual(idsOf(given));
    });

    it('refuses the repeat of what a delete has hidden, once the stream is written again', async ({
      store,
      stream,
      write,
    }) => {
      const given = events(2);
      await store.append(stream, given, { expected: 'no-stream' });
      await store.delete(stream);
      await write(1);

      const again = store.append(stream, given, { expected: 'no-stream' });

      await expect(again).rejects.toMatchObject({ code: 'WRONG_EXPECTED_REVISION', actual: 2 });
      expect(await idsIn(store, stream)).toHaveLength(1);
    });

    it('says that there is a tombstone, also for a repeat', async ({ store, stream }) => {
      const given = events(2);
      await store.append(stream, given, { expected: 'no-stream' });
      await store.tombstone(stream);

      const again = store.append(stream, given, { expected: 'no-stream' });

      await expect(again).rejects.toMatchObject({ code: 'STREAM_DELETED' });
    });

    it('writes once when the same append is sent many times at once', async ({
      store,
      stream,
      log,
    }) => {
      const given = events(2);

      const outcomes = await Promise.allSettled(
        range(20).map(() => store.append(stream, given, { expected: 'no-stream' })),
      );

      const results = outcomes.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []));
      const failures = outcomes.flatMap((it) => (it.status === 'rejected' ? [it.reason] : []));
      expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1);
      expect(new Set(results.map(({ position }) => position)).size).toBe(1);
      for (const failure of failures)
        expect(failure).toMatchObject({ code: 'APPEND_OUTCOME_UNKNOWN' });
      expect(idsOf(await log())).toEqual(idsOf(given));
    });
  });
}
