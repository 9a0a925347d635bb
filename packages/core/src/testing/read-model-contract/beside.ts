import { range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { at, idOf, inserted, numbered, removed, replaced } from './writes.js';

/** Two stores on the same data, as two processes have them. */
export function describeBeside(contract: Contract): void {
  const { itBeside: it } = contract;

  contract.describe('two stores on the same data', () => {
    it('see each other’s records', async ({ store }, other) => {
      await store.writeRecord('a', 1, undefined);
      const seen = await other.readRecord('a');
      await other.writeRecord('a', 2, 1);

      expect(seen).toEqual({ key: 'a', version: 1, value: 1 });
      expect(await store.readRecord('a')).toEqual({ key: 'a', version: 2, value: 2 });
      expect(await store.writeRecord('a', 3, 1)).toBeUndefined();
      expect(await store.removeRecord('a', 1)).toBe(false);
    });

    it('see each other’s documents, at once', async (fixture, other) => {
      const segment = await fixture.begin([['v']]);
      for (const n of range(10)) {
        await segment.saved([inserted(idOf(n), { v: n })]);

        expect((await other.loadDocuments(fixture.collection, [idOf(n)])).size).toBe(1);
        expect(
          await other.findDocuments(fixture.collection, {
            where: [{ field: 'v', eq: n }],
            orderBy: [],
            limit: 9,
          }),
        ).toHaveLength(1);
      }
    });

    it('keep each other’s indexes up', async (fixture, other) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved(numbered(6, (v) => ({ v })));

      const its = segment.asSeenBy(other);
      await its.saved([
        replaced(idOf(0), { v: 9 }, { from: 1, to: 2 }),
        removed(idOf(1), { from: 1, to: 2 }),
        inserted('new', { v: 7 }),
      ]);

      const orderBy = [{ field: 'v', direction: 'asc' as const }];
      expect(await fixture.ids({ orderBy })).toEqual([...[2, 3, 4, 5].map(idOf), 'new', idOf(0)]);
    });

    it('fence each other', async (fixture, other) => {
      const segment = await fixture.begin();
      const its = segment.asSeenBy(other);
      await its.saved([inserted('a', { n: 1 })]);

      const outcome = await segment.save([]);

      expect(outcome).toEqual({ kind: 'fenced' });
      expect(await fixture.store.readRecord(segment.key)).toMatchObject({ version: 2 });
    });

    it('see each other’s collections come and go', async (fixture, other) => {
      const { collection, store } = fixture;
      const segment = await fixture.begin([['v']]);
      await segment.saved(numbered(3, (v) => ({ v })));

      await other.dropCollection(collection);
      await store.createCollection(collection, [['v']]);

      expect(await fixture.find()).toEqual([]);
      await segment.asSeenBy(other).saved([inserted('a', { v: 5 })]);
      expect(await fixture.ids({ where: [{ field: 'v', gte: 0 }] })).toEqual(['a']);
    });

    it('agree on what is parked, and on what was purged', async (fixture, other) => {
      const { collection } = fixture;
      const segment = await fixture.begin();
      await segment.saved([
        { ...inserted('a', {}), parkedSince: at(2) },
        { id: 'b', document: undefined, position: at(1), loadedAt: undefined },
      ]);

      await other.purgeMarkers(collection, at(9));

      expect((await other.loadDocuments(collection, ['a'])).get('a')?.parkedSince).toBe(at(2));
      expect(await fixture.load('b')).toBeUndefined();
    });
  });
}
