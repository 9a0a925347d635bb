import type { StreamReadOptions } from '../../event-store/event-store.js';
import { nonEmpty, range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, collectBatches, event, events, idsIn, idsOf, revisionsOf } from './events.js';

type Edge = readonly [sentence: string, options: StreamReadOptions, revisions: readonly number[]];

const backwards = { direction: 'backwards' } as const;
/** On a stream with revisions 0 to 4. */
const EDGES: readonly Edge[] = [
  ['yields all from the beginning by default', {}, [0, 1, 2, 3, 4]],
  ['yields all from the end backwards', backwards, [4, 3, 2, 1, 0]],
  ['yields nothing at limit 0', { limit: 0 }, []],
  ['yields nothing at limit 0 backwards', { ...backwards, limit: 0 }, []],
  ['yields the first at limit 1', { limit: 1 }, [0]],
  ['yields the last at limit 1 backwards', { ...backwards, limit: 1 }, [4]],
  ['leaves one out at one less than there are', { limit: 4 }, [0, 1, 2, 3]],
  ['leaves the first out at one less backwards', { ...backwards, limit: 4 }, [4, 3, 2, 1]],
  ['yields all at a limit of as many as there are', { limit: 5 }, [0, 1, 2, 3, 4]],
  ['yields all at a limit beyond what there is', { limit: 6 }, [0, 1, 2, 3, 4]],
  ['yields all at a limit beyond backwards', { ...backwards, limit: 6 }, [4, 3, 2, 1, 0]],
  ['begins with revision 0 from 0', { from: 0 }, [0, 1, 2, 3, 4]],
  ['begins with the revision named', { from: 2 }, [2, 3, 4]],
  ['yields the last from the last', { from: 4 }, [4]],
  ['yields nothing from behind the last', { from: 5 }, []],
  ['yields nothing from far behind', { from: 1_000_000 }, []],
  ['begins behind revision 0 after 0', { after: 0 }, [1, 2, 3, 4]],
  ['begins behind the revision named', { after: 2 }, [3, 4]],
  ['yields the last after the one before it', { after: 3 }, [4]],
  ['yields nothing after the last', { after: 4 }, []],
  ['yields nothing after what is far behind', { after: 1_000_000 }, []],
  ['yields revision 0 alone from 0 backwards', { ...backwards, from: 0 }, [0]],
  ['goes back from the revision named', { ...backwards, from: 2 }, [2, 1, 0]],
  ['goes back from the last', { ...backwards, from: 4 }, [4, 3, 2, 1, 0]],
  ['goes back from the end where from lies behind it', { ...backwards, from: 9 }, [4, 3, 2, 1, 0]],
  ['yields nothing after 0 backwards', { ...backwards, after: 0 }, []],
  ['goes back from before the revision named', { ...backwards, after: 2 }, [1, 0]],
  ['leaves the last out after it backwards', { ...backwards, after: 4 }, [3, 2, 1, 0]],
  [
    'goes back from the end where after lies behind it',
    { ...backwards, after: 9 },
    [4, 3, 2, 1, 0],
  ],
  ['goes back from the last after the one behind it', { ...backwards, after: 5 }, [4, 3, 2, 1, 0]],
  ['lets after count where both are given', { from: 0, after: 2 }, [3, 4]],
  ['lets after count where both are given, backwards', { ...backwards, from: 4, after: 2 }, [1, 0]],
  ['counts the limit from where it begins', { from: 1, limit: 2 }, [1, 2]],
  ['counts the limit behind after', { after: 1, limit: 2 }, [2, 3]],
  ['counts the limit from where it begins, backwards', { ...backwards, from: 3, limit: 2 }, [3, 2]],
  ['stops at the end whatever the limit', { from: 3, limit: 10 }, [3, 4]],
  ['stops at the beginning whatever the limit', { ...backwards, from: 1, limit: 10 }, [1, 0]],
  [
    'takes undefined for what is left out',
    {
      from: undefined,
      after: undefined,
      limit: undefined,
      direction: undefined,
      filter: undefined,
    },
    [0, 1, 2, 3, 4],
  ],
];

