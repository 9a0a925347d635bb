import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { at, idOf, inserted, numbered, replaced } from './writes.js';

/** Documents whose events are parked: the mark lies in the header. */
export function describeParking(contract: Contract): void {
  const { it } = contract;
  const itGuarded: Contract['it'] = (sentence, behaviour) =>
    contract.itWhere('guarded', sentence, behaviour);
  const placeholder = { id: 'a', document: undefined, position: at(4), parkedSince: at(5) };

  contract.describe('parked documents', () => {
    it('keep since when they are parked', async (fixture) => {
      const segment = await fixture.begin();

      await segment.saved([{ ...inserted('a', { n: 1 }, at(4)), parkedSince: at(5) }]);

      const stored = { id: 'a', document: { n: 1 }, position: at(4), parkedSince: at(5) };
      expect(await fixture.load('a')).toEqual(stored);
      expect(await fixture.find()).toEqual([stored]);
    });

    it('are found by their fields as before', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      await segment.saved(numbered(3, (n) => ({ n })));

      await segment.saved([
        { ...replaced(idOf(1), { n: 1 }, { from: 1, to: 1 }), parkedSince: at(2) },
      ]);

      const found = await fixture.find({ where: [{ field: 'n', gte: 0 }] });
      expect(found.map(({ parkedSince }) => parkedSince)).toEqual([undefined, at(2), undefined]);
    });

    it('are parked no more once they were written without the mark', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([{ ...inserted('a', { n: 1 }, at(4)), parkedSince: at(5) }]);

      await segment.saved([replaced('a', { n: 2 }, { from: 4, to: 6 })]);

      expect(await fixture.load('a')).toEqual({ id: 'a', document: { n: 2 }, position: at(6) });
    });

    it('may be parked before there is a document: loaded, and not found', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      await segment.saved([inserted('b', { n: 1 })]);

      await segment.saved([{ ...placeholder, loadedAt: undefined }]);

      expect(await fixture.load('a')).toEqual(placeholder);
      expect(await fixture.ids()).toEqual(['b']);
      expect(await fixture.ids({ where: [{ field: 'n', eq: null }] })).toEqual([]);
      expect(await fixture.ids({ orderBy: [{ field: 'n', direction: 'asc' }] })).toEqual(['b']);
    });

    it('do not use up the limit of a page without a document', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      await segment.saved([
        ...numbered(30, () => ({})).map((write) => ({
          ...write,
          document: undefined,
          parkedSince: at(5),
        })),
        inserted('z', { n: 1 }),
      ]);

      expect(await fixture.ids({ limit: 1 })).toEqual(['z']);
      expect(await fixture.ids({ limit: 1, orderBy: [{ field: 'n', direction: 'asc' }] })).toEqual([
        'z',
      ]);
    });

    it('begin where they were parked without a document', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      await segment.saved([{ ...placeholder, loadedAt: undefined }]);

      await segment.saved([replaced('a', { n: 1 }, { from: 4, to: 6 })]);

      const stored = { id: 'a', document: { n: 1 }, position: at(6) };
      expect(await fixture.load('a')).toEqual(stored);
      expect(await fixture.find({ where: [{ field: 'n', eq: 1 }] })).toEqual([stored]);
    });

    it('may lose their document and stay parked', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      await segment.saved([inserted('a', { n: 1 }, at(3))]);

      await segment.saved([{ ...placeholder, loadedAt: at(3) }]);

      expect(await fixture.load('a')).toEqual(placeholder);
      expect(await fixture.find({ where: [{ field: 'n', eq: 1 }] })).toEqual([]);
    });

    itGuarded('leave a marker once their only event was dropped', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([{ ...placeholder, loadedAt: undefined }]);

      await segment.saved([{ id: 'a', document: undefined, position: at(6), loadedAt: at(4) }]);

      expect(await fixture.load('a')).toEqual({ id: 'a', document: undefined, position: at(6) });
      expect(await fixture.store.purgeMarkers(fixture.collection, at(6))).toBe(1);
    });

    contract.itWhere('atomic', 'are gone once their only event was dropped', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([{ ...placeholder, loadedAt: undefined }]);

      await segment.saved([{ id: 'a', document: undefined, position: at(6), loadedAt: at(4) }]);

      expect(await fixture.load('a')).toBeUndefined();
    });

    itGuarded('are guarded like any other', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([{ ...placeholder, loadedAt: undefined }]);

      const outcomes = [
        await segment.save([inserted('a', { n: 1 }, at(9))]),
        await segment.save([replaced('a', { n: 1 }, { from: 3, to: 9 })]),
      ];

      expect(outcomes).toEqual([
        { kind: 'stale', ids: ['a'] },
        { kind: 'stale', ids: ['a'] },
      ]);
      expect(await fixture.load('a')).toEqual(placeholder);
    });
  });
}
