import { range, sorted } from '../outcomes.js';
import { expect } from '../runner.js';
import { untilWon } from './attempts.js';
import type { Contract } from './contract.js';
import { at, contentOf, idOf, inserted, numbered, removed, replaced } from './writes.js';

/** Stores that write one after the other: a document only where it stands where it was loaded. */
export function describeGuarded(contract: Contract): void {
  const it: Contract['it'] = (sentence, behaviour) =>
    contract.itWhere('guarded', sentence, behaviour);

  contract.describe('a guarded save', () => {
    it('replaces a document that stands where it was loaded', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([inserted('a', { n: 1 }, at(5))]);

      const outcome = await segment.save([replaced('a', { n: 2 }, { from: 5, to: 6 })]);

      expect(outcome).toEqual({ kind: 'saved', version: 3 });
      expect(await fixture.load('a')).toMatchObject({ document: { n: 2 }, position: at(6) });
    });

    for (const [name, from] of [
      ['earlier', 4],
      ['later', 6],
    ] as const)
      it(`leaves a document alone that was loaded ${name} than it stands`, async (fixture) => {
        const segment = await fixture.begin([['n']]);
        await segment.saved([inserted('a', { n: 1 }, at(5))]);

        const outcome = await segment.save([replaced('a', { n: 2 }, { from, to: 7 })]);

        expect(outcome).toEqual({ kind: 'stale', ids: ['a'] });
        expect(await fixture.find({ where: [{ field: 'n', gte: 0 }] })).toEqual([
          { id: 'a', document: { n: 1 }, position: at(5) },
        ]);
      });

    it('inserts only where there is none', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      await segment.saved([inserted('a', { n: 1 }, at(5))]);

      const outcome = await segment.save([inserted('a', { n: 2 }, at(9))]);

      expect(outcome).toEqual({ kind: 'stale', ids: ['a'] });
      expect(await fixture.load('a')).toEqual({ id: 'a', document: { n: 1 }, position: at(5) });
      expect(await fixture.ids({ where: [{ field: 'n', eq: 2 }] })).toEqual([]);
    });

    it('replaces nothing where there is none', async (fixture) => {
      const segment = await fixture.begin([['n']]);

      const outcome = await segment.save([replaced('a', { n: 2 }, { from: 1, to: 2 })]);

      expect(outcome).toEqual({ kind: 'stale', ids: ['a'] });
      expect(await fixture.load('a')).toBeUndefined();
      expect(await fixture.find()).toEqual([]);
    });

    it('removes nothing that does not stand where it was loaded', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      await segment.saved([inserted('a', { n: 1 }, at(5))]);

      const outcome = await segment.save([removed('a', { from: 4, to: 7 })]);

      expect(outcome).toEqual({ kind: 'stale', ids: ['a'] });
      expect(contentOf(await fixture.find())).toEqual([{ n: 1 }]);
    });

    it('does not move the segment when a document is stale', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([inserted('a', {}, at(5))]);
      const before = await fixture.store.readRecord(segment.key);

      await segment.save([inserted('b', {}), replaced('a', {}, { from: 4, to: 7 })]);

      expect(await fixture.store.readRecord(segment.key)).toEqual(before);
    });

    it('names every stale document and no other', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved(numbered(40, () => ({ v: 1 })));
      const writes = range(40).map((n) =>
        replaced(idOf(n), { v: 2 }, { from: n % 3 === 0 ? 7 : 1, to: 8 }),
      );

      const outcome = await segment.save([...writes, inserted('new', {}, at(8))]);

      expect(outcome.kind).toBe('stale');
      expect(outcome.kind === 'stale' ? sorted([...outcome.ids]) : []).toEqual(
        range(40)
          .filter((n) => n % 3 === 0)
          .map(idOf),
      );
    });

    it('leaves every stale document as it stands', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved(numbered(10, () => ({ v: 1 })));
      const writes = range(10).map((n) =>
        replaced(idOf(n), { v: 2 }, { from: n % 2 === 0 ? 7 : 1, to: 8 }),
      );

      await segment.save(writes);

      for (const n of range(10).filter((it) => it % 2 === 0))
        expect(await fixture.load(idOf(n))).toMatchObject({ document: { v: 1 }, position: at(1) });
      expect((await fixture.ids({ where: [{ field: 'v', eq: 2 }] })).filter(isEven)).toEqual([]);
    });

    it('does not remove records when a document is stale', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([inserted('a', {}, at(5))], { put: [{ key: 'p', value: 1 }] });

      const outcome = await segment.save([inserted('a', {}, at(7))], { remove: ['p'] });

      expect(outcome.kind).toBe('stale');
      expect(await fixture.store.readRecord('p')).toBeDefined();
    });

    it('succeeds once the stale documents were loaded again', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([inserted('a', { n: 5 }, at(5)), inserted('b', { n: 1 })]);
      const outcome = await segment.save([
        replaced('a', { n: 9 }, { from: 4, to: 9 }),
        replaced('b', { n: 9 }, { from: 1, to: 9 }),
      ]);
      const loadedAt = async (id: string) => (await fixture.load(id))?.position;

      const again = await segment.save([
        { ...inserted('a', { n: 9 }, at(9)), loadedAt: await loadedAt('a') },
        { ...inserted('b', { n: 9 }, at(9)), loadedAt: await loadedAt('b') },
      ]);

      expect([outcome.kind, again.kind]).toEqual(['stale', 'saved']);
      expect(contentOf(await fixture.find())).toEqual([{ n: 9 }, { n: 9 }]);
    });

    it('does not let a stale part hold back the others', async (fixture) => {
      const { store, collection } = fixture;
      const first = await fixture.begin();
      await first.saved([inserted('a', { n: 1 }, at(5))]);
      const [two, three] = [
        await fixture.segment('s/2', collection),
        await fixture.segment('s/3', collection),
      ];
      await store.writeRecord('s/3', 'another owner', 1);

      const outcomes = await store.save([
        three.part([]),
        first.part([inserted('a', { n: 2 }, at(7))]),
        two.part([inserted('b', { n: 3 })]),
      ]);

      expect(outcomes).toEqual([
        { kind: 'fenced' },
        { kind: 'stale', ids: ['a'] },
        { kind: 'saved', version: 2 },
      ]);
      expect(contentOf(await fixture.find())).toEqual([{ n: 1 }, { n: 3 }]);
    });

    it('never moves the segment of another owner, whatever it writes', async (fixture) => {
      const { store } = fixture;
      const segment = await fixture.begin();
      const stale = segment.asSeenBy(store);
      await segment.saved([inserted('a', { n: 1 }, at(5))]);

      const outcome = await stale.save([inserted('b', { n: 2 }, at(5))]);

      expect(outcome).toEqual({ kind: 'fenced' });
      expect(await store.readRecord(segment.key)).toMatchObject({ version: 2 });
    });

    it('lets one of 64 insert a new document', async (fixture) => {
      const stores = await fixture.both();
      await fixture.begin([['n']]);
      const segments = await Promise.all(
        range(64).map(async (n) =>
          (await fixture.segment(`s/${n}`, fixture.collection)).asSeenBy(stores[n % 2 ? 1 : 0]),
        ),
      );

      const outcomes = await Promise.all(
        segments.map((segment, n) => segment.save([inserted('new', { n }, at(n + 1))])),
      );

      const winners = range(64).filter((n) => outcomes[n]?.kind === 'saved');
      expect(winners).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'stale')).toHaveLength(63);
      const stored = { document: { n: winners[0] }, position: at(Number(winners[0]) + 1) };
      expect(await fixture.find({ where: [{ field: 'n', gte: 0 }] })).toEqual([
        { id: 'new', ...stored },
      ]);
    });

    it('lets one of 64 replace a document', async (fixture) => {
      const stores = await fixture.both();
      const first = await fixture.begin([['n']]);
      await first.saved([inserted('a', { n: -1 })]);
      const segments = await Promise.all(
        range(64).map(async (n) =>
          (await fixture.segment(`s/${n}`, fixture.collection)).asSeenBy(stores[n % 2 ? 1 : 0]),
        ),
      );

      const outcomes = await Promise.all(
        segments.map((segment, n) => segment.save([replaced('a', { n }, { from: 1, to: n + 2 })])),
      );

      const winners = range(64).filter((n) => outcomes[n]?.kind === 'saved');
      expect(winners).toHaveLength(1);
      expect(outcomes.filter(({ kind }) => kind === 'stale')).toHaveLength(63);
      expect(contentOf(await fixture.find({ where: [{ field: 'n', gte: -1 }] }))).toEqual([
        { n: winners[0] },
      ]);
    });

    it('counts every addition of many who load again until they win', async (fixture) => {
      const stores = await fixture.both();
      const first = await fixture.begin();
      await first.saved([inserted('sum', { n: 0 }, at(0))]);
      const addOne = async (by: number): Promise<void> => {
        const store = stores[by % 2 ? 1 : 0];
        const segment = (await fixture.segment(`s/${by}`, fixture.collection)).asSeenBy(store);
        await untilWon(async () => {
          const { collection } = fixture;
          const stored = (await store.loadDocuments(collection, ['sum'])).get('sum');
          const n = Number(Reflect.get(stored?.document ?? {}, 'n'));
          const write = replaced('sum', { n: n + 1 }, { from: n, to: n + 1 });
          return (await segment.save([write])).kind === 'saved';
        });
      };

      await fixture.patience.for('16 writers', Promise.all(range(16).map(addOne)));

      expect(await fixture.load('sum')).toMatchObject({ document: { n: 16 }, position: at(16) });
    });
  });
}

function isEven(id: string): boolean {
  return Number(id.slice(1)) % 2 === 0;
}
