import { range, sorted } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import type { Fixture } from './fixture.js';
import { at, idOf, inserted, numbered, removed, replaced } from './writes.js';

/** Removed documents, and the markers that guarded stores keep in their place. */
export function describeRemoval(contract: Contract): void {
  const { it } = contract;
  const itGuarded: Contract['it'] = (sentence, behaviour) =>
    contract.itWhere('guarded', sentence, behaviour);

  contract.describe('removed documents', () => {
    it('are found no more, by whatever index', async (fixture) => {
      const segment = await fixture.begin([['n'], ['n', 'm']]);
      await segment.saved(numbered(4, (n) => ({ n, m: 1 })));

      await segment.saved([removed(idOf(1), { from: 1, to: 2 })]);

      const left = [0, 2, 3].map(idOf);
      expect(await fixture.ids()).toEqual(left);
      expect(await fixture.ids({ where: [{ field: 'n', gte: 0 }] })).toEqual(left);
      expect(await fixture.ids({ where: [{ field: 'm', eq: 1 }] })).toEqual(left);
      expect(await fixture.ids({ where: [{ field: 'n', eq: 1 }] })).toEqual([]);
      expect(await fixture.ids({ orderBy: [{ field: 'n', direction: 'desc' }] })).toEqual(
        left.toReversed(),
      );
    });

    it('are not what is found for null, or for a missing field', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      await segment.saved([inserted('a', { n: null }), inserted('b', {}), inserted('c', {})]);

      await segment.saved([removed('b', { from: 1, to: 2 }), removed('a', { from: 1, to: 2 })]);

      expect(await fixture.ids({ where: [{ field: 'n', eq: null }] })).toEqual(['c']);
    });

    it('do not use up the limit of a page', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      await segment.saved(numbered(100, (n) => ({ n })));

      await segment.saved(range(95).map((n) => removed(idOf(n), { from: 1, to: 2 })));

      expect(await fixture.ids({ limit: 3 })).toEqual([95, 96, 97].map(idOf));
      expect(await fixture.ids({ limit: 3, orderBy: [{ field: 'n', direction: 'asc' }] })).toEqual(
        [95, 96, 97].map(idOf),
      );
    });

    it('may all be removed at once', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      await segment.saved(numbered(500, (n) => ({ n })));

      await segment.saved(range(500).map((n) => removed(idOf(n), { from: 1, to: 2 })));

      expect(await fixture.find()).toEqual([]);
      expect(await fixture.find({ where: [{ field: 'n', gte: 0 }] })).toEqual([]);
    });
  });

  contract.describe('the marker of a removed document', () => {
    itGuarded('refuses an insert of who loaded before there was anything', async (fixture) => {
      const segment = await withMarker(fixture);

      const outcome = await segment.save([inserted('a', { n: 'stale' }, at(1))]);

      expect(outcome).toEqual({ kind: 'stale', ids: ['a'] });
      expect(await fixture.find()).toEqual([]);
      expect(await fixture.load('a')).toMatchObject({ position: at(2) });
    });

    itGuarded('refuses a replacement of who loaded before the removal', async (fixture) => {
      const segment = await withMarker(fixture);

      const outcome = await segment.save([replaced('a', { n: 2 }, { from: 1, to: 3 })]);

      expect(outcome).toEqual({ kind: 'stale', ids: ['a'] });
      expect(await fixture.find()).toEqual([]);
    });

    itGuarded('gives way to a document of who loaded the marker', async (fixture) => {
      const segment = await withMarker(fixture);

      const outcome = await segment.save([replaced('a', { n: 3 }, { from: 2, to: 3 })]);

      expect(outcome.kind).toBe('saved');
      expect(await fixture.find({ where: [{ field: 'n', eq: 3 }] })).toEqual([
        { id: 'a', document: { n: 3 }, position: at(3) },
      ]);
    });

    itGuarded('may move on', async (fixture) => {
      const segment = await withMarker(fixture);

      const outcome = await segment.save([removed('a', { from: 2, to: 7 })]);

      expect(outcome.kind).toBe('saved');
      expect(await fixture.load('a')).toMatchObject({ position: at(7) });
      expect(await fixture.find()).toEqual([]);
    });

    itGuarded('may stand for what never was', async (fixture) => {
      const segment = await fixture.begin();

      const outcome = await segment.save([
        { id: 'a', document: undefined, position: at(4), loadedAt: undefined },
      ]);

      expect(outcome.kind).toBe('saved');
      expect(await fixture.load('a')).toMatchObject({ id: 'a', position: at(4) });
      expect(await fixture.find()).toEqual([]);
    });
  });

  describePurging(contract);
}

