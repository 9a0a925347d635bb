import { outcomesOf, range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { at, contentOf, idOf, inserted, numbered, removed } from './writes.js';

/** Collections: made, made again, dropped, kept apart. */
export function describeCollections(contract: Contract): void {
  const { it, itWhere } = contract;

  contract.describe('collections', () => {
    it('are empty at first', async (fixture) => {
      await fixture.begin([['n']]);

      expect(await fixture.find()).toEqual([]);
      expect(await fixture.find({ orderBy: [{ field: 'n', direction: 'desc' }] })).toEqual([]);
      expect(await fixture.load('a')).toBeUndefined();
    });

    it('may be made again, and keep their documents', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin([['n'], ['n', 'm']]);
      await segment.saved(numbered(3, (n) => ({ n })));

      await store.createCollection(collection, [['n'], ['n', 'm']]);

      expect(await fixture.ids({ where: [{ field: 'n', gte: 1 }] })).toEqual([idOf(1), idOf(2)]);
      await expect(segment.save([inserted('new', { n: 9 })])).resolves.toMatchObject({
        kind: 'saved',
      });
    });

    it('may be made by many at once', async (fixture) => {
      const stores = await fixture.both();

      const made = range(16).map((n) =>
        stores[n % 2 ? 1 : 0].createCollection(fixture.collection, [['n'], ['m', 'n']]),
      );

      expect(await outcomesOf(made)).toEqual(range(16).map(() => 'ok'));
      const segment = await fixture.begin([['n'], ['m', 'n']]);
      await segment.saved(numbered(3, (n) => ({ n, m: 9 - n })));
      expect(await fixture.ids({ orderBy: [{ field: 'm', direction: 'asc' }] })).toEqual(
        [2, 1, 0].map(idOf),
      );
    });

    it('may be made while another one is written', async (fixture) => {
      const segment = await fixture.begin([['n']]);

      await Promise.all([
        segment.saved(numbered(50, (n) => ({ n }))),
        ...range(8).map((n) => fixture.store.createCollection(`other-${n}`, [['n']])),
      ]);

      expect(await fixture.ids({ where: [{ field: 'n', lt: 3 }] })).toEqual([0, 1, 2].map(idOf));
    });

    it('keep documents of the same id apart', async (fixture) => {
      const one = await fixture.begin([['n']], 'one');
      const two = await fixture.begin([['n']], 'two');

      await one.saved([inserted('a', { n: 1 })]);
      await two.saved([inserted('a', { n: 2 }, at(7))]);

      expect(await fixture.load('a', 'one')).toEqual({
        id: 'a',
        document: { n: 1 },
        position: at(1),
      });
      expect(await fixture.load('a', 'two')).toMatchObject({ document: { n: 2 }, position: at(7) });
      expect(contentOf(await fixture.find({}, 'one'))).toEqual([{ n: 1 }]);
      expect(contentOf(await fixture.find({ where: [{ field: 'n', eq: 2 }] }, 'two'))).toEqual([
        { n: 2 },
      ]);
    });

    it('are told apart however alike their names are', async (fixture) => {
      const names = [
        'a',
        'a1',
        'a-',
        'a.',
        'a_',
        'a@1.1',
        'a@1.10',
        'A',
        'ab',
        `n${'x'.repeat(199)}`,
      ];
      for (const name of names) {
        const segment = await fixture.begin([['name']], name);
        await segment.saved([inserted('x', { name })]);
      }

      for (const name of names) {
        expect(contentOf(await fixture.find({}, name))).toEqual([{ name }]);
        expect(
          contentOf(await fixture.find({ where: [{ field: 'name', gte: '' }] }, name)),
        ).toEqual([{ name }]);
      }
    });

    it('take their documents with them when they are dropped, and leave the others', async (fixture) => {
      const names = ['a', 'a.1', 'a@1', 'a-b', 'ab'];
      for (const name of names) {
        const segment = await fixture.begin([['n']], name);
        await segment.saved(numbered(5, (n) => ({ n })));
      }

      await fixture.store.dropCollection('a');

      for (const name of names.slice(1))
        expect(await fixture.ids({ where: [{ field: 'n', gte: 3 }] }, name)).toEqual(
          [3, 4].map(idOf),
        );
      await fixture.store.createCollection('a', [['n']]);
      expect(await fixture.find({}, 'a')).toEqual([]);
    });

    it('may be dropped again, or without ever having been', async ({
      store,
      begin,
      collection,
    }) => {
      await begin();
      await store.dropCollection(collection);

      const again = [store.dropCollection(collection), store.dropCollection('never')];

      expect(await outcomesOf(again)).toEqual(['ok', 'ok']);
    });

    it('may be dropped by many at once', async (fixture) => {
      const stores = await fixture.both();
      const segment = await fixture.begin([['n']]);
      await segment.saved(numbered(200, (n) => ({ n })));

      const dropped = range(8).map((n) => stores[n % 2 ? 1 : 0].dropCollection(fixture.collection));

      expect(await outcomesOf(dropped)).toEqual(range(8).map(() => 'ok'));
    });

    it('are empty when they are made anew, index entries included', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin([['n']]);
      await segment.saved(numbered(20, (n) => ({ n })));

      await store.dropCollection(collection);
      await store.createCollection(collection, [['n']]);

      expect(await fixture.find()).toEqual([]);
      expect(await fixture.find({ where: [{ field: 'n', gte: 0 }] })).toEqual([]);
      expect(await fixture.load(idOf(3))).toBeUndefined();
      await segment.saved([inserted(idOf(3), { n: 30 })]);
      expect(await fixture.ids({ where: [{ field: 'n', gte: 0 }] })).toEqual([idOf(3)]);
    });

    itWhere('guarded', 'lose their markers when they are dropped', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin();
      await segment.saved([inserted('a', {})]);
      await segment.saved([removed('a', { from: 1, to: 2 })]);

      await store.dropCollection(collection);
      await store.createCollection(collection, []);

      expect(await fixture.load('a')).toBeUndefined();
    });

    it('may be made anew with other indexes once they were dropped', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin([['n']]);
      await segment.saved(numbered(3, (n) => ({ n, m: 9 - n })));
      await store.dropCollection(collection);

      await store.createCollection(collection, [['m']]);

      await segment.saved(numbered(3, (n) => ({ n, m: 9 - n })));
      expect(await fixture.ids({ where: [{ field: 'm', lte: 8 }] })).toEqual([1, 2].map(idOf));
    });

    it('leave the records alone when they are dropped', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin();
      await store.writeRecord(collection, 1, undefined);

      await store.dropCollection(collection);

      expect(await store.readRecord(segment.key)).toBeDefined();
      expect(await store.readRecord(collection)).toBeDefined();
    });

    it('may be many', async (fixture) => {
      const names = range(40).map((n) => `many-${n}`);
      for (const name of names) {
        const segment = await fixture.begin([['n'], ['m']], name);
        await segment.saved([inserted('a', { n: name })]);
      }

      for (const name of names)
        expect(contentOf(await fixture.find({ where: [{ field: 'n', eq: name }] }, name))).toEqual([
          { n: name },
        ]);
    });
  });
}
