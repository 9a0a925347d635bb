import { range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import type { Fixture } from './fixture.js';
import { contentOf, idOf, inserted, numbered, removed, replaced } from './writes.js';

/** Indexes follow what becomes of documents. */
export function describeIndexUpkeep(contract: Contract): void {
  const { it } = contract;

  contract.describe('an index', () => {
    it('finds a document by its new value, and not by its old one', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved([inserted('a', { v: 'old' }), inserted('b', { v: 'old' })]);

      await segment.saved([replaced('a', { v: 'new' }, { from: 1, to: 2 })]);

      expect(await by(fixture, 'old')).toEqual(['b']);
      expect(await by(fixture, 'new')).toEqual(['a']);
      expect(await ordered(fixture)).toEqual(['a', 'b']);
    });

    it('shows a document once, however often its value changed', async (fixture) => {
      const segment = await fixture.begin([['v'], ['v', 'w']]);
      await segment.saved([inserted('a', { v: 0, w: 0 })]);

      for (const n of range(30))
        await segment.saved([
          replaced('a', { v: (n * 7) % 10, w: n % 3 }, { from: n + 1, to: n + 2 }),
        ]);

      expect(await fixture.ids({ where: [{ field: 'v', gte: 0 }] })).toEqual(['a']);
      expect(await ordered(fixture)).toEqual(['a']);
    });

    it('follows a value from type to type, to null and away', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      const values = [1, '1', true, new Date(1), null, 0, false, ''];
      await segment.saved([inserted('a', { v: 'first' })]);

      for (const [n, v] of values.entries()) {
        const move = { from: n + 1, to: n + 2 };
        await segment.saved([replaced('a', v === null ? {} : { v }, move)]);

        const found = await Promise.all(values.map((other) => by(fixture, other)));
        expect(found).toEqual(values.map((other) => (other === v ? ['a'] : [])));
      }
    });

    it('finds a document whose other fields changed', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved([inserted('a', { v: 1, n: 1 })]);

      await segment.saved([replaced('a', { v: 1, n: 2 }, { from: 1, to: 2 })]);

      expect(contentOf(await fixture.find({ where: [{ field: 'v', eq: 1 }] }))).toEqual([
        { v: 1, n: 2 },
      ]);
    });

    it('follows a change of the later field of a compound one', async (fixture) => {
      const segment = await fixture.begin([['v', 'w']]);
      await segment.saved([inserted('a', { v: 1, w: 1 }), inserted('b', { v: 1, w: 2 })]);

      await segment.saved([replaced('a', { v: 1, w: 3 }, { from: 1, to: 2 })]);

      const orderBy = [
        { field: 'v', direction: 'asc' as const },
        { field: 'w', direction: 'asc' as const },
      ];
      expect(await fixture.ids({ orderBy })).toEqual(['b', 'a']);
      expect(await fixture.ids({ where: [{ field: 'w', eq: 1 }] })).toEqual([]);
    });

    it('exchanges the values of two documents in one save', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved([inserted('a', { v: 1 }), inserted('b', { v: 2 })]);

      await segment.saved([
        replaced('a', { v: 2 }, { from: 1, to: 2 }),
        replaced('b', { v: 1 }, { from: 1, to: 2 }),
      ]);

      expect(await by(fixture, 1)).toEqual(['b']);
      expect(await by(fixture, 2)).toEqual(['a']);
    });

    it('forgets a removed document, and finds it where it begins anew', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved([inserted('a', { v: 'old' })]);
      await segment.saved([removed('a', { from: 1, to: 2 })]);
      const between = await by(fixture, 'old');
      const loadedAt = (await fixture.load('a'))?.position;

      await segment.saved([{ ...inserted('a', { v: 'new' }), loadedAt }]);

      expect(between).toEqual([]);
      expect(await by(fixture, 'old')).toEqual([]);
      expect(await by(fixture, 'new')).toEqual(['a']);
    });

    it('follows long text that changes in its last character', async (fixture) => {
      const long = 'p'.repeat(3_000);
      const segment = await fixture.begin([['v']]);
      await segment.saved(numbered(5, (n) => ({ v: `${long}${n}` })));

      await segment.saved([replaced(idOf(2), { v: `${long}9` }, { from: 1, to: 2 })]);

      expect(await by(fixture, `${long}2`)).toEqual([]);
      expect(await by(fixture, `${long}9`)).toEqual([idOf(2)]);
      expect(await ordered(fixture)).toEqual([0, 1, 3, 4, 2].map(idOf));
    });

    it('is kept for each field of many', async (fixture) => {
      const fields = range(12).map((n) => `f${n}`);
      const segment = await fixture.begin(fields.map((field) => [field]));
      const content = (n: number) => Object.fromEntries(fields.map((field, f) => [field, n * f]));
      await segment.saved(numbered(6, content));

      await segment.saved([replaced(idOf(3), content(-1), { from: 1, to: 2 })]);

      for (const field of fields.slice(1))
        expect(await fixture.ids({ orderBy: [{ field, direction: 'asc' }] })).toEqual(
          [3, 0, 1, 2, 4, 5].map(idOf),
        );
    });

    it('follows 500 documents that change in one save', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved(numbered(500, (n) => ({ v: n })));

      await segment.saved(
        range(500).map((n) => replaced(idOf(n), { v: 1_000 - n }, { from: 1, to: 2 })),
      );

      expect(await fixture.ids({ where: [{ field: 'v', lte: 500 }] })).toEqual([]);
      expect(await ordered(fixture)).toEqual(range(500).toReversed().map(idOf));
    });
  });
}

function by(fixture: Fixture, eq: string | number | boolean | Date | null): Promise<string[]> {
  return fixture.ids({ where: [{ field: 'v', eq }] });
}

function ordered(fixture: Fixture): Promise<string[]> {
  return fixture.ids({ orderBy: [{ field: 'v', direction: 'asc' }] });
}
