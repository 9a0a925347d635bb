import type { LogReadOptions } from '../../event-store/event-store.js';
import type { Position } from '../../event-store/position.js';
import { range, sorted, wrong } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, collectBatches, event, events, idsOf } from './events.js';
import type { Fixture } from './fixture.js';

const backwards = { direction: 'backwards' } as const;
type Place = (places: readonly Position[]) => LogReadOptions;
type Edge = readonly [sentence: string, options: Place, places: readonly number[]];

/** On five events of several streams. */
const EDGES: readonly Edge[] = [
  ['yields the log from its beginning by default', () => ({}), [0, 1, 2, 3, 4]],
  ['yields the log from its end backwards', () => backwards, [4, 3, 2, 1, 0]],
  ['yields nothing at limit 0', () => ({ limit: 0 }), []],
  ['yields the first at limit 1', () => ({ limit: 1 }), [0]],
  ['yields the last at limit 1 backwards', () => ({ ...backwards, limit: 1 }), [4]],
  ['leaves the last out at one less than there are', () => ({ limit: 4 }), [0, 1, 2, 3]],
  ['yields all at a limit of as many as there are', () => ({ limit: 5 }), [0, 1, 2, 3, 4]],
  ['yields all at a limit beyond what there is', () => ({ limit: 6 }), [0, 1, 2, 3, 4]],
  ['begins with the position named', (at) => ({ from: at[2] }), [2, 3, 4]],
  ['begins with the first from the first', (at) => ({ from: at[0] }), [0, 1, 2, 3, 4]],
  ['yields the last from the last', (at) => ({ from: at[4] }), [4]],
  ['begins behind the position named', (at) => ({ after: at[2] }), [3, 4]],
  ['leaves the first out after the first', (at) => ({ after: at[0] }), [1, 2, 3, 4]],
  ['yields nothing after the last', (at) => ({ after: at[4] }), []],
  ['goes back from the position named', (at) => ({ ...backwards, from: at[2] }), [2, 1, 0]],
  ['yields the first from the first backwards', (at) => ({ ...backwards, from: at[0] }), [0]],
  ['yields all from the last backwards', (at) => ({ ...backwards, from: at[4] }), [4, 3, 2, 1, 0]],
  ['goes back from before the position named', (at) => ({ ...backwards, after: at[2] }), [1, 0]],
  ['yields nothing after the first backwards', (at) => ({ ...backwards, after: at[0] }), []],
  [
    'leaves the last out after it backwards',
    (at) => ({ ...backwards, after: at[4] }),
    [3, 2, 1, 0],
  ],
  ['lets after count where both are given', (at) => ({ from: at[0], after: at[3] }), [4]],
  [
    'lets after count where both are given, backwards',
    (at) => ({ ...backwards, from: at[4], after: at[1] }),
    [0],
  ],
  ['counts the limit from where it begins', (at) => ({ from: at[1], limit: 2 }), [1, 2]],
  ['counts the limit behind after', (at) => ({ after: at[1], limit: 2 }), [2, 3]],
  [
    'counts the limit from where it begins, backwards',
    (at) => ({ ...backwards, after: at[4], limit: 2 }),
    [3, 2],
  ],
];

