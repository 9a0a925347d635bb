import { isDeepStrictEqual } from 'node:util';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { copyValue } from '../../aggregate/copy-value.js';
import { decodeDocument, encodeDocument, findDocumentProblem } from './document-codec.js';

const date = fc.date({ noInvalidDate: true });
const names = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('$date', '$$date', '$$$date', 'date', '__proto__', 'constructor', 'toString'),
);
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const { object } = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.string({ unit: 'binary' }), number, fc.boolean(), fc.constant(null), date),
    tie('object'),
    fc.array(tie('value'), { maxLength: 4 }),
  ),
  // Of one field often: those are what a tag looks like.
  object: fc
    .array(fc.tuple(names, tie('value')), { maxLength: 3 })
    .map((fields) => Object.fromEntries(fields)),
}));
/** Much that JSON changes or refuses. */
const anything = fc.object({
  key: names,
  values: [
    fc.double(),
    fc.date(),
    fc.string({ unit: fc.constantFrom('a', '\ud800', '\udc00') }),
    fc.constantFrom<unknown>(null, undefined, -0, 1n, Symbol.iterator, () => 1, new Map(), true),
  ],
  withNullPrototype: false,
});

describe('A document', () => {
  it('comes back equal from its text when it is JSON plus Date', () => {
    fc.assert(
      fc.property(object, (document) => {
        expect(findDocumentProblem(document)).toBeUndefined();
        const decoded = decodeDocument(encodeDocument(document));

        expect(isDeepStrictEqual(decoded, document)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('comes back equal whenever no problem is found', () => {
    let sound = 0;
    fc.assert(
      fc.property(anything, (document) => {
        if (findDocumentProblem(document) !== undefined) return;
        sound += 1;
        const decoded = decodeDocument(encodeDocument(document));

        expect(isDeepStrictEqual(decoded, document)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(sound).toBeGreaterThan(10);
  });

  it('is left as it was', () => {
    fc.assert(
      fc.property(object, (document) => {
        const before = copyValue(document);

        encodeDocument(document);

        expect(isDeepStrictEqual(document, before)).toBe(true);
      }),
    );
  });

  it('is plain JSON where it holds no date', () => {
    expect(encodeDocument({ a: [1, { b: null }] })).toBe('{"a":[1,{"b":null}]}');
  });

  it('keeps dates to the millisecond, in whatever realm they were made', () => {
    const foreign: Date = runInNewContext('new Date(-1)');

    const decoded = decodeDocument(encodeDocument({ at: foreign, all: [new Date(8.64e15)] }));

    expect(decoded).toEqual({ at: new Date(-1), all: [new Date(8.64e15)] });
  });

  it('keeps objects of its own that look like the mark of a date', () => {
    const document = { a: { $date: 5 }, b: { $$date: [new Date(1)] }, c: { $date: 5, more: 1 } };

    expect(decodeDocument(encodeDocument(document))).toEqual(document);
    expect(decodeDocument(encodeDocument({ $date: 1 }))).toEqual({ $date: 1 });
  });

  it('lets no key reach a prototype', () => {
    const text = '{"__proto__":{"at":{"$date":1},"admin":true},"n":{"__proto__":{"$date":2}}}';

    const decoded = decodeDocument(text) as { readonly n: object };

    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
    expect(Object.getPrototypeOf(decoded.n)).toBe(Object.prototype);
    expect(Object.hasOwn(decoded, '__proto__')).toBe(true);
    expect('admin' in decoded).toBe(false);
    expect(encodeDocument(decoded)).toBe(text);
  });
});

class Later extends Date {}

it('A date of a derived class is the point in time that it stands for', () => {
  const document = { at: new Later(5) };

  const problem = findDocumentProblem(document);
  const decoded = decodeDocument(encodeDocument(document));

  expect(problem).toBeUndefined();
  expect(decoded).toEqual({ at: new Date(5) });
});

const cyclic: { self?: object } = {};
cyclic.self = cyclic;

describe('A document that cannot be stored', () => {
  it.each<[string, string, object]>([
    ['at', 'an invalid Date is no point in time', { at: new Date(Number.NaN) }],
    ['lines[1].price', 'NaN would become null', { lines: [{}, { price: Number.NaN }] }],
    ['a', '-0 would become 0', { a: -0 }],
    ['a', 'undefined would be dropped', { a: undefined }],
    ['a', 'a BigInt has no JSON form', { a: 1n }],
    ['a', 'a function would be dropped', { a: () => 1 }],
    ['self', 'a cycle has no JSON form', cyclic],
    ['["a b"]', 'an instance of Set would lose its class', { 'a b': new Set() }],
    [
      'at',
      'own properties of a Date would be dropped',
      { at: Object.assign(new Date(0), { a: 1 }) },
    ],
    ['a', 'an instance of Map would lose its class', { a: new Map() }],
    ['at.toJSON', 'a function would be dropped', { at: { toJSON: () => 'now' } }],
    ['the document', 'an instance of Map would lose its class', new Map()],
  ])('is named with the place: %s %s', (path, reason, document) => {
    expect(findDocumentProblem(document)).toEqual({
      path,
      reason: expect.stringContaining(reason),
    });
  });
});
