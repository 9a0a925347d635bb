import type { Json } from '../event/json.js';
import { range } from './outcomes.js';

type Named<Value> = readonly (readonly [name: string, value: Value])[];

/** Texts that are easily changed on their way through encodings, databases and clean-ups. */
export const TEXTS: Named<string> = [
  ['an empty text', ''],
  ['NUL', 'before\u0000behind'],
  ['control characters', '\u0000\u0001\u0007\b\t\n\u000b\f\r\u001b\u007f\u0080\u009f'],
  ['space at both ends', ' \t\n text \n '],
  ['nothing but a space', ' '],
  ['every kind of line end', 'a\r\nb\rc\nd\u2028e\u2029f\u0085g'],
  ['a byte order mark', '\ufefftext\ufeff'],
  ['replacement characters and noncharacters', '\ufffd\ufffe\uffff'],
  ['quotes and escapes', '\\ " \' ` / \\n \\u0000 \\\\ %00 &amp; <!-- $1 #{x}'],
  ['composed and decomposed letters', 'é e\u0301 \u212b Å A\u030a ﬁ ①'],
  ['upper and lower case', 'Aa İi ıI ßẞ ΣΣς'],
  ['text of any script', 'žluťoučký 漢字 עברית 😀👩‍👩‍👧 \u{10ffff}'],
  ['digits', '0012'],
  ['what looks like a number', '1e3'],
  ['what looks like a date', '2030-01-01T00:00:00+02:00'],
  ['what looks like JSON', '{"a":[1,null]}'],
  ['what looks like null', 'null'],
  ['what looks like base64', 'AAEC'],
];

/** Values that JSON keeps, and that are easily taken for something else, or for nothing. */
export const VALUES: Named<Json> = [
  ...TEXTS,
  ['null', null],
  ['false', false],
  ['true', true],
  ['0', 0],
  ['1', 1],
  ['a negative number', -7],
  ['a fraction', 1.5],
  ['a number of more than 32 bits', 2 ** 32 + 1],
  ['a number beyond the safe integers', 2 ** 63],
  [
    'numbers to the last digit',
    [
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
      Number.MAX_VALUE,
      Number.MIN_VALUE,
      0.1 + 0.2,
      1e21,
      -1.5,
    ],
  ],
  ['an empty object', {}],
  ['an empty array', []],
  ['an array', [1, 'two', null, [true]]],
  ['an array of nulls', [null, null]],
  ['an object of nothing', { a: null, b: '', c: [], d: {}, e: false, f: 0 }],
  ['keys that differ in case, form or space', { a: 1, A: 2, é: 3, 'e\u0301': 4, 'a ': 5 }],
  ['keys with NUL', { 'a\u0000': 1, 'a\u0000b': 2 }],
  ['keys of any script', { 漢字: 1, '😀': 2, 'a-b': 3, 'a/b': 4, 'a b': 5, 'a"b': 6 }],
  ['an object with the keys of an array', { 0: 'a', 1: 'b', length: 2 }],
  ['what others take for a binary', { type: 'Buffer', data: [1, 2] }],
  ['what others take for a special value', { $date: 0, $binary: '', $oid: 'x', __type: 'Map' }],
  ['deep nesting', range(200).reduce<Json>((inner) => ({ inner: [inner] }), 'core')],
];

/** Keys that name the parts of a prototype, and others that mean something to somebody. */
export const HOSTILE_KEYS = JSON.parse(
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1,"":2,"a.b":3,"$where":4,"0":5}',
);
