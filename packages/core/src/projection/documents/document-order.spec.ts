import fc from 'fast-check';
import type { Position } from '../../event-store/position.js';
import type { FieldCondition, Scalar, StoredDocument } from '../read-model-store.js';
import {
  compareDocuments,
  compareScalars,
  compareTexts,
  matchesConditions,
} from './document-order.js';
import { evaluateQuery } from './evaluate-query.js';

const text = fc.string({
  unit: fc.constantFrom('a', 'b', '\u{1F600}', '\uFFFD', '\uE000', '\uD7FF'),
});
const scalar: fc.Arbitrary<Scalar> = fc.oneof(
  fc.constant(null),
  fc.integer({ min: -2, max: 2 }),
  text,
  fc.boolean(),
  fc.date({ min: new Date(0), max: new Date(2) }),
);
const field = fc.constantFrom('a', 'b');
const stored = fc
  .uniqueArray(
    fc.record({
      id: fc.string({ unit: fc.constantFrom('x', 'y', '\u{1F600}', '\uFFFD'), minLength: 1 }),
      document: fc.option(
        fc.dictionary(field, fc.oneof(scalar, fc.constantFrom<unknown>([], {}, [1]))),
        { nil: undefined, freq: 10 },
      ),
    }),
    { selector: ({ id }) => id, maxLength: 40 },
  )
  .map((all) => all.map((one): StoredDocument => ({ ...one, position: '1' as Position })));
const orderBy = fc.uniqueArray(
  fc.record({ field, direction: fc.constantFrom('asc' as const, 'desc' as const) }),
  { selector: (it) => it.field },
);

describe('The order of values', () => {
  it('is null, numbers, texts, false, true, dates', () => {
    const ordered = [null, -1, 0, 1.5, '', 'B', 'a', false, true, new Date(0), new Date(1)];

    expect([...ordered].reverse().sort(compareScalars)).toEqual(ordered);
  });

  it('is that of code points among texts', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareTexts(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it('has room for the infinities, in conditions', () => {
    expect(compareScalars(Infinity, Infinity)).toBe(0);
    expect(compareScalars(-Infinity, 1)).toBeLessThan(0);
  });
});

describe('Conditions', () => {
  const at = new Date(5);
  it.each<[boolean, object, Omit<FieldCondition, 'field'>]>([
    [true, { f: 1 }, { eq: 1 }],
    [false, { f: '1' }, { eq: 1 }],
    [true, { f: at }, { eq: new Date(5) }],
    [false, { f: 5 }, { eq: at }],
    [true, { f: null }, { eq: null }],
    [true, {}, { eq: null }],
    [false, { f: [] }, { eq: null }],
    [false, { f: {} }, { gte: null }],
    [false, { f: 0 }, { eq: null }],
    [false, { f: 0 }, { eq: false }],
    [true, { f: 2 }, { gt: 1, lte: 2 }],
    [false, { f: 2 }, { gt: 2 }],
    [true, { f: 2 }, { gte: 2 }],
    [false, { f: 2 }, { lt: 2 }],
    [false, { f: 2 }, { gte: 1, lt: 2 }],
    [false, { f: 'a' }, { gt: 1 }],
    [false, { f: null }, { lt: 1 }],
    [false, {}, { lt: 'z' }],
    [true, { f: '\u{1F600}' }, { gt: '\uFFFD' }],
    [true, { f: at }, { gt: new Date(4), lt: new Date(6) }],
    [true, { f: 1 }, {}],
  ])('hold (%s) for %j and %j', (holds, document, condition) => {
    expect(matchesConditions(document, [{ field: 'f', ...condition }])).toBe(holds);
  });

  it('must all hold', () => {
    const where = [
      { field: 'a', eq: 1 },
      { field: 'b', eq: 2 },
    ];

    expect(matchesConditions({ a: 1, b: 2 }, where)).toBe(true);
    expect(matchesConditions({ a: 1, b: 3 }, where)).toBe(false);
    expect(matchesConditions({ a: 1 }, [])).toBe(true);
  });

  it('look at own fields only', () => {
    const where = (name: string) => [{ field: name, eq: null }];

    expect(matchesConditions({}, where('toString'))).toBe(true);
    expect(matchesConditions({}, where('__proto__'))).toBe(true);
  });
});

describe('A query', () => {
  it('finds what sorting everything finds, however few are wanted', () => {
    fc.assert(
      fc.property(stored, orderBy, fc.integer({ min: 1, max: 9 }), (documents, by, limit) => {
        const shown = documents.filter(({ document }) => document !== undefined);

        const found = evaluateQuery(documents, { where: [], orderBy: by, limit });

        expect(found).toEqual(shown.sort(compareDocuments(by)).slice(0, limit));
      }),
    );
  });

  it('comes page by page to every document once, in its order', () => {
    fc.assert(
      fc.property(stored, orderBy, fc.integer({ min: 1, max: 9 }), (documents, by, limit) => {
        const pages: StoredDocument[] = [];
        for (let size = limit; size === limit; ) {
          const after = placeOf(pages.at(-1), by);
          const page = evaluateQuery(documents, { where: [], orderBy: by, limit, ...after });
          pages.push(...page);
          size = page.length;
        }

        expect(pages).toEqual(evaluateQuery(documents, { where: [], orderBy: by, limit: 1_000 }));
      }),
    );
  });

  it('parts ties by id, in the direction of its last field', () => {
    const documents = ['b', 'a', 'c'].map((id) => ({ id, document: { n: 1 }, position: at(1) }));
    const ids = (by: Parameters<typeof compareDocuments>[0]) =>
      evaluateQuery(documents, { where: [], orderBy: by, limit: 10 }).map(({ id }) => id);

    expect(ids([])).toEqual(['a', 'b', 'c']);
    expect(ids([{ field: 'n', direction: 'asc' }])).toEqual(['a', 'b', 'c']);
    expect(ids([{ field: 'n', direction: 'desc' }])).toEqual(['c', 'b', 'a']);
    expect(
      ids([
        { field: 'n', direction: 'desc' },
        { field: 'm', direction: 'asc' },
      ]),
    ).toEqual(['a', 'b', 'c']);
  });

  it('orders objects and arrays where null is', () => {
    const values = { a: 0, b: {}, c: null, d: [9], e: undefined };
    const documents = Object.entries(values).map(([id, n]) => ({
      id,
      document: n === undefined ? {} : { n },
      position: at(1),
    }));

    const found = evaluateQuery(documents, {
      where: [],
      orderBy: [{ field: 'n', direction: 'asc' }],
      limit: 10,
    });

    expect(found.map(({ id }) => id)).toEqual(['b', 'c', 'd', 'e', 'a']);
  });
});

function placeOf(last: StoredDocument | undefined, by: Parameters<typeof compareDocuments>[0]) {
  if (last === undefined) return {};
  const values = by.map(({ field: name }) => {
    const value = (last.document as Record<string, Scalar | object | undefined>)[name];
    const isScalar = typeof value !== 'object' || value === null || value instanceof Date;
    return isScalar ? (value ?? null) : null;
  });
  return { after: { values, id: last.id } };
}

function at(place: number): Position {
  return String(place) as Position;
}
