import type { Random } from '../../support/random.js';
import type { Shape } from './routes.js';

/** Texts that no parser of JSON takes. */
export const NOT_JSON = [
  '{',
  ' ',
  '\u0000',
  'undefined',
  'NaN',
  '{"amount":NaN}',
  "{'amount':1}",
  '{"amount":1,}',
  '{"amount":01}',
  '{"amount":0x10}',
  '{"amount":+1}',
  '{"amount":1}//',
  '{"amount":"\n"}',
  '{"amount":"\\x41"}',
  '['.repeat(50_000),
  '{"a":'.repeat(20_000),
];

const NOT_AN_OBJECT = ['null', '[]', '0', '-0', '1e400', '"{}"', 'true', '[{"amount":1}]', '""'];
const NOT_AN_AMOUNT = [
  '0',
  '-0',
  '-1',
  '-1e12',
  '0.1',
  '1.0000000001',
  '1e-7',
  '1000000000001',
  '1e13',
  '9007199254740993',
  '1e400',
  '-1e400',
  '123456789012345678901234567890',
  '"1"',
  '"1e3"',
  'null',
  'true',
  '[1]',
  '{}',
  '{"$gt":0}',
  '{"valueOf":1}',
];
const NOT_A_TEXT = [
  '5',
  'null',
  'false',
  '[]',
  '["x"]',
  '{}',
  '{"length":1}',
  '"\\ud800"',
  '"a\\udc00"',
];
const NOT_AN_OWNER = ['""', '" "', '"\\t\\n"', '"\\u200b"', '"\\u3164"', `"${'x'.repeat(101)}"`];
const NOT_A_CURRENCY = [
  '"eur"',
  '"EURO"',
  '"E"',
  '""',
  '"EUR\\n"',
  '" EUR"',
  '"ÄÖÜ"',
  '"€€€"',
  '7',
  'null',
  '["EUR"]',
];
const NOT_A_LIMIT = ['-1', '0.5', '1000000000001', '1e400', '"0"', 'null', 'true', '[]', '{}'];
const NOT_A_FIELD = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
  '',
  '$where',
  'a/b~c',
  'Amount',
  'amount ',
  'id',
  'balance',
  'revision',
  '\\u0000',
  'then',
];
const VALUES = [
  '1',
  'null',
  '{}',
  '[]',
  '"x"',
  '{"polluted":true}',
  '{"prototype":{"polluted":true}}',
];

const FINE: Readonly<Record<Shape, string>> = {
  opening: '"owner":"Eve","currency":"EUR"',
  money: '"amount":1',
  reason: '"reason":"none"',
};

/** A body that breaks a rule of its shape, and nothing before that; `undefined`: none at all. */
export function brokenBody(shape: Shape, random: Random): string | undefined {
  const fine = FINE[shape];
  return random.pick<() => string | undefined>(
    () => random.pick(...NOT_AN_OBJECT),
    () => `{${fine},"${random.pick(...NOT_A_FIELD)}":${random.pick(...VALUES)}}`,
    // Of two fields of one name the last one counts.
    () => `{${fine},${brokenField(shape, random)}}`,
    () => `{${brokenField(shape, random)}}`,
    () => `{${fine},"x":${nested(random)}}`,
    () => nested(random),
    () => (shape === 'reason' ? '[]' : random.pick(undefined, '{}', '')),
    () => `{${Array.from({ length: 4_000 }, (_, i) => `"f${i}":${i}`).join(',')}}`,
  )();
}

function brokenField(shape: Shape, random: Random): string {
  switch (shape) {
    case 'opening':
      return random.pick(
        `"owner":${random.pick(...NOT_A_TEXT, ...NOT_AN_OWNER)}`,
        `"currency":${random.pick(...NOT_A_CURRENCY)}`,
        `"overdraftLimit":${random.pick(...NOT_A_LIMIT)}`,
      );
    case 'money':
      return random.pick(
        `"amount":${random.pick(...NOT_AN_AMOUNT)}`,
        `"amount":1,"reference":${random.pick(...NOT_A_TEXT, `"${'é'.repeat(141)}"`)}`,
      );
    case 'reason':
      return `"reason":${random.pick(...NOT_A_TEXT, `"${'🏦'.repeat(141)}"`)}`;
  }
}

function nested(random: Random): string {
  const depth = random.pick(10, 1_000, 10_000, 40_000);
  const list = `${'['.repeat(depth)}${']'.repeat(depth)}`;
  const levels = Math.min(depth, 10_000);
  return random.pick(list, `[${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}]`);
}
