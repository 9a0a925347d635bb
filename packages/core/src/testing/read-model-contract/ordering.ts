import type { DocumentQuery } from '../../projection/read-model-store.js';
import { range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import type { Fixture } from './fixture.js';
import { contentOf, idOf, inserted, numbered } from './writes.js';

type Order = DocumentQuery['orderBy'][number];

const asc = (field: string): Order => ({ field, direction: 'asc' });
const desc = (field: string): Order => ({ field, direction: 'desc' });

/** Every kind of value in its order; null and missing are equal, and come first. */
const ORDERED: readonly unknown[] = [
  null,
  -Number.MAX_VALUE,
  -1e21,
  -256,
  -255.5,
  -1,
  -Number.MIN_VALUE,
  0,
  Number.MIN_VALUE,
  0.1,
  1,
  1.5,
  2,
  10,
  255,
  256,
  Number.MAX_SAFE_INTEGER,
  1e21,
  Number.MAX_VALUE,
  '',
  '\u0000',
  '\u0000\u0000',
  '\u0001',
  ' ',
  '0',
  '10',
  '9',
  'A',
  'Z',
  'a',
  'a\u0000',
  'a\u0000b',
  'a ',
  'aa',
  'b',
  '\u007f',
  '\u0080',
  'é',
  'ж',
  '漢',
  '\ue000',
  '\uffee',
  '\uffff',
  '\u{10000}',
  '😀',
  '\u{10ffff}',
  false,
  true,
  new Date(-8_640_000_000_000_000),
  new Date(-1),
  new Date(0),
  new Date(1),
  new Date('2030-01-01'),
  new Date(8_640_000_000_000_000),
];

/** The order in which a query gives what it finds. */
export function describeOrdering(contract: Contract): void {
  const { it } = contract;

  contract.describe('the order of a query', () => {
    it('is that of ids by code point where none is asked for', async (fixture) => {
      const ids = [
        '\u0000',
        ' ',
        '-',
        '1',
        '10',
        '9',
        'A',
        'a',
        'aa',
        'é',
        '漢',
        '\ue000',
        '\uffff',
      ];
      const astral = ['\u{10000}', '😀', '\u{10ffff}'];
      const segment = await fixture.begin();
      await segment.saved([...ids, ...astral].toReversed().map((id) => inserted(id, {})));

      expect(await fixture.ids()).toEqual([...ids, ...astral]);
    });

    it('of ids parts those that share their first 990 bytes', async (fixture) => {
      const ids = range(10).map((n) => `${'p'.repeat(990)}${n}`);
      const segment = await fixture.begin();
      await segment.saved(ids.toReversed().map((id) => inserted(id, {})));

      expect(await fixture.ids()).toEqual(ids);
    });

    it('ascending goes through every kind of value', async (fixture) => {
      await writeOrdered(fixture);

      const found = await fixture.find({ orderBy: [asc('v')] });

      expect(contentOf(found)).toStrictEqual(ORDERED.map((v) => ({ v })));
    });

    it('descending goes through every kind of value', async (fixture) => {
      await writeOrdered(fixture);

      const found = await fixture.find({ orderBy: [desc('v')] });

      expect(contentOf(found)).toStrictEqual(ORDERED.toReversed().map((v) => ({ v })));
    });

    it('takes null and a missing field for equal', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved([
        inserted('a', {}),
        inserted('b', { v: null }),
        inserted('c', {}),
        inserted('d', { v: null }),
        inserted('0', { v: -1 }),
      ]);

      expect(await fixture.ids({ orderBy: [asc('v')] })).toEqual(['a', 'b', 'c', 'd', '0']);
      expect(await fixture.ids({ orderBy: [desc('v')] })).toEqual(['0', 'd', 'c', 'b', 'a']);
    });

    it('parts equal values by id, in the direction of the field', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      const writes = numbered(6, (n) => ({ v: n < 3 ? 'x' : 'y' }));
      await segment.saved(writes.toReversed());

      expect(await fixture.ids({ orderBy: [asc('v')] })).toEqual(range(6).map(idOf));
      expect(await fixture.ids({ orderBy: [desc('v')] })).toEqual(range(6).toReversed().map(idOf));
    });

    for (const [first, last, expected] of [
      ['asc', 'asc', ['0x0', '0x1', '0y0', '0y1', '1x0', '1x1', '1y0', '1y1']],
      ['asc', 'desc', ['0y1', '0y0', '0x1', '0x0', '1y1', '1y0', '1x1', '1x0']],
      ['desc', 'asc', ['1x0', '1x1', '1y0', '1y1', '0x0', '0x1', '0y0', '0y1']],
      ['desc', 'desc', ['1y1', '1y0', '1x1', '1x0', '0y1', '0y0', '0x1', '0x0']],
    ] as const)
      for (const [name, indexes] of [
        ['a compound index', [['a', 'b']]],
        ['an index each', [['a'], ['b']]],
        ['an index the other way round', [['b', 'a']]],
      ] as const)
        it(`of two fields, ${first} and ${last}, over ${name}, has ties by id as the last`, async (fixture) => {
          const segment = await fixture.begin(indexes);
          const ids = ['0x0', '1y1', '0y0', '1x1', '0x1', '1y0', '0y1', '1x0'];
          await segment.saved(ids.map((id) => inserted(id, { a: Number(id[0]), b: id[1] })));

          const found = await fixture.ids({
            orderBy: [
              { field: 'a', direction: first },
              { field: 'b', direction: last },
            ],
          });

          expect(found).toEqual(expected);
        });

    it('of three fields weighs the first most', async (fixture) => {
      const segment = await fixture.begin([['a', 'b', 'c']]);
      await segment.saved(
        numbered(27, (n) => ({ a: n % 3, b: Math.floor(n / 3) % 3, c: Math.floor(n / 9) })),
      );

      const found = await fixture.find({ orderBy: [desc('b'), asc('c'), desc('a')] });

      const expected = [2, 1, 0].flatMap((b) =>
        [0, 1, 2].flatMap((c) => [2, 1, 0].map((a) => ({ a, b, c }))),
      );
      expect(contentOf(found)).toEqual(expected);
    });

    it('goes with conditions on the field, and on others', async (fixture) => {
      const segment = await fixture.begin([['a', 'b'], ['b']]);
      await segment.saved(numbered(40, (n) => ({ a: n % 2, b: 100 - n })));

      const found = await fixture.find({
        where: [
          { field: 'a', eq: 1 },
          { field: 'b', gt: 90 },
        ],
        orderBy: [asc('b')],
      });

      expect(found.map(({ document }) => Reflect.get(document ?? {}, 'b'))).toEqual([
        91, 93, 95, 97, 99,
      ]);
    });

    it('descending goes with a range', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved(numbered(20, (n) => ({ v: n })));

      const ids = await fixture.ids({
        where: [{ field: 'v', gte: 5, lt: 9 }],
        orderBy: [desc('v')],
      });

      expect(ids).toEqual([8, 7, 6, 5].map(idOf));
    });

    it('of long text looks at all of it', async (fixture) => {
      const text = (n: number) => `${'p'.repeat(2_500)}${String(n).padStart(3, '0')}`;
      const segment = await fixture.begin([['v']]);
      await segment.saved(numbered(30, (n) => ({ v: text((n * 7) % 30) })));

      const up = await fixture.find({ orderBy: [asc('v')] });
      const down = await fixture.find({ orderBy: [desc('v')] });

      expect(contentOf(up)).toEqual(range(30).map((n) => ({ v: text(n) })));
      expect(contentOf(down)).toEqual(contentOf(up).toReversed());
    });

    it('of long text in the first field still minds the second', async (fixture) => {
      const long = (n: number) => `${'漢'.repeat(1_000)}${n}`;
      const segment = await fixture.begin([['a', 'b']]);
      await segment.saved(numbered(12, (n) => ({ a: long(n % 3), b: 99 - n })));

      const found = await fixture.find({ orderBy: [asc('a'), asc('b')] });

      const expected = [0, 1, 2].flatMap((a) =>
        [9, 6, 3, 0].map((n) => ({ a: long(a), b: 99 - n - a })),
      );
      expect(contentOf(found)).toEqual(expected);
    });

    it('parts long text that is equal by id', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      const v = 'x'.repeat(3_000);
      await segment.saved(numbered(8, () => ({ v })).toReversed());

      expect(await fixture.ids({ orderBy: [asc('v')] })).toEqual(range(8).map(idOf));
      expect(await fixture.ids({ orderBy: [desc('v')] })).toEqual(range(8).toReversed().map(idOf));
    });
  });
}

async function writeOrdered(fixture: Fixture): Promise<void> {
  const segment = await fixture.begin([['v']]);
  const writes = ORDERED.map((v, n) => inserted(idOf((n * 31) % ORDERED.length), { v }));
  await segment.saved(writes.toReversed());
}