/** Reads of one stream. */
export function describeStreamReads(contract: Contract): void {
  const { it } = contract;

  contract.describe('reading a stream', () => {
    for (const [sentence, options, revisions] of EDGES)
      it(sentence, async ({ store, stream, streamOf, write }) => {
        await write(2);
        await write(4, { stream: streamOf('between') });
        await write(3);

        const found = await collect(store.read(stream, options));

        expect(revisionsOf(found)).toEqual(revisions);
        expect(found.every((it) => it.stream === stream)).toBe(true);
      });

    it('yields nothing where no stream is, in either direction', async ({ store, stream }) => {
      expect(await collect(store.read(stream))).toEqual([]);
      expect(await collect(store.read(stream, backwards))).toEqual([]);
      expect(await collect(store.read(stream, { from: 3, limit: 1 }))).toEqual([]);
    });

    it('yields a long stream whole, in either direction', async ({ store, stream }) => {
      const given = [events(900), events(1), events(899)];
      for (const batch of given) await store.append(stream, batch);

      const found = await collect(store.read(stream));
      const back = await collect(store.read(stream, backwards));

      expect(idsOf(found)).toEqual(idsOf(given.flat()));
      expect(revisionsOf(found)).toEqual(range(1_800));
      expect(idsOf(back)).toEqual(idsOf(found).reverse());
    });

    it('begins and stops in the middle of a long stream', async ({ store, stream }) => {
      await store.append(stream, events(1_500));

      const found = await collect(store.read(stream, { from: 700, limit: 650 }));
      const back = await collect(store.read(stream, { ...backwards, after: 1_400, limit: 1_100 }));

      expect(revisionsOf(found)).toEqual(range(650).map((n) => 700 + n));
      expect(revisionsOf(back)).toEqual(range(1_100).map((n) => 1_399 - n));
    });

    it('can be paged through by one event at a time', async ({ store, stream, write }) => {
      const written = await write(7);

      const paged: string[] = [];
      let after: number | undefined;
      for (const _ of range(9)) {
        const page = await collect(store.read(stream, { after, limit: 1 }));
        paged.push(...idsOf(page));
        after = page[0]?.revision ?? after;
      }

      expect(paged).toEqual(idsOf(written));
    });

    it('hands out the same events in batches, none of them empty', async ({ store, stream }) => {
      await store.append(stream, events(1_200));

      const batches = await collectBatches(store.read(stream));

      expect(batches.every(({ length }) => length > 0)).toBe(true);
      expect(idsOf(batches.flat())).toEqual(await idsIn(store, stream));
    });

    it('hands out no batch where there is nothing', async ({ store, stream, write }) => {
      expect(await collectBatches(store.read(stream))).toEqual([]);
      await write(2);
      expect(await collectBatches(store.read(stream, { after: 1 }))).toEqual([]);
      expect(await collectBatches(store.read(stream, { limit: 0 }))).toEqual([]);
    });

    it('passes over events that the filter does not want', async ({ store, stream }) => {
      await store.append(stream, nonEmpty(['a', 'b', 'a', 'c', 'a'].map(typed)));

      const found = await collect(store.read(stream, { filter: { types: ['a', 'c'] } }));

      expect(revisionsOf(found)).toEqual([0, 2, 3, 4]);
    });

    it('counts the limit behind the filter, in either direction', async ({ store, stream }) => {
      await store.append(stream, nonEmpty(['a', 'b', 'b', 'a', 'b', 'a'].map(typed)));
      const filter = { types: ['a'] };

      const found = await collect(store.read(stream, { filter, limit: 2 }));
      const back = await collect(store.read(stream, { ...backwards, filter, limit: 2 }));

      expect(revisionsOf(found)).toEqual([0, 3]);
      expect(revisionsOf(back)).toEqual([5, 3]);
    });

    it('filters a stream by category as well', async ({ store, stream, category, write }) => {
      await write(2);

      const own = await collect(store.read(stream, { filter: { categories: [category] } }));
      const foreign = await collect(store.read(stream, { filter: { categories: ['other'] } }));

      expect([own.length, foreign.length]).toEqual([2, 0]);
    });

    it('finds one event at the far end of a long stretch that does not match', async ({
      store,
      stream,
    }) => {
      await store.append(stream, nonEmpty([...events(1_300), typed('needle')]));

      const found = await collect(store.read(stream, { filter: { types: ['needle'] }, limit: 1 }));

      expect(revisionsOf(found)).toEqual([1_300]);
    });

    it('begins when it is iterated, not when it is made', async ({ store, stream, write }) => {
      const read = store.read(stream);

      await write(2);

      expect(await collect(read)).toHaveLength(2);
    });

    it('is a read of its own each time it is iterated', async ({ store, stream, write }) => {
      await write(2);
      const read = store.read(stream);
      const first = await collect(read);
      await write(1);

      const second = await collect(read);

      expect([first.length, second.length]).toEqual([2, 3]);
    });

    it('ends where the stream stood when it began', async ({ store, stream, write }) => {
      await write(3);

      const found: number[] = [];
      for await (const { revision } of store.read(stream)) {
        found.push(revision);
        if (found.length < 50) await store.append(stream, [event()]);
      }

      expect(found).toEqual([0, 1, 2]);
    });

    it('can be left in the middle and read again', async ({ store, stream }) => {
      await store.append(stream, events(600));
      const reader = store.read(stream)[Symbol.asyncIterator]();
      await reader.next();

      await reader.return?.();
      for await (const batch of store.read(stream).batches()) if (batch.length > 0) break;

      expect(await idsIn(store, stream)).toHaveLength(600);
    });

    it('lets many readers read at their own pace', async ({ store, stream, write }) => {
      await write(40);
      const readers = range(4).map(() => store.read(stream)[Symbol.asyncIterator]());
      const seen: number[][] = readers.map(() => []);

      for (const round of range(40))
        for (const [n, reader] of readers.entries())
          if (round % (n + 1) === 0) seen[n]?.push((await reader.next()).value?.revision);

      expect(seen).toEqual([40, 20, 14, 10].map(range));
      await Promise.all(readers.map((reader) => reader.return?.()));
    });

    it('rejects with the reason of a signal that was aborted before', async ({
      store,
      stream,
      write,
    }) => {
      await write(2);
      const reason = new Error('no longer wanted');

      const read = collect(store.read(stream, { signal: AbortSignal.abort(reason) }));

      await expect(read).rejects.toBe(reason);
    });

    it('rejects with the reason of a signal that is aborted in the middle', async ({
      store,
      stream,
      write,
    }) => {
      await write(5);
      const reason = new Error('no longer wanted');
      const controller = new AbortController();
      const seen: number[] = [];

      const read = (async () => {
        for await (const { revision } of store.read(stream, { signal: controller.signal })) {
          seen.push(revision);
          if (revision === 1) controller.abort(reason);
        }
      })();

      await expect(read).rejects.toBe(reason);
      expect(seen.slice(0, 2)).toEqual([0, 1]);
    });

    it('minds no signal that is aborted when it has ended', async ({ store, stream, write }) => {
      await write(2);
      const controller = new AbortController();
      const found = await collect(store.read(stream, { signal: controller.signal }));

      controller.abort();

      expect(found).toHaveLength(2);
      expect(await idsIn(store, stream)).toHaveLength(2);
    });
  });
}

function typed(type: string) {
  return event({ type });
}
