import { compareScalars, type Scalar } from '@everfold/core';
import fc from 'fast-check';
import {
  endOfScalar,
  hasPlace,
  isCut,
  roomForText,
  tagsOf,
  textBytesFor,
  writeScalar,
} from './sort-key.js';

const TEXT_BYTES = 12;

describe('A key of sorted values', () => {
  it('sorts as values do, and tells those that were cut', () => {
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        const [left, right] = [keyOf(a), keyOf(b)];

        const order = Buffer.compare(left, right);

        if (order !== 0) expect(Math.sign(compareScalars(a, b))).toBe(order);
        else if (!isCut(left, 0, left.length)) expect(compareScalars(a, b)).toBe(0);
      }),
      { numRuns: 5_000 },
    );
  });

  it('sorts lists of values as they compare one after the other', () => {
    const lists = fc.array(scalar, { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(lists, lists, (a, b) => {
        fc.pre(![...a, ...b].some((value) => isCut(keyOf(value), 0, keyOf(value).length)));

        const order = Buffer.compare(keyOf(...a), keyOf(...b));

        const difference = a.map((value, at) => compareScalars(value, b[at] ?? null));
        expect(order).toBe(Math.sign(difference.find((compared) => compared !== 0) ?? 0));
      }),
      { numRuns: 5_000 },
    );
  });

  it('shows where each of its values ends, whatever stands behind', () => {
    fc.assert(
      fc.property(fc.array(scalar, { maxLength: 4 }), fc.uint8Array(), (values, rest) => {
        const key = Buffer.concat([keyOf(...values), rest]);

        let end = 0;
        for (const value of values) {
          end = endOfScalar(key, end, TEXT_BYTES);
          expect(key.subarray(0, end).subarray(-keyOf(value).length)).toEqual(keyOf(value));
        }

        expect(key.subarray(end)).toEqual(Buffer.from(rest));
      }),
    );
  });

  it('cuts texts that share their beginning to one key, and says so', () => {
    const long = 'x'.repeat(TEXT_BYTES);

    const [exact, longer, longest] = [long, `${long}a`, `${long}${'b'.repeat(5_000_000)}`].map(
      (text) => keyOf(text),
    );

    expect(longer).toEqual(longest);
    expect([exact, longer].map((key) => isCut(key ?? Buffer.of(), 0, key?.length ?? 0))).toEqual([
      false,
      true,
    ]);
    expect(Buffer.compare(exact ?? Buffer.of(), longer ?? Buffer.of())).toBe(-1);
  });

  it('keeps kinds apart by the tags that it names', () => {
    fc.assert(
      fc.property(scalar, (value) => {
        const [from, to] = tagsOf(value);

        const tag = keyOf(value)[0] ?? 0;

        expect(tag >= from && tag < to).toBe(true);
      }),
    );
  });

  it('has no place for what no document holds', () => {
    const values = ['\ud800', Number.NaN, new Date(Number.NaN), '\u{1F600}', Infinity, null, true];

    const places = values.map(hasPlace);

    expect(places).toEqual([false, false, false, true, true, true, true]);
  });
});

const character = fc.constantFrom(
  '\u0000',
  '\u0001',
  '\u0002',
  'a',
  'b',
  'é',
  '\u07ff',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{10ffff}',
);

const scalar: fc.Arbitrary<Scalar> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double({ noNaN: true }).map((value) => value + 0),
  fc.integer({ min: -3, max: 3 }),
  fc.array(character, { maxLength: 8 }).map((characters) => characters.join('')),
  fc.date({ noInvalidDate: true }),
  fc.integer({ min: -3, max: 3 }).map((time) => new Date(time)),
);

function keyOf(...values: readonly Scalar[]): Buffer {
  const key = Buffer.alloc(textBytesFor(1, 64) + values.length * roomForText(TEXT_BYTES));
  let end = 0;
  for (const value of values) end = writeScalar(key, end, value, TEXT_BYTES);
  return key.subarray(0, end);
}
