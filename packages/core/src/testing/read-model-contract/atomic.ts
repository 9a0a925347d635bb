import { range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { at, contentOf, idOf, inserted, numbered, removed, replaced } from './writes.js';

/** Stores that commit documents, records and checkpoint together. */
export function describeAtomic(contract: Contract): void {
  const it: Contract['it'] = (sentence, behaviour) =>
    contract.itWhere('atomic', sentence, behaviour);

  contract.describe('an atomic save that is fenced', () => {
    it('inserts no document', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      await fixture.store.writeRecord(segment.key, 'another owner', 1);

      const outcome = await segment.save(numbered(10, (n) => ({ n })));

      expect(outcome).toEqual({ kind: 'fenced' });
      expect(await fixture.find()).toEqual([]);
      expect(await fixture.find({ where: [{ field: 'n', gte: 0 }] })).toEqual([]);
      expect(await fixture.load(idOf(0))).toBeUndefined();
    });

    it('replaces no document, and leaves the indexes alone', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      await segment.saved([inserted('a', { n: 1 })]);
      await fixture.store.writeRecord(segment.key, 'another owner', segment.version);

      const outcome = await segment.save([replaced('a', { n: 2 }, { from: 1, to: 2 })]);

      expect(outcome).toEqual({ kind: 'fenced' });
      expect(await fixture.load('a')).toEqual({ id: 'a', document: { n: 1 }, position: at(1) });
      expect(await fixture.ids({ where: [{ field: 'n', eq: 1 }] })).toEqual(['a']);
      expect(await fixture.ids({ where: [{ field: 'n', eq: 2 }] })).toEqual([]);
    });

    it('removes no document', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      await segment.saved([inserted('a', { n: 1 })]);
      await fixture.store.writeRecord(segment.key, 'another owner', segment.version);

      const outcome = await segment.save([removed('a', { from: 1, to: 2 })]);

      expect(outcome).toEqual({ kind: 'fenced' });
      expect(contentOf(await fixture.find())).toEqual([{ n: 1 }]);
    });

    it('puts and removes no record', async (fixture) => {
      const { store } = fixture;
      const segment = await fixture.begin();
      await store.writeRecord('p/old', 1, undefined);
      await store.writeRecord('p/there', 1, undefined);
      await store.writeRecord(segment.key, 'another owner', 1);

      const outcome = await segment.save([inserted('a', {})], {
        put: [
          { key: 'p/new', value: 1 },
          { key: 'p/there', value: 2 },
        ],
        remove: ['p/old'],
      });

      expect(outcome).toEqual({ kind: 'fenced' });
      expect(await store.listRecords('p/')).toEqual([
        { key: 'p/old', version: 1, value: 1 },
        { key: 'p/there', version: 1, value: 1 },
      ]);
    });

    it('leaves nothing of its part where the others are written', async (fixture) => {
      const { store, collection } = fixture;
      await fixture.begin();
      const [one, two, three] = [
        await fixture.segment('s/1', collection),
        await fixture.segment('s/2', collection),
        await fixture.segment('s/3', collection),
      ];
      await store.writeRecord('s/2', 'another owner', 1);

      const outcomes = await store.save([
        one.part([inserted('a', {})], { put: [{ key: 'p/1', value: 1 }] }),
        two.part([inserted('b', {})], { put: [{ key: 'p/2', value: 1 }] }),
        three.part([inserted('c', {})], { put: [{ key: 'p/3', value: 1 }] }),
      ]);

      expect(outcomes.map(({ kind }) => kind)).toEqual(['saved', 'fenced', 'saved']);
      expect(await fixture.ids()).toEqual(['a', 'c']);
      expect(await fixture.load('b')).toBeUndefined();
      expect(await fixture.keys('p/')).toEqual(['p/1', 'p/3']);
    });

    it('may be of 1,000 documents and leaves none', async (fixture) => {
      const segment = await fixture.begin();
      segment.version = 7;

      await segment.save(numbered(1_000, (n) => ({ n })));

      const ids = range(1_000).map(idOf);
      expect((await fixture.store.loadDocuments(fixture.collection, ids)).size).toBe(0);
    });
  });

  contract.describe('an atomic store', () => {
    it('lets a removed document begin anew', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      await segment.saved([inserted('a', { n: 1 })]);
      await segment.saved([removed('a', { from: 1, to: 2 })]);

      await segment.saved([inserted('a', { n: 3 }, at(3))]);

      expect(await fixture.find({ where: [{ field: 'n', gte: 0 }] })).toEqual([
        { id: 'a', document: { n: 3 }, position: at(3) },
      ]);
    });

    it('does not mind that a document to remove is not there', async (fixture) => {
      const segment = await fixture.begin();

      const outcome = await segment.save([
        { ...removed('a', { from: 1, to: 2 }), loadedAt: undefined },
      ]);

      expect(outcome).toEqual({ kind: 'saved', version: 2 });
      expect(await fixture.load('a')).toBeUndefined();
    });

    it('has no markers to purge', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin();
      await segment.saved([inserted('a', {}), inserted('b', {})]);
      await segment.saved([removed('a', { from: 1, to: 2 })]);

      const purged = await store.purgeMarkers(collection, at(9));

      expect(purged).toBe(0);
      expect(await fixture.ids()).toEqual(['b']);
    });
  });
}
