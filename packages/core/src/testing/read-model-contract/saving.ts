import { nonEmpty, range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { at, idOf, inserted, numbered, replaced } from './writes.js';

/** What every store promises of a save, however it commits. */
export function describeSaving(contract: Contract): void {
  const { it } = contract;

  contract.describe('saving', () => {
    it('says how it commits, and how large a document may be', async ({ store }) => {
      expect(['atomic', 'guarded']).toContain(store.commit);
      expect(Number.isSafeInteger(store.maxDocumentBytes)).toBe(true);
      expect(store.maxDocumentBytes).toBeGreaterThan(200_000);
    });

    it('writes documents, and the segment one version on', async (fixture) => {
      const segment = await fixture.begin();

      const outcomes = await fixture.store.save([
        segment.part([inserted('a', { n: 1 }), inserted('b', { n: 2 }, at(2))], {}, { to: 2 }),
      ]);

      expect(outcomes).toEqual([{ kind: 'saved', version: 2 }]);
      expect(await fixture.load('a')).toMatchObject({ document: { n: 1 }, position: at(1) });
      expect(await fixture.load('b')).toMatchObject({ document: { n: 2 }, position: at(2) });
      expect(await fixture.store.readRecord(segment.key)).toEqual({
        key: segment.key,
        version: 2,
        value: { to: 2 },
      });
    });

    it('writes the segment alone where nothing else is to be written', async (fixture) => {
      const segment = await fixture.segment('reactor');

      const outcome = await segment.save([]);

      expect(outcome).toEqual({ kind: 'saved', version: 2 });
      expect(await fixture.store.readRecord('reactor')).toMatchObject({ version: 2 });
    });

    it('goes on from version to version', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([inserted('a', { n: 1 })]);

      for (const n of range(20))
        await segment.saved([replaced('a', { n: n + 2 }, { from: n + 1, to: n + 2 })]);

      expect(segment.version).toBe(22);
      expect(await fixture.load('a')).toMatchObject({ document: { n: 21 }, position: at(21) });
      expect(await fixture.find()).toHaveLength(1);
    });

    it('agrees with compare-and-set on the version of a segment', async (fixture) => {
      const { store } = fixture;
      const segment = await fixture.segment('s');
      await segment.saved([]);

      const versions = [
        await store.writeRecord('s', 'stale', 1),
        await store.writeRecord('s', 'next', 2),
      ];

      expect(versions).toEqual([undefined, 3]);
      expect(await segment.save([])).toEqual({ kind: 'fenced' });
    });

    it('is refused where the segment has no record', async (fixture) => {
      const segment = await fixture.begin();
      await fixture.store.removeRecord(segment.key, segment.version);

      const outcome = await segment.save([]);

      expect(outcome).toEqual({ kind: 'fenced' });
      expect(await fixture.store.readRecord(segment.key)).toBeUndefined();
    });

    it('is refused at a version to come', async (fixture) => {
      const segment = await fixture.begin();
      segment.version += 1;

      const outcome = await segment.save([]);

      expect(outcome).toEqual({ kind: 'fenced' });
      expect(await fixture.store.readRecord(segment.key)).toMatchObject({ version: 1 });
    });

    it('puts records that were not there', async (fixture) => {
      const segment = await fixture.segment('s');

      await segment.saved([], {
        put: [
          { key: 'p/1', value: 1 },
          { key: 'p/2', value: null },
        ],
      });

      expect(await fixture.store.listRecords('p/')).toEqual([
        { key: 'p/1', version: 1, value: 1 },
        { key: 'p/2', version: 1, value: null },
      ]);
    });

    it('puts records over what stands there, one version on', async (fixture) => {
      const { store } = fixture;
      await store.writeRecord('p', 1, undefined);
      await store.writeRecord('p', 2, 1);
      const segment = await fixture.segment('s');

      await segment.saved([], { put: [{ key: 'p', value: 3 }] });

      expect(await store.readRecord('p')).toEqual({ key: 'p', version: 3, value: 3 });
      expect(await store.writeRecord('p', 4, 2)).toBeUndefined();
      expect(await store.writeRecord('p', 4, 3)).toBe(4);
    });

    it('removes records, at whatever version', async (fixture) => {
      const { store } = fixture;
      await store.writeRecord('p/1', 1, undefined);
      await store.writeRecord('p/2', 1, undefined);
      await store.writeRecord('p/2', 2, 1);
      await store.writeRecord('p/3', 3, undefined);
      const segment = await fixture.segment('s');

      await segment.saved([], { remove: ['p/1', 'p/2'] });

      expect(await fixture.keys('p/')).toEqual(['p/3']);
    });

    it('does not mind that a record to remove is not there', async (fixture) => {
      const segment = await fixture.segment('s');

      const outcome = await segment.save([], { remove: ['never', 'never either'] });

      expect(outcome).toEqual({ kind: 'saved', version: 2 });
    });

    it('puts and removes 2,000 records at once', async (fixture) => {
      const segment = await fixture.segment('s');
      const keys = range(2_000).map((n) => `p/${idOf(n)}`);
      await segment.saved([], { put: keys.map((key) => ({ key, value: key })) });
      const there = await fixture.keys('p/');

      await segment.saved([], { remove: keys });

      expect(there).toEqual(keys);
      expect(await fixture.keys('p/')).toEqual([]);
    });

    it('writes 5,000 documents at once', async (fixture) => {
      const segment = await fixture.begin([['n']]);

      await segment.saved(numbered(5_000, (n) => ({ n })));

      expect(await fixture.find()).toHaveLength(5_000);
      expect(await fixture.ids({ where: [{ field: 'n', gte: 4_998 }] })).toEqual(
        [4_998, 4_999].map(idOf),
      );
    });
  });

  describeParts(contract);
}

