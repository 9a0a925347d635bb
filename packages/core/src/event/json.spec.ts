import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import {
  findFieldsProblem,
  findJsonProblem,
  findOptionalsProblem,
  MAX_JSON_DEPTH,
} from './json.js';

class Money {
  constructor(readonly amount: number) {}
}
class List extends Array<number> {}

function nested(depth: number): unknown {
  return depth === 0 ? 1 : { in: nested(depth - 1) };
}

function cycle(): object {
  const value: Record<string, unknown> = { a: 1 };
  value['lines'] = [{ self: value }];
  return value;
}

/** Not among its enumerable properties. */
function withToJson(value: object): object {
  return Object.defineProperty(value, 'toJSON', { value: () => 'other' });
}

describe('findJsonProblem', () => {
  it.each([
    ['null', null],
    ['a text', 'text'],
    ['a surrogate pair, and a key of one', { '\u{1f3e6}': 'a\ud83c\udfe6b' }],
    ['the largest number', Number.MAX_VALUE],
    ['an empty object', {}],
    ['an empty array', []],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 })],
    ['an own __proto__', JSON.parse('{ "__proto__": { "a": 1 } }')],
    ['a field named toJSON that is no function', { toJSON: 'text' }],
    ['one object in two places', ((shared) => ({ a: shared, b: [shared] }))({ c: 1 })],
    ['a literal of another realm', runInNewContext('({ a: [1, { b: null }] })')],
    ['a property that is not enumerable', Object.defineProperty({}, 'context', { value: () => 1 })],
    ['a symbol that is not enumerable', Object.defineProperty({}, Symbol('context'), { value: 1 })],
    ['as many levels as are allowed', nested(MAX_JSON_DEPTH)],
  ])('lets %s pass', (_, value) => {
    expect(findJsonProblem(value, 'data')).toBeUndefined();
  });

  it.each<[path: string, reason: string, value: unknown]>([
    ['data', 'undefined would be dropped', undefined],
    ['data', 'a BigInt has no JSON form', 1n],
    [
      'data.a',
      'undefined would be dropped: leave the property out, or write null',
      { a: undefined },
    ],
    ['data.a.b', 'undefined would be dropped', { ok: 1, a: { b: undefined } }],
    ['data.lines[2].price', 'NaN would become null', { lines: [1, 2, { price: Number.NaN }] }],
    ['data[0][1]', 'Infinity would become null', [[0, Number.POSITIVE_INFINITY]]],
    ['data.x', '-Infinity would become null', { x: Number.NEGATIVE_INFINITY }],
    ['data.x', '-0 would become 0', { x: -0 }],
    ['data.x', 'a BigInt has no JSON form: write a string or a safe integer', { x: 1n }],
    ['data.x', 'a function would be dropped', { x: () => 1 }],
    ['data.x', 'a symbol would be dropped', { x: Symbol('s') }],
    ['data', 'a lone surrogate, which has no UTF-8 form', '\ud800'],
    ['data.lines[1]', 'a lone surrogate', { lines: ['a', 'b\udfff'] }],
    ['data.x', 'a lone surrogate', { x: '\udfe6\ud83c' }],
    ['data.x["\\ud83c"]', 'its name has a lone surrogate', { x: { '\ud83c': 1 } }],
    ['data.x[1]', 'undefined would be dropped', { x: [1, undefined] }],
    // biome-ignore lint/suspicious/noSparseArray: holes are what is tested
    ['data.x[1]', 'a hole in an array would become null', { x: [1, , 3] }],
    [
      'data.x',
      'named properties of an array would be dropped',
      { x: Object.assign([1], { extra: 1 }) },
    ],
    ['data.x', 'the property Symbol(s) would be dropped', { x: { [Symbol('s')]: 1 } }],
    [
      'data.x',
      'the property Symbol(s) would be dropped',
      { x: Object.assign([1], { [Symbol('s')]: 1 }) },
    ],
    [
      'data.at',
      'an instance of Date would lose its class: write plain values',
      { at: new Date(0) },
    ],
    ['data.m', 'an instance of Map would lose its class', { m: new Map() }],
    ['data.m', 'an instance of Money would lose its class', { m: new Money(1) }],
    ['data.m', 'an instance of Uint8Array would lose its class', { m: Uint8Array.of(1) }],
    ['data.m', 'an instance of String would lose its class', { m: Object('text') }],
    ['data.m', 'an instance of Error would lose its class', { m: new Error('x') }],
    [
      'data.m',
      'an instance of Money would',
      { m: Object.assign(new Money(1), { constructor: null }) },
    ],
    ['data.m', 'an instance of List would lose its class', { m: List.of(1) }],
    ['data.m', 'would lose its class', { m: Object.create({ inherited: 1 }) }],
    [
      'data.m',
      'would lose its class',
      { m: Object.create(Object.assign(Object.create(null), { inherited: 1 })) },
    ],
    ['data.m.toJSON', 'a function would be dropped', { m: { toJSON: () => 1 } }],
    ['data.m', 'what its toJSON returns would stand in its place', { m: withToJson({}) }],
    ['data.m', 'what its toJSON returns would stand in its place', { m: withToJson([]) }],
    ['data.lines[0].self', 'a cycle has no JSON form', cycle()],
    ['data["a-b"]["c d"]', 'undefined would be dropped', { 'a-b': { 'c d': undefined } }],
    ['data["0"][""]', 'undefined would be dropped', { 0: { '': undefined } }],
    [
      'data.__proto__',
      'NaN would become null',
      Object.defineProperty({}, '__proto__', { value: Number.NaN, enumerable: true }),
    ],
    [
      `data${'.in'.repeat(32)}…n${'.in'.repeat(33)}`,
      `nested deeper than ${MAX_JSON_DEPTH} levels`,
      nested(MAX_JSON_DEPTH + 1),
    ],
  ])('finds at %s: %s', (path, reason, value) => {
    const problem = findJsonProblem(value, 'data');

    expect(problem?.path).toBe(path);
    expect(problem?.reason).toContain(reason);
  });

  it('names the first of several places, in the order of the properties', () => {
    expect(findJsonProblem({ b: [1, Number.NaN], a: undefined }, 'data')?.path).toBe('data.b[1]');
  });

  it('begins the path with the root that is given', () => {
    expect(findJsonProblem({ a: 1n }, 'metadata')?.path).toBe('metadata.a');
  });

  it('ends on nesting and cycles of any depth, and does not overflow the stack', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];

    expect(findJsonProblem(deep, 'data')?.reason).toContain('nested deeper');
  });

  it('finds nothing exactly where JSON, and the UTF-8 of all texts, give back an equal value', () => {
    fc.assert(
      fc.property(nasty(), (value) => {
        expect(findJsonProblem(value, 'data') === undefined).toBe(survivesJson(value));
      }),
      { numRuns: 5_000 },
    );
  });

  it('points to a place at which there is a value that does not survive', () => {
    fc.assert(
      fc.property(nasty(), (value) => {
        const problem = findJsonProblem({ value }, 'data');
        fc.pre(problem !== undefined);

        expect(problem?.path.startsWith('data.value')).toBe(true);
        expect(problem?.reason).not.toBe('');
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('findFieldsProblem', () => {
  it('asks of the fields of an instance what is asked of plain values', () => {
    expect(findFieldsProblem(new Money(1), 'data')).toBeUndefined();
    expect(findFieldsProblem(new Money(Number.NaN), 'data')?.path).toBe('data.amount');
    expect(findFieldsProblem({ inner: new Money(1) }, 'data')?.path).toBe('data.inner');
  });
});

describe('findOptionalsProblem', () => {
  it('lets own properties be undefined at the top, and nowhere else', () => {
    expect(findOptionalsProblem({ a: undefined, b: 1 }, 'metadata')).toBeUndefined();
    expect(findOptionalsProblem({ a: undefined, b: { c: undefined } }, 'metadata')?.path).toBe(
      'metadata.b.c',
    );
  });

  it.each([
    ['metadata.a', { a: Number.NaN }],
    ['metadata', { [Symbol('s')]: 1 }],
    ['metadata', new Money(1)],
    ['metadata', withToJson({})],
    ['metadata.toJSON', { toJSON: () => 1 }],
    ['metadata.actor', { actor: '\ud83c' }],
    ['metadata["\\ud83c"]', { '\ud83c': 1 }],
  ])('finds what JSON would change at %s', (path, value) => {
    expect(findOptionalsProblem(value, 'metadata')?.path).toBe(path);
  });

  it('allows as many levels as for data', () => {
    expect(findOptionalsProblem(nested(MAX_JSON_DEPTH) as object, 'metadata')).toBeUndefined();
    expect(findOptionalsProblem(nested(MAX_JSON_DEPTH + 1) as object, 'metadata')).toBeDefined();
  });
});

/** Anything, and often: plain data with one thing in it that JSON would change. */
function nasty(): fc.Arbitrary<unknown> {
  const odd = fc.constantFrom<() => unknown>(
    () => undefined,
    () => -0,
    () => Number.NaN,
    () => Number.NEGATIVE_INFINITY,
    () => 1n,
    () => Symbol('s'),
    () => () => 1,
    () => new Date(0),
    () => new Date(Number.NaN),
    () => new Money(1),
    () => List.of(1),
    () => /x/,
    () => new Set([1]),
    () => Object(1),
    () => Object('x'),
    () => Object.create({ a: 1 }),
    () => Object.create(null),
    () => ({ toJSON: () => 'other' }),
    () => withToJson({ a: 1 }),
    () => withToJson([1]),
    () => Object.defineProperty({ a: 1 }, 'hidden', { value: () => 1 }),
    () => Object.defineProperty({}, 'shown', { get: () => 1, enumerable: true }),
    () => ({ [Symbol('s')]: 1 }),
    () => JSON.parse('{ "__proto__": 1 }'),
    () => 'half \ud83c',
    () => ({ '\udfe6': 1 }),
    () => Object.assign([1], { extra: 1 }),
    () => new Array(2),
    () => cycle(),
  );
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  const leaf = fc.oneof(
    { weight: 4, arbitrary: fc.jsonValue() },
    { weight: 1, arbitrary: odd.map((make) => make()) },
  );
  const tree = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('node'), { maxKeys: 4 }),
    ),
  })).node;
  return fc.oneof(tree, fc.jsonValue(), anything);
}