function describePurging({ describe, it, itWhere }: Contract): void {
  const itGuarded: Contract['it'] = (sentence, behaviour) =>
    itWhere('guarded', sentence, behaviour);

  describe('purging markers', () => {
    itGuarded('removes those at or before a position, and counts them', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin();
      await segment.saved(numbered(6, () => ({})));
      await segment.saved(range(6).map((n) => removed(idOf(n), { from: 1, to: n + 10 })));

      const purged = await store.purgeMarkers(collection, at(12));

      expect(purged).toBe(3);
      const left = await store.loadDocuments(collection, range(6).map(idOf));
      expect(sorted([...left.keys()])).toEqual([3, 4, 5].map(idOf));
    });

    itGuarded('leaves a marker that is one position later', async (fixture) => {
      await withMarker(fixture);

      const purged = await fixture.store.purgeMarkers(fixture.collection, at(1));

      expect(purged).toBe(0);
      expect(await fixture.load('a')).toMatchObject({ position: at(2) });
    });

    itGuarded('removes nothing twice', async (fixture) => {
      const { store, collection } = fixture;
      await withMarker(fixture);

      const purged = [
        await store.purgeMarkers(collection, at(2)),
        await store.purgeMarkers(collection, at(2)),
      ];

      expect(purged).toEqual([1, 0]);
    });

    itGuarded('makes room for a document that begins anew', async (fixture) => {
      const segment = await withMarker(fixture);
      await fixture.store.purgeMarkers(fixture.collection, at(2));

      const outcomes = [
        await segment.save([replaced('a', {}, { from: 2, to: 9 })]),
        await segment.save([inserted('a', { n: 9 }, at(9))]),
      ];

      expect(outcomes.map(({ kind }) => kind)).toEqual(['stale', 'saved']);
      expect(await fixture.load('a')).toMatchObject({ document: { n: 9 }, position: at(9) });
    });

    itGuarded('leaves the markers of other collections', async (fixture) => {
      const { store, collection } = fixture;
      await withMarker(fixture);
      await withMarker(fixture, 'other');

      const purged = await store.purgeMarkers(collection, at(9));

      expect(purged).toBe(1);
      expect(await fixture.load('a', 'other')).toMatchObject({ position: at(2) });
    });

    itGuarded('leaves a document that took the place of a marker', async (fixture) => {
      const segment = await withMarker(fixture);
      await segment.saved([replaced('a', { n: 3 }, { from: 2, to: 3 })]);

      const purged = await fixture.store.purgeMarkers(fixture.collection, at(9));

      expect(purged).toBe(0);
      expect(await fixture.load('a')).toMatchObject({ document: { n: 3 } });
    });

    itGuarded('removes 3,000', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin();
      await segment.saved(numbered(3_001, () => ({})));
      await segment.saved(range(3_000).map((n) => removed(idOf(n), { from: 1, to: 2 })));

      const purged = await store.purgeMarkers(collection, at(2));

      expect(purged).toBe(3_000);
      expect((await store.loadDocuments(collection, range(3_001).map(idOf))).size).toBe(1);
    });

    it('leaves documents alone, however old', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin([['n']]);
      await segment.saved(numbered(20, (n) => ({ n })));
      const before = await fixture.find();

      const purged = await store.purgeMarkers(collection, at(999));

      expect(purged).toBe(0);
      expect(await fixture.find()).toEqual(before);
      expect(await fixture.ids({ where: [{ field: 'n', lt: 2 }] })).toEqual([0, 1].map(idOf));
    });

    it('leaves alone what is parked, document or not', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin();
      const parked = { position: at(1), parkedSince: at(2), loadedAt: undefined };
      await segment.saved([
        { ...parked, id: 'a', document: undefined },
        { ...parked, id: 'b', document: { n: 1 } },
      ]);

      await store.purgeMarkers(collection, at(9));

      expect(await fixture.load('a')).toMatchObject({ parkedSince: at(2) });
      expect(await fixture.load('b')).toMatchObject({ parkedSince: at(2), document: { n: 1 } });
    });

    it('leaves the records alone', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin();
      await segment.saved([], { put: [{ key: 'p', value: null }] });

      await store.purgeMarkers(collection, at(9));

      expect(await fixture.keys('')).toEqual(['p', segment.key]);
    });
  });
}

/** Inserts a document at 1 and removes it at 2. */
async function withMarker(fixture: Fixture, collection = fixture.collection) {
  const segment = await fixture.begin([['n']], collection);
  await segment.saved([inserted('a', { n: 1 })]);
  await segment.saved([removed('a', { from: 1, to: 2 })]);
  return segment;
}