function describeParts({ describe, it }: Contract): void {
  describe('saving several parts', () => {
    it('gives the outcomes in the order of the parts', async (fixture) => {
      const segments = await Promise.all(range(9).map((n) => fixture.segment(`s/${n}`)));
      for (const [n, segment] of segments.entries())
        for (const _ of range(n)) await segment.saved([]);

      const outcomes = await fixture.store.save(
        nonEmpty(segments.toReversed().map((segment) => segment.part([]))),
      );

      expect(outcomes).toEqual(
        range(9)
          .toReversed()
          .map((n) => ({ kind: 'saved', version: n + 2 })),
      );
    });

    it('writes 64 segments of one collection', async (fixture) => {
      await fixture.begin([['n']]);
      const segments = await Promise.all(
        range(64).map((n) => fixture.segment(`s/${idOf(n)}`, fixture.collection)),
      );

      const outcomes = await fixture.store.save(
        nonEmpty(segments.map((segment, n) => segment.part([inserted(idOf(n), { n })]))),
      );

      expect(outcomes).toEqual(range(64).map(() => ({ kind: 'saved', version: 2 })));
      expect(await fixture.ids()).toEqual(range(64).map(idOf));
      for (const { version } of await fixture.store.listRecords('s/')) expect(version).toBe(2);
    });

    it('writes into several collections, and into none', async (fixture) => {
      const one = await fixture.begin([], 'one');
      const two = await fixture.begin([], 'two');
      const none = await fixture.segment('reactor');

      const outcomes = await fixture.store.save([
        one.part([inserted('a', { n: 1 })]),
        none.part([], { put: [{ key: 'p', value: 1 }] }),
        two.part([inserted('a', { n: 2 })]),
      ]);

      expect(outcomes).toEqual(range(3).map(() => ({ kind: 'saved', version: 2 })));
      expect((await fixture.load('a', 'one'))?.document).toEqual({ n: 1 });
      expect((await fixture.load('a', 'two'))?.document).toEqual({ n: 2 });
      expect(await fixture.store.readRecord('p')).toBeDefined();
    });

    for (const place of [0, 1, 2])
      it(`writes the others where part ${place + 1} of 3 is fenced`, async (fixture) => {
        await fixture.begin();
        const segments = await Promise.all(
          range(3).map((n) => fixture.segment(`s/${n}`, fixture.collection)),
        );
        await fixture.store.writeRecord(`s/${place}`, 'another owner', 1);

        const outcomes = await fixture.store.save(
          nonEmpty(segments.map((segment, n) => segment.part([inserted(idOf(n), { n })]))),
        );

        expect(outcomes.map(({ kind }) => kind)).toEqual(
          range(3).map((n) => (n === place ? 'fenced' : 'saved')),
        );
        expect(await fixture.store.readRecord(`s/${place}`)).toMatchObject({
          version: 2,
          value: 'another owner',
        });
        for (const n of range(3).filter((it) => it !== place)) {
          expect((await fixture.load(idOf(n)))?.document).toEqual({ n });
          expect(await fixture.store.readRecord(`s/${n}`)).toMatchObject({ version: 2 });
        }
      });
  });
}
