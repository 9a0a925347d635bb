import type { FieldCondition } from '../../projection/read-model-store.js';
import { range, sorted } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import type { Fixture } from './fixture.js';
import { inserted, numbered } from './writes.js';

const EARLY = new Date(1_000);
const LATE = new Date(2_000);

/** By id: one document for each kind of value. */
const VALUES: Readonly<Record<string, unknown>> = {
  missing: undefined,
  null: null,
  minus: -5,
  zero: 0,
  half: 0.5,
  ten: 10,
  empty: '',
  upper: 'B',
  lower: 'a',
  word: 'ab',
  digits: '10',
  bmp: '\uffee',
  astral: '😀',
  false: false,
  true: true,
  early: EARLY,
  late: LATE,
};

type Case = readonly [sentence: string, condition: Omit<FieldCondition, 'field'>, ids: string[]];

const EQUALS: readonly Case[] = [
  ['null, and a missing field', { eq: null }, ['missing', 'null']],
  ['0, and neither false nor an empty text', { eq: 0 }, ['zero']],
  ['a number, and not its digits', { eq: 10 }, ['ten']],
  ['digits, and not their number', { eq: '10' }, ['digits']],
  ['a fraction', { eq: 0.5 }, ['half']],
  ['a negative number', { eq: -5 }, ['minus']],
  ['an empty text', { eq: '' }, ['empty']],
  ['text, and nothing that begins with it', { eq: 'a' }, ['lower']],
  ['text in its case', { eq: 'b' }, []],
  ['text beyond 16 bits', { eq: '😀' }, ['astral']],
  ['false, and not what is missing', { eq: false }, ['false']],
  ['true, and not 1', { eq: true }, ['true']],
  ['a date', { eq: new Date(1_000) }, ['early']],
  ['a date, and not its milliseconds', { eq: 1_000 }, []],
  ['a date, and not its text', { eq: EARLY.toISOString() }, []],
];

const RANGES: readonly Case[] = [
  ['numbers above', { gt: 0 }, ['half', 'ten']],
  ['numbers from', { gte: 0 }, ['half', 'ten', 'zero']],
  ['numbers below', { lt: 0.5 }, ['minus', 'zero']],
  ['numbers up to', { lte: 0.5 }, ['half', 'minus', 'zero']],
  ['numbers between', { gt: -5, lt: 10 }, ['half', 'zero']],
  ['numbers between, ends included', { gte: -5, lte: 10 }, ['half', 'minus', 'ten', 'zero']],
  ['no numbers between ends that are crossed', { gt: 10, lt: 0 }, []],
  ['no numbers between ends that touch', { gte: 0, lt: 0 }, []],
  ['one number between ends that are it', { gte: 0, lte: 0 }, ['zero']],
  [
    'text from the empty one',
    { gte: '' },
    ['astral', 'bmp', 'digits', 'empty', 'lower', 'upper', 'word'],
  ],
  ['text above', { gt: 'a' }, ['astral', 'bmp', 'word']],
  ['text below', { lt: 'a' }, ['digits', 'empty', 'upper']],
  ['text by code point, above', { gt: '\uffee' }, ['astral']],
  ['text by code point, below', { gte: 'b', lt: '😀' }, ['bmp']],
  ['text that begins with something', { gte: 'a', lt: 'b' }, ['lower', 'word']],
  ['no text for a number', { gte: '0', lt: '5' }, ['digits']],
  ['dates above', { gt: EARLY }, ['late']],
  ['dates from', { gte: EARLY }, ['early', 'late']],
  ['dates below', { lt: LATE }, ['early']],
  ['dates up to', { lte: new Date(2_000) }, ['early', 'late']],
  ['booleans above', { gt: false }, ['true']],
  ['booleans from', { gte: false }, ['false', 'true']],
  ['booleans below', { lt: true }, ['false']],
  ['what equals and lies within', { eq: 10, gt: 0 }, ['ten']],
  ['nothing that equals and lies outside', { eq: 10, gt: 10 }, []],
  ['nothing within ends of two types', { gt: 0, lt: 'z' }, []],
];