function survivesJson(value: unknown): boolean {
  try {
    const text: string | undefined = JSON.stringify(value);
    return text !== undefined && equal(value, JSON.parse(inUtf8(text)));
  } catch {
    return false;
  }
}

/** JSON as writers of other languages send it: no surrogate escaped, in UTF-8. */
function inUtf8(text: string): string {
  const unescaped = text.replace(/\\(?:u(d[89a-f][\da-f]{2})|.)/g, (written, unit) =>
    unit === undefined ? written : String.fromCharCode(Number.parseInt(unit, 16)),
  );
  return Buffer.from(unescaped).toString();
}

/** The model: two values are equal when nobody could tell them apart by their own enumerable properties. */
function equal(before: unknown, after: unknown): boolean {
  if (typeof before !== 'object' || before === null) return Object.is(before, after);
  if (typeof after !== 'object' || after === null) return false;
  if (Array.isArray(before) !== Array.isArray(after)) return false;
  const prototype = Object.getPrototypeOf(before);
  if (prototype !== null && prototype !== Object.getPrototypeOf(after)) return false;
  const keysBefore = enumerableKeys(before);
  const keysAfter = enumerableKeys(after);
  return (
    keysBefore.length === keysAfter.length &&
    keysBefore.every(
      (key) => keysAfter.includes(key) && equal(Reflect.get(before, key), Reflect.get(after, key)),
    )
  );
}

function enumerableKeys(value: object): PropertyKey[] {
  return Reflect.ownKeys(value).filter((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key),
  );
}
