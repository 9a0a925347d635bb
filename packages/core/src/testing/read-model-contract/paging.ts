import type { DocumentQuery, Scalar, StoredDocument } from '../../projection/read-model-store.js';
import { range, sorted } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import type { Fixture } from './fixture.js';
import { idOf, inserted, numbered, removed, replaced } from './writes.js';

type Order = DocumentQuery['orderBy'];

const byV: Order = [{ field: 'v', direction: 'asc' }];
const byVDown: Order = [{ field: 'v', direction: 'desc' }];

/** The place of a document: where the next page begins. */
export function placeOf(
  { id, document }: StoredDocument,
  orderBy: Order,
): { readonly values: readonly Scalar[]; readonly id: string } {
  const own = (field: string) =>
    Object.getOwnPropertyDescriptor(document ?? {}, field)?.value as Scalar | undefined;
  return { id, values: orderBy.map(({ field }) => own(field) ?? null) };
}

/** The ids of all pages, and what happens between them. */
async function paged(
  fixture: Fixture,
  query: Partial<DocumentQuery> & { readonly limit: number },
  between: (page: number) => Promise<void> = async () => undefined,
): Promise<string[]> {
  const ids: string[] = [];
  let after = query.after;
  for (let page = 0; page < 2_000; page += 1) {
    const found = await fixture.find({ ...query, after });
    ids.push(...found.map(({ id }) => id));
    const last = found.at(-1);
    if (last === undefined || found.length < query.limit) return ids;
    expect(found).toHaveLength(query.limit);
    after = placeOf(last, query.orderBy ?? []);
    await between(page);
  }
  throw new Error('The pages never end.');
}