/** What a query finds. */
export function describeConditions(contract: Contract): void {
  const { it } = contract;

  contract.describe('a query', () => {
    it('without conditions finds every document', async (fixture) => {
      await write(fixture);

      expect(await fixture.ids()).toEqual(sorted(Object.keys(VALUES)));
    });

    it('takes a condition that says nothing for none', async (fixture) => {
      await write(fixture);
      const nothing = {
        eq: undefined,
        gt: undefined,
        gte: undefined,
        lt: undefined,
        lte: undefined,
      };

      expect(await fixture.ids({ where: [{ field: 'v', ...nothing }] })).toEqual(
        sorted(Object.keys(VALUES)),
      );
    });

    for (const [sentence, condition, ids] of EQUALS)
      it(`for equal values finds ${sentence}`, async (fixture) => {
        await write(fixture);

        expect(await fixture.ids({ where: [{ field: 'v', ...condition }] })).toEqual(ids);
      });

    for (const [sentence, condition, ids] of RANGES)
      it(`for a range finds ${sentence}`, async (fixture) => {
        await write(fixture);

        const found = await fixture.ids({ where: [{ field: 'v', ...condition }] });

        expect(found).toEqual(ids);
      });

    it('asks for all of several conditions', async (fixture) => {
      const segment = await fixture.begin([['a'], ['b'], ['a', 'b']]);
      await segment.saved(numbered(60, (n) => ({ a: n % 3, b: n % 5, c: n })));

      const found = await fixture.find({
        where: [
          { field: 'a', eq: 1 },
          { field: 'b', gte: 3 },
        ],
      });

      expect(found.map(({ document }) => Reflect.get(document ?? {}, 'c'))).toEqual(
        range(60).filter((n) => n % 3 === 1 && n % 5 >= 3),
      );
    });

    it('asks for conditions on fields of different indexes', async (fixture) => {
      const segment = await fixture.begin([['a'], ['b']]);
      await segment.saved(numbered(30, (n) => ({ a: n % 2, b: n })));

      const found = await fixture.find({
        where: [
          { field: 'a', eq: 0 },
          { field: 'b', gt: 20 },
        ],
        orderBy: [{ field: 'b', direction: 'desc' }],
      });

      expect(found.map(({ document }) => Reflect.get(document ?? {}, 'b'))).toEqual([
        28, 26, 24, 22,
      ]);
    });

    it('asks for a later field of a compound index alone', async (fixture) => {
      const segment = await fixture.begin([['a', 'b']]);
      await segment.saved(numbered(30, (n) => ({ a: n, b: n % 3 })));

      expect(await fixture.ids({ where: [{ field: 'b', eq: 2 }] })).toHaveLength(10);
      expect(await fixture.ids({ where: [{ field: 'b', gt: 2 }] })).toEqual([]);
    });

    it('asks for two ranges at once', async (fixture) => {
      const segment = await fixture.begin([['a', 'b']]);
      await segment.saved(numbered(100, (n) => ({ a: n % 10, b: Math.floor(n / 10) })));

      const found = await fixture.find({
        where: [
          { field: 'a', gt: 2, lt: 5 },
          { field: 'b', gte: 8 },
        ],
      });

      expect(found.map(({ document }) => document)).toEqual([
        { a: 3, b: 8 },
        { a: 4, b: 8 },
        { a: 3, b: 9 },
        { a: 4, b: 9 },
      ]);
    });

    it('asks for several conditions on one field', async (fixture) => {
      await write(fixture);

      const ids = await fixture.ids({
        where: [
          { field: 'v', gt: -5 },
          { field: 'v', lt: 10 },
        ],
      });

      expect(ids).toEqual(['half', 'zero']);
    });

    it('finds null and missing by a compound index', async (fixture) => {
      const segment = await fixture.begin([['a', 'b']]);
      await segment.saved([
        inserted('1', { a: null, b: 1 }),
        inserted('2', { b: 1 }),
        inserted('3', { a: 1, b: 1 }),
        inserted('4', { a: null }),
        inserted('5', {}),
      ]);

      expect(await fixture.ids({ where: [{ field: 'a', eq: null }] })).toEqual([
        '1',
        '2',
        '4',
        '5',
      ]);
      expect(
        await fixture.ids({
          where: [
            { field: 'a', eq: null },
            { field: 'b', eq: null },
          ],
        }),
      ).toEqual(['4', '5']);
    });

    it('tells long text apart that shares its first 2,500 characters', async (fixture) => {
      const prefix = 'p'.repeat(2_500);
      const segment = await fixture.begin([['v']]);
      await segment.saved(range(9).map((n) => inserted(`d${n}`, { v: `${prefix}${n}` })));

      expect(await fixture.ids({ where: [{ field: 'v', eq: `${prefix}4` }] })).toEqual(['d4']);
      expect(await fixture.ids({ where: [{ field: 'v', eq: prefix }] })).toEqual([]);
      expect(await fixture.ids({ where: [{ field: 'v', gt: `${prefix}6` }] })).toEqual([
        'd7',
        'd8',
      ]);
      expect(await fixture.ids({ where: [{ field: 'v', lte: `${prefix}1` }] })).toEqual([
        'd0',
        'd1',
      ]);
    });

    it('does not stumble over lists and objects in an indexed field', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved([
        inserted('a', { v: [1, 2] }),
        inserted('b', { v: { w: 1 } }),
        inserted('c', { v: 1 }),
      ]);

      expect(await fixture.ids()).toEqual(['a', 'b', 'c']);
      expect(await fixture.ids({ where: [{ field: 'v', eq: 1 }] })).toEqual(['c']);
    });

    it('looks at the fields of the document itself, whatever their names', async (fixture) => {
      const names = ['id', 'position', '_id', 'version', 'key', 'value', 'parkedSince', 'document'];
      const segment = await fixture.begin(names.map((name) => [name]));
      await segment.saved([
        inserted('a', Object.fromEntries(names.map((name) => [name, 1]))),
        inserted('b', Object.fromEntries(names.map((name) => [name, 2]))),
      ]);

      for (const field of names) {
        expect(await fixture.ids({ where: [{ field, eq: 2 }] })).toEqual(['b']);
        expect(await fixture.ids({ orderBy: [{ field, direction: 'desc' }] })).toEqual(['b', 'a']);
      }
    });

    it('does not find a field of the prototype', async (fixture) => {
      const segment = await fixture.begin([['constructor'], ['toString']]);
      await segment.saved([inserted('a', {}), inserted('b', { toString: 1 })]);

      expect(await fixture.ids({ where: [{ field: 'constructor', eq: null }] })).toEqual([
        'a',
        'b',
      ]);
      expect(await fixture.ids({ where: [{ field: 'toString', eq: null }] })).toEqual(['a']);
    });
  });
}

async function write(fixture: Fixture): Promise<void> {
  const segment = await fixture.begin([['v']]);
  const entries = Object.entries(VALUES);
  await segment.saved(
    entries.map(([id, v]) => inserted(id, v === undefined ? {} : { v })).toReversed(),
  );
}
