import { range, sorted } from '../outcomes.js';
import { expect } from '../runner.js';
import { HOSTILE_KEYS, VALUES } from '../values.js';
import type { Contract } from './contract.js';
import type { Fixture } from './fixture.js';
import { inserted } from './writes.js';

const DATE = new Date('2030-01-02T03:04:05.678Z');

const DATES: readonly (readonly [name: string, date: Date])[] = [
  ['of today', DATE],
  ['of 1970', new Date(0)],
  ['before 1970', new Date(-1)],
  ['of the year 0', new Date('0000-01-01T00:00:00.000Z')],
  ['as early as there are', new Date(-8_640_000_000_000_000)],
  ['as late as there are', new Date(8_640_000_000_000_000)],
];

const LOOKING_LIKE_DATES: readonly (readonly [name: string, value: unknown])[] = [
  ['text in ISO 8601', '2030-01-02T03:04:05.678Z'],
  ['text in ISO 8601 behind a mark', ['$date:2030-01-02T03:04:05.678Z', '\u0000D2030', 'D:0']],
  ['milliseconds', DATE.getTime()],
  ['{ $date: text }', { $date: '2030-01-02T03:04:05.678Z' }],
  ['{ $date: milliseconds }', { $date: 1_893_553_445_678 }],
  ['{ $date: { $date: text } }', { $date: { $date: '2030-01-02T03:04:05.678Z' } }],
  ['{ $date: Date }', { $date: DATE }],
  ['{ $numberLong }', { $date: { $numberLong: '0' } }],
  ['{ date }', { date: '2030-01-02T03:04:05.678Z' }],
  ['{ __date }', { __date: '2030-01-02T03:04:05.678Z' }],
  ['{ $escaped }', { $escaped: { $date: 0 }, $$date: 1, $: 2 }],
  ['{ type, value }', { type: 'Date', value: '2030-01-02T03:04:05.678Z' }],
  ['{ $type, $value }', { $type: 'Date', $value: 0 }],
  ['a pair', ['Date', '2030-01-02T03:04:05.678Z']],
  ['a pair with a mark', ['$date', 0]],
];

/** Some databases have no key with a NUL, and no nesting of hundreds of levels. */
const EVERYWHERE = VALUES.filter(([name]) => name !== 'keys with NUL' && name !== 'deep nesting');

