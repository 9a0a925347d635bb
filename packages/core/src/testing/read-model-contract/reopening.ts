import { range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { at, contentOf, idOf, inserted, numbered, removed, replaced } from './writes.js';

/** What a durable store still has when it is opened again. */
export function describeReopening(contract: Contract): void {
  const { itReopened: it } = contract;

  contract.describe('a store that is opened again', () => {
    it('still has its records, at their versions', async (fixture) => {
      const { store } = fixture;
      await store.writeRecord('a', { n: 1 }, undefined);
      await store.writeRecord('a', { n: 2 }, 1);
      await store.writeRecord('b', null, undefined);
      await store.removeRecord('b', 1);

      const again = await fixture.reopen();

      expect(await again.listRecords('')).toEqual([{ key: 'a', version: 2, value: { n: 2 } }]);
      expect(await again.writeRecord('a', 3, 1)).toBeUndefined();
      expect(await again.writeRecord('a', 3, 2)).toBe(3);
    });

    it('still has its documents, with headers and dates', async (fixture) => {
      const segment = await fixture.begin();
      const document = { at: new Date(1_000), text: '漢😀', $date: { $date: 'x' } };
      await segment.saved([{ ...inserted('a', document, at(7)), parkedSince: at(8) }]);

      await fixture.reopen();

      const stored = await fixture.load('a');
      expect(stored).toEqual({ id: 'a', document, position: at(7), parkedSince: at(8) });
      expect(stored?.document).toStrictEqual(document);
    });

    it('still finds documents by its indexes', async (fixture) => {
      const segment = await fixture.begin([['v'], ['w', 'v']]);
      await segment.saved(numbered(50, (n) => ({ v: 50 - n, w: n % 2 })));
      await segment.saved([
        replaced(idOf(0), { v: -1, w: 0 }, { from: 1, to: 2 }),
        removed(idOf(1), { from: 1, to: 2 }),
      ]);

      await fixture.reopen();

      const orderBy = [{ field: 'v', direction: 'asc' as const }];
      expect(await fixture.ids({ orderBy, limit: 3 })).toEqual([0, 49, 48].map(idOf));
      expect(await fixture.ids({ where: [{ field: 'v', gte: 49 }] })).toEqual([]);
      expect(await fixture.ids({ where: [{ field: 'w', eq: 1 }], orderBy, limit: 2 })).toEqual(
        [49, 47].map(idOf),
      );
    });

    it('keeps indexes up without being told of them again', async (fixture) => {
      const first = await fixture.begin([['v']]);
      await first.saved(numbered(5, (n) => ({ v: n })));

      const segment = first.asSeenBy(await fixture.reopen());
      await segment.saved([
        replaced(idOf(0), { v: 10 }, { from: 1, to: 2 }),
        inserted('new', { v: 11 }),
      ]);

      expect(await fixture.ids({ where: [{ field: 'v', gte: 4 }] })).toEqual([
        idOf(0),
        idOf(4),
        'new',
      ]);
    });

    it('lets a segment go on where it stood, and fences who does not know', async (fixture) => {
      const first = await fixture.begin();
      const stale = first.version;
      await first.saved([inserted('a', { n: 1 })]);

      const store = await fixture.reopen();
      const [segment, late] = [first.asSeenBy(store), first.asSeenBy(store)];
      late.version = stale;

      expect(await late.save([])).toEqual({ kind: 'fenced' });
      expect(await segment.save([replaced('a', { n: 2 }, { from: 1, to: 2 })])).toEqual({
        kind: 'saved',
        version: 3,
      });
    });

    it('has nothing of a collection that was dropped', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved(numbered(10, (v) => ({ v })));
      await fixture.store.dropCollection(fixture.collection);

      const again = await fixture.reopen();

      await again.createCollection(fixture.collection, [['v']]);
      expect(await fixture.find()).toEqual([]);
      expect(await fixture.find({ where: [{ field: 'v', gte: 0 }] })).toEqual([]);
    });

    contract.itReopened('still has, where it guards, its markers', async (fixture) => {
      const first = await fixture.begin();
      await first.saved([inserted('a', {}), inserted('b', {})]);
      await first.saved([removed('a', { from: 1, to: 2 })]);

      const store = await fixture.reopen();

      const isGuarded = store.commit === 'guarded';
      expect((await fixture.load('a'))?.position).toBe(isGuarded ? at(2) : undefined);
      expect(await fixture.ids()).toEqual(['b']);
      expect(await store.purgeMarkers(fixture.collection, at(2))).toBe(isGuarded ? 1 : 0);
    });

    it('has everything that was acknowledged when it was closed at once', async (fixture) => {
      const segment = await fixture.begin();
      for (const n of range(20)) await segment.saved([inserted(idOf(n), { n })]);

      await fixture.reopen();

      expect(contentOf(await fixture.find())).toEqual(range(20).map((n) => ({ n })));
    });
  });
}