/** Reads of the whole log. */
export function describeLogReads(contract: Contract): void {
  const { it } = contract;

  contract.describe('reading the log', () => {
    for (const [sentence, options, places] of EDGES)
      it(sentence, async (fixture) => {
        const written = await scatter(fixture);

        const found = await fixture.log(options(written.map(({ position }) => position)));

        expect(idsOf(found)).toEqual(places.map((place) => written[place]?.id));
      });

    it('has every append of every stream, in the order of appending', async ({
      store,
      streamOf,
      log,
    }) => {
      const given = range(12).map((n) => ({
        stream: streamOf(String((n * 7) % 5)),
        it: events(2),
      }));
      for (const { stream, it } of given) await store.append(stream, it);

      expect(idsOf(await log())).toEqual(given.flatMap(({ it }) => idsOf(it)));
    });

    it('goes backwards exactly as forwards, the other way round', async (fixture) => {
      await scatter(fixture);

      const [forth, back] = [await fixture.log(), await fixture.log(backwards)];

      expect(back.toReversed()).toStrictEqual(forth);
    });

    it('has positions of one width, in ascending order as strings', async (fixture) => {
      for (const _ of range(3)) await scatter(fixture);

      const positions = (await fixture.log()).map(({ position }) => position);

      expect(positions).toEqual(sorted(new Set(positions)));
      expect(new Set(positions.map(({ length }) => length)).size).toBe(1);
    });

    it('shows an event at the same position as its stream does', async ({
      store,
      stream,
      write,
      log,
    }) => {
      await write(5);

      expect(await log()).toStrictEqual(await collect(store.read(stream)));
    });

    it('yields nothing behind the head', async ({ store, write }) => {
      await write(2);

      expect(await collect(store.readAll({ after: await store.head() }))).toEqual([]);
    });

    it('goes back from the head to the last event', async ({ store, write }) => {
      const written = await write(3);

      const [last] = await collect(
        store.readAll({ ...backwards, from: await store.head(), limit: 1 }),
      );

      expect(last?.id).toBe(written.at(-1)?.id);
    });

    it('can be paged through one event at a time, forwards', async (fixture) => {
      const written = await scatter(fixture);

      const paged: string[] = [];
      let after: Position | undefined;
      for (const _ of range(7)) {
        const page = await fixture.log({ after, limit: 1 });
        paged.push(...idsOf(page));
        after = page[0]?.position ?? after;
      }

      expect(paged).toEqual(idsOf(written));
    });

    it('can be paged through one event at a time, backwards', async (fixture) => {
      const written = await scatter(fixture);

      const paged: string[] = [];
      let after: Position | undefined;
      for (const _ of range(7)) {
        const page = await fixture.log({ ...backwards, after, limit: 1 });
        paged.push(...idsOf(page));
        after = page[0]?.position ?? after;
      }

      expect(paged).toEqual(idsOf(written).reverse());
    });

    it('loses nothing at the edges of pages of several events', async (fixture) => {
      const { store, stream } = fixture;
      await store.append(stream, events(23));

      const paged: number[] = [];
      let after: Position | undefined;
      for (const _ of range(7)) {
        const page = await fixture.log({ after, limit: 5 });
        paged.push(...page.map(({ revision }) => revision));
        after = page.at(-1)?.position ?? after;
      }

      expect(paged).toEqual(range(23));
    });

    it('goes on from an event that has been hidden since', async (fixture) => {
      const written = await scatter(fixture);
      const hidden = written[1];
      await fixture.store.delete(hidden?.stream ?? '');

      const found = await fixture.log({ after: hidden?.position });

      const live = written.slice(2).filter(({ stream }) => stream !== hidden?.stream);
      expect(idsOf(found.filter(({ stream }) => stream !== hidden?.stream))).toEqual(idsOf(live));
    });

    it('yields a long log whole, in either direction', async ({ store, streamOf, log }) => {
      const given = range(4).map(() => events(450));
      for (const [n, it] of given.entries()) await store.append(streamOf(String(n % 3)), it);

      const [forth, back] = [await log(), await log(backwards)];

      expect(idsOf(forth)).toEqual(idsOf(given.flat()));
      expect(idsOf(back)).toEqual(idsOf(given.flat()).reverse());
    });

    it('hands out the same events in batches, none of them empty', async ({
      store,
      category,
      stream,
      log,
    }) => {
      await store.append(stream, events(1_100));

      const batches = await collectBatches(store.readAll({ filter: { categories: [category] } }));

      expect(batches.every(({ length }) => length > 0)).toBe(true);
      expect(idsOf(batches.flat())).toEqual(idsOf(await log()));
    });

    it('shows events of others too, where nothing is filtered', async (fixture) => {
      const written = await scatter(fixture);

      const found = await collect(fixture.store.readAll({ from: written[0]?.position }));

      const ids = new Set(idsOf(found));
      expect(written.every(({ id }) => ids.has(id))).toBe(true);
    });

    it('never shows records of the store itself', async ({ store, stream, streamOf, write }) => {
      const [first] = await write(3);
      await store.setRetention(stream, { maxCount: 2 });
      await store.append(streamOf('gone'), events(2));
      await store.delete(streamOf('gone'));
      await store.tombstone(streamOf('buried'));
      await write(1);

      const found = await collect(store.readAll({ from: first?.position }));

      expect(found.filter((it) => it.type.startsWith('$') || it.stream.startsWith('$'))).toEqual(
        [],
      );
      expect(found.at(-1)?.revision).toBe(3);
    });

    it('begins when it is iterated, and ends where the log stood then', async ({
      store,
      stream,
      category,
      write,
    }) => {
      const read = store.readAll({ filter: { categories: [category] } });
      await write(3);

      let count = 0;
      for await (const _ of read) {
        count += 1;
        if (count < 50) await store.append(stream, [event()]);
      }

      expect(count).toBe(3);
      expect((await collect(read)).length).toBe(6);
    });

    it('rejects with the reason of a signal that was aborted before', async ({ store, write }) => {
      await write(2);
      const reason = new Error('no longer wanted');

      const read = collect(store.readAll({ signal: AbortSignal.abort(reason) }));

      await expect(read).rejects.toBe(reason);
    });

    it('rejects with the reason of a signal that is aborted in the middle', async ({
      store,
      write,
    }) => {
      const [first] = await write(4);
      const reason = new Error('no longer wanted');
      const controller = new AbortController();

      const read = (async () => {
        for await (const _ of store.readAll({ from: first?.position, signal: controller.signal }))
          controller.abort(reason);
      })();

      await expect(read).rejects.toBe(reason);
    });

    it('refuses positions of another shape when it is iterated', async ({ store, write }) => {
      await write(1);
      for (const strange of ['', 'nonsense', '1', '-1', ' ', '9'.repeat(200), 'z/\0'])
        for (const options of [
          { from: strange },
          { after: strange },
          { ...backwards, from: strange },
        ]) {
          const read = store.readAll(wrong(options));

          await expect(collect(read)).rejects.toMatchObject({ code: 'FOREIGN_POSITION' });
        }
    });
  });
}

/** Five events in several streams, as stored, in the order of the log. */
async function scatter({ write, streamOf }: Fixture) {
  const parts = [
    await write(1, { stream: streamOf('b') }),
    await write(2, { stream: streamOf('a') }),
    await write(1, { stream: streamOf('b') }),
    await write(1, { stream: streamOf('c') }),
  ];
  return parts.flat();
}