/** Pages: limits, and going on behind a place. */
export function describePaging(contract: Contract): void {
  const { it } = contract;

  contract.describe('pages', () => {
    it('have at most as many documents as asked for', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved(numbered(10, (n) => ({ v: 9 - n })));

      expect(await fixture.ids({ limit: 1 })).toEqual([idOf(0)]);
      expect(await fixture.ids({ limit: 3 })).toEqual([0, 1, 2].map(idOf));
      expect(await fixture.ids({ limit: 3, orderBy: byV })).toEqual([9, 8, 7].map(idOf));
      expect(await fixture.ids({ limit: 10 })).toHaveLength(10);
      expect(await fixture.ids({ limit: 11 })).toHaveLength(10);
    });

    it('count what the conditions find', async (fixture) => {
      const segment = await fixture.begin([['v'], ['w']]);
      await segment.saved(numbered(100, (n) => ({ v: n, w: n % 10 })));

      const ids = await fixture.ids({ where: [{ field: 'w', eq: 9 }], orderBy: byV, limit: 4 });

      expect(ids).toEqual([9, 19, 29, 39].map(idOf));
    });

    it('by id begin behind a place', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved(numbered(6, () => ({})));

      expect(await fixture.ids({ after: { values: [], id: idOf(3) } })).toEqual([4, 5].map(idOf));
      expect(await fixture.ids({ after: { values: [], id: idOf(5) } })).toEqual([]);
      expect(await fixture.ids({ after: { values: [], id: 'a' } })).toHaveLength(6);
    });

    for (const size of [1, 2, 3, 7])
      it(`of ${size} go through equal values without a gap or a repeat`, async (fixture) => {
        const segment = await fixture.begin([['v']]);
        await segment.saved(numbered(24, (n) => ({ v: n < 12 ? 'same' : null })));

        const up = await paged(fixture, { orderBy: byV, limit: size });
        const down = await paged(fixture, { orderBy: byVDown, limit: size });

        expect(up).toEqual([...range(12).map((n) => n + 12), ...range(12)].map(idOf));
        expect(down).toEqual(up.toReversed());
      });

    for (const direction of ['asc', 'desc'] as const)
      it(`of one document go ${direction} through every kind of value`, async (fixture) => {
        const kinds = [null, undefined, -1, 0, 1, '', 'a', '\uffee', '😀', false, true];
        const values = [...kinds, new Date(-1), new Date(0), new Date(1)];
        const segment = await fixture.begin([['v']]);
        await segment.saved(
          values.flatMap((v, n) => [
            inserted(idOf(n), v === undefined ? {} : { v }),
            inserted(`e${n}`, v === undefined ? {} : { v }),
          ]),
        );
        const orderBy = [{ field: 'v', direction }];

        const ids = await paged(fixture, { orderBy, limit: 1 });

        expect(ids).toEqual(await fixture.ids({ orderBy }));
        expect(new Set(ids).size).toBe(2 * values.length);
      });

    for (const [first, last] of [
      ['asc', 'desc'],
      ['desc', 'asc'],
      ['desc', 'desc'],
    ] as const)
      it(`of one document go through two fields, ${first} and ${last}`, async (fixture) => {
        const segment = await fixture.begin([['v', 'w']]);
        await segment.saved(
          numbered(36, (n) => ({ v: n % 3, w: ['x', 'y', null][n % 4] ?? null })),
        );
        const orderBy: Order = [
          { field: 'v', direction: first },
          { field: 'w', direction: last },
        ];

        const ids = await paged(fixture, { orderBy, limit: 1 });

        expect(ids).toEqual(await fixture.ids({ orderBy }));
        expect(new Set(ids).size).toBe(36);
      });

    it('go on with conditions', async (fixture) => {
      const segment = await fixture.begin([['v'], ['w', 'v']]);
      await segment.saved(numbered(90, (n) => ({ v: n % 5, w: n % 3 })));
      const where = [
        { field: 'w', eq: 1 },
        { field: 'v', gt: 0, lte: 3 },
      ];

      const ids = await paged(fixture, { where, orderBy: byVDown, limit: 2 });

      expect(ids).toEqual(await fixture.ids({ where, orderBy: byVDown }));
      expect(ids).toHaveLength(18);
    });

    it('part long equal text by id', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      const v = 'x'.repeat(2_500);
      await segment.saved([
        ...numbered(9, (n) => ({ v: n < 5 ? v : `${v}${n}` })),
        inserted('z', { v }),
      ]);

      const ids = await paged(fixture, { orderBy: byV, limit: 1 });

      expect(ids).toEqual([...range(5).map(idOf), 'z', ...[5, 6, 7, 8].map(idOf)]);
    });

    it('part ids by code point', async (fixture) => {
      const ids = ['a', '\ue000', '\uffee', '\uffff', '\u{10000}', '😀'];
      const segment = await fixture.begin([['v']]);
      await segment.saved(ids.toReversed().map((id) => inserted(id, { v: 1 })));

      expect(await paged(fixture, { limit: 1 })).toEqual(ids);
      expect(await paged(fixture, { orderBy: byV, limit: 1 })).toEqual(ids);
      expect(await paged(fixture, { orderBy: byVDown, limit: 1 })).toEqual(ids.toReversed());
    });

    it('begin behind a place where no document ever was', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved(numbered(10, (n) => ({ v: n })));

      const behind = (v: Scalar, id: string, orderBy: Order) =>
        fixture.ids({ orderBy, after: { values: [v], id } });

      expect(await behind(6.5, 'x', byV)).toEqual([7, 8, 9].map(idOf));
      expect(await behind(7, '', byV)).toEqual([7, 8, 9].map(idOf));
      expect(await behind(7, 'z', byV)).toEqual([8, 9].map(idOf));
      expect(await behind(2.5, 'x', byVDown)).toEqual([2, 1, 0].map(idOf));
      expect(await behind(2, 'z', byVDown)).toEqual([2, 1, 0].map(idOf));
      expect(await behind('text', 'x', byV)).toEqual([]);
      expect(await behind(null, 'x', byV)).toHaveLength(10);
    });

    it('go on behind a document that is gone', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved(numbered(12, () => ({ v: 1 })));

      const ids = await paged(fixture, { orderBy: byV, limit: 1 }, (page) =>
        segment.saved([removed(idOf(page), { from: 1, to: 2 })]),
      );

      expect(ids).toEqual(range(12).map(idOf));
      expect(await fixture.ids()).toEqual([]);
    });

    it('go on behind a document that has moved', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved(numbered(12, (n) => ({ v: n })));

      const ids = await paged(fixture, { orderBy: byV, limit: 1 }, (page) =>
        segment.saved([replaced(idOf(page), { v: -1 - page }, { from: 1, to: 2 })]),
      );

      expect(ids).toEqual(range(12).map(idOf));
    });

    it('go on by id behind a document that is gone', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved(numbered(12, () => ({})));

      const ids = await paged(fixture, { limit: 2 }, (page) =>
        segment.saved([removed(idOf(page * 2 + 1), { from: 1, to: 2 })]),
      );

      expect(ids).toEqual(range(12).map(idOf));
    });

    for (const [name, orderBy] of [
      ['by id', []],
      ['ascending', byV],
      ['descending', byVDown],
    ] as const)
      it(`${name} meet every document once that stays while others come, go and change`, async (fixture) => {
        const segment = await fixture.begin([['v'], ['w']]);
        const staying = range(60).map((n) => inserted(`s${idOf(n)}`, { v: n % 4, w: 0 }));
        const going = range(60).map((n) => inserted(`g${idOf(n)}`, { v: n % 4, w: 0 }));
        await segment.saved([...staying, ...going]);

        const ids = await paged(fixture, { orderBy, limit: 4 }, async (page) => {
          if (page >= 20) return;
          const [gone, moved] = [`g${idOf(page)}`, `g${idOf(page + 20)}`];
          await segment.saved([
            removed(gone, { from: 1, to: 2 }),
            replaced(moved, { v: 3 - (page % 4), w: 1 }, { from: 1, to: 2 }),
            replaced(`s${idOf(page)}`, { v: page % 4, w: page + 1 }, { from: 1, to: 2 }),
            inserted(`n${idOf(page)}`, { v: page % 4, w: 2 }),
          ]);
        });

        const met = ids.filter((id) => id.startsWith('s'));
        expect(sorted(met)).toEqual(staying.map(({ id }) => id));
      });
  });
}