/** Documents come back as they were saved: JSON plus `Date`. */
export function describeDocuments(contract: Contract): void {
  const { it } = contract;

  contract.describe('documents', () => {
    it('may be empty', async (fixture) => {
      expect(await kept(fixture, {})).toStrictEqual({});
    });

    it('keep every value that JSON has', async (fixture) => {
      for (const [name, value] of EVERYWHERE)
        expect(await kept(fixture, { value }, name)).toStrictEqual({ value });
    });

    it('keep every value in a list', async (fixture) => {
      const list = EVERYWHERE.map(([, value]) => value);

      expect(await kept(fixture, { list })).toStrictEqual({ list });
    });

    it('keep every value in an indexed field', async (fixture) => {
      const segment = await fixture.begin([['value']]);
      await segment.saved(EVERYWHERE.map(([name, value]) => inserted(name, { value })));

      for (const [name, value] of EVERYWHERE)
        expect((await fixture.load(name))?.document).toStrictEqual({ value });
      expect(await fixture.find()).toHaveLength(EVERYWHERE.length);
    });

    for (const [name, date] of DATES)
      it(`keep a date ${name}`, async (fixture) => {
        const { date: found } = (await kept(fixture, { date })) as { readonly date: unknown };

        expect(found).toBeInstanceOf(Date);
        expect(found).toStrictEqual(date);
      });

    it('keep dates in lists, in objects and in both', async (fixture) => {
      const document = {
        list: [DATE, [DATE, null], { at: DATE }],
        inner: { at: DATE, deeper: { list: [{ at: [DATE] }] } },
        'a.b': DATE,
        $at: DATE,
      };

      expect(await kept(fixture, document)).toStrictEqual(document);
    });

    it('keep a date in an indexed field', async (fixture) => {
      const segment = await fixture.begin([['at']]);
      await segment.saved([inserted('a', { at: DATE })]);

      const [found] = await fixture.find({ where: [{ field: 'at', eq: DATE }] });

      expect(found?.document).toStrictEqual({ at: DATE });
    });

    for (const [name, value] of LOOKING_LIKE_DATES)
      it(`do not take for a date what looks like one: ${name}`, async (fixture) => {
        expect(await kept(fixture, { value, ...asFields(value) })).toStrictEqual({
          value,
          ...asFields(value),
        });
      });

    it('do not take a key for the prototype', async (fixture) => {
      const found = (await kept(fixture, HOSTILE_KEYS)) as object;

      expect(sorted(Object.keys(found))).toEqual(sorted(Object.keys(HOSTILE_KEYS)));
      expect(Object.getOwnPropertyDescriptor(found, '__proto__')?.value).toEqual({
        polluted: true,
      });
      expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
      expect(Reflect.get(found, 'polluted')).toBeUndefined();
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
    });

    it('do not take a key deep within for the prototype', async (fixture) => {
      const found = (await kept(fixture, { list: [{ inner: HOSTILE_KEYS, at: DATE }] })) as {
        readonly list: readonly [{ readonly inner: object; readonly at: Date }];
      };

      const [{ inner, at }] = found.list;
      expect(Object.hasOwn(inner, '__proto__')).toBe(true);
      expect(Reflect.get(inner, 'polluted')).toBeUndefined();
      expect(at).toStrictEqual(DATE);
    });

    it('keep 80 levels', async (fixture) => {
      const deep = range(40).reduce<unknown>((inner) => ({ inner: [inner] }), DATE) as object;

      expect(await kept(fixture, deep)).toStrictEqual(deep);
    });

    it('keep fields that databases have for themselves', async (fixture) => {
      const document = {
        _id: 1,
        id: 'another one',
        position: 'x',
        loadedAt: 2,
        parkedSince: 'y',
        document: { _id: DATE },
        version: 3,
        key: 4,
        __v: 5,
        removed: true,
      };

      expect(await kept(fixture, document)).toStrictEqual(document);
    });

    it('lose the fields that the next version of them has not', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([inserted('a', { a: 1, inner: { b: 2, c: 3 } })]);
      const loadedAt = (await fixture.load('a'))?.position;

      await segment.saved([{ ...inserted('a', { inner: { c: 3 } }), loadedAt }]);

      expect((await fixture.load('a'))?.document).toStrictEqual({ inner: { c: 3 } });
    });

    it('may have 2,000 fields, and lists of 10,000 values', async (fixture) => {
      const document = {
        ...Object.fromEntries(range(2_000).map((n) => [`field-${n}`, n])),
        list: range(10_000),
      };

      expect(await kept(fixture, document)).toStrictEqual(document);
    });

    it('may have 180,000 bytes of text', async (fixture) => {
      const document = { text: 'žlu漢😀 '.repeat(15_000) };

      expect(await kept(fixture, document)).toStrictEqual(document);
    });

    it('come back from a query as from loading', async (fixture) => {
      const segment = await fixture.begin([['n']]);
      const document = { n: 1, list: [DATE, { at: DATE }], null: null, text: '😀', empty: {} };
      await segment.saved([inserted('a', document)]);

      const [found] = await fixture.find({ where: [{ field: 'n', eq: 1 }] });

      expect(found).toEqual(await fixture.load('a'));
      expect(found?.document).toStrictEqual(document);
    });
  });
}

/** The same value where a document keeps its fields. */
function asFields(value: unknown): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

async function kept(fixture: Fixture, document: object, id = 'a'): Promise<object | undefined> {
  await fixture.store.createCollection(fixture.collection, []);
  const segment = await fixture.segment(`segments/${id}`, fixture.collection);
  await segment.saved([inserted(id, document)]);
  return (await fixture.load(id))?.document;
}
