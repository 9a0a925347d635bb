import { randomInt } from 'node:crypto';
import { jest } from '@jest/globals';
import { REFUSALS } from './force/support/routes.js';
import type { Answer, Sent } from './support/http-client.js';
import { codeOf } from './support/problems.js';
import { startTestBank, type TestBank } from './support/test-bank.js';

const REQUESTS = 2_000;
const { HOSTILE_SEED = randomInt(2 ** 31) } = process.env;
const SEED = Number(HOSTILE_SEED);

describe(`hostile requests (HOSTILE_SEED=${SEED})`, () => {
  let bank: TestBank;
  let account: string;
  let frozen: string;
  let closed: string;
  beforeAll(async () => {
    bank = await startTestBank();
    account = await bank.open();
    frozen = await bank.open();
    closed = await bank.open();
    await bank.send('POST', `${frozen}/freeze`);
    await bank.send('POST', `${closed}/close`);
    await bank.send('POST', `${account}/deposits`, {
      json: { amount: 5 },
      headers: { 'Idempotency-Key': 'taken' },
    });
  });
  afterAll(() => bank.stop());
  afterEach(() => jest.restoreAllMocks());

  it(`are each refused with a code of the contract, and ${REQUESTS} of them write nothing`, async () => {
    const dice = diceOf(SEED);
    const before = await bank.store.head();
    const wrong: unknown[] = [];
    // Only faults of the bank's own are logged.
    const logged = jest.spyOn(process.stderr, 'write');

    for (let n = 0; n < REQUESTS; n += 1) {
      const [method, path, sent] = hostileRequest(dice, { account, frozen, closed });
      const answer = await bank.send(method, path, sent);
      if (!isRefusal(answer, method)) wrong.push({ n, method, path, sent, answer });
    }

    expect(wrong).toEqual([]);
    expect(logged.mock.calls).toEqual([]);
    expect(await bank.store.head()).toBe(before);
    expect(await bank.send('GET', account)).toMatchObject({ status: 200, body: { balance: 5 } });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

function isRefusal(answer: Answer, method: string): boolean {
  if (method === 'HEAD') return answer.status >= 400 && answer.status < 500 && answer.text === '';
  return REFUSALS[codeOf(answer)] === answer.status;
}

type Dice = <T>(...sides: readonly T[]) => T;
interface Accounts {
  /** With 5 in it. */
  readonly account: string;
  readonly frozen: string;
  readonly closed: string;
}
type Request = readonly [method: string, path: string, sent: Sent];

/** mulberry32, so that a failure can be repeated by its seed. */
function diceOf(seed: number): Dice {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return (...sides) => sides[Math.floor(next() * sides.length)] as (typeof sides)[number];
}

const NOT_JSON = ['{', '', ' ', 'undefined', '{"a":1,}', "{'a':1}", '\u0000', '{"amount":01}'];
const NOT_AN_OBJECT = ['null', '[]', '0', '"{}"', '[{"amount":1}]', 'false'];
const NOT_AN_ID = [
  'x',
  '%0d%0aSet-Cookie:%20a=b',
  '%',
  '%ff',
  '%00',
  '..%2F..',
  '-1',
  "' OR 1=1--",
  '$where',
  '{}',
  '🏦',
];
const NOT_AN_AMOUNT = [
  '0',
  '-5',
  '0.1',
  '1e13',
  '1e999',
  '"1"',
  'null',
  '[1]',
  '{"$gt":0}',
  'true',
];
const NOT_A_KEY = ['', 'x'.repeat(256), 'a\tb', '\u00e9', '\u00ff\u00fe'];
const NOT_A_TAG = ['W/"1"', '1', '"1","1"', '', '"', '*,*', '<script>', '"1" '.repeat(50).trim()];
const UNKNOWN = ['__proto__', 'constructor', 'prototype', 'toString', '$ref', '', 'ID', 'amount '];

const NOT_A_LIMIT = ['0', '101', '-1', '1.5', '', 'x', '1e1', '01', '5&limit=5', '{}', '%00', '%'];
const NOT_A_STATUS = ['', 'Open', 'opened', 'open,frozen', '__proto__', '%00', 'open&status=open'];
const NOT_A_DAY = [
  '',
  'x',
  '2026-02-30',
  '2026-1-1',
  '20260101',
  '%00',
  '{}',
  '1&from=2&to=2&to=3',
];
const NOT_A_CURSOR = ['', 'x', '0', '..', 'AAAAAAAAAAAAAAAAAAAA', '%ff', '{}', 'x'.repeat(3_000)];

function hostileRequest(dice: Dice, { account, frozen, closed }: Accounts): Request {
  const movement = `${account}/${dice('deposits', 'withdrawals')}`;
  const change = `${account}/${dice('freeze', 'unfreeze', 'close')}`;
  const action = dice('deposits', 'withdrawals', 'freeze', 'unfreeze', 'close');
  const nobody = '/accounts/3c8c7d5e-0000-4000-8000-000000000000';
  const field = JSON.stringify(dice(...UNKNOWN));
  const value = dice('1', 'null', '{}', '{"polluted":true}', '[]', '"x"');
  return dice<() => Request>(
    () => ['POST', dice('/accounts', movement), json(dice(...NOT_JSON))],
    () => ['POST', dice('/accounts', movement, change), json(dice(...NOT_AN_OBJECT))],
    () => ['POST', change, json(`{${field}:${value}}`)],
    () => [
      'POST',
      change,
      json(`{"reason":${dice('5', 'null', '[]', '{}', `"${'é'.repeat(141)}"`, '"\\udc00"')}}`),
    ],
    () => ['POST', change, json('{}', { 'If-Match': dice(...NOT_A_TAG, '"0"', '"9"') })],
    () => ['POST', change, json('{}', { 'Idempotency-Key': dice(...NOT_A_KEY, 'taken') })],
    () => ['POST', `${account}/close`, {}],
    () => ['POST', `${frozen}/${dice('freeze', 'close')}`, {}],
    () => ['POST', `${frozen}/${dice('deposits', 'withdrawals')}`, json('{"amount":1}')],
    () => ['POST', `${closed}/${dice('freeze', 'unfreeze', 'close')}`, json('{"reason":"x"}')],
    () => ['POST', `${closed}/${dice('deposits', 'withdrawals')}`, json('{"amount":1}')],
    () => [dice('GET', 'HEAD'), `${account}/statement?limit=${dice(...NOT_A_LIMIT)}`, {}],
    () => [dice('GET', 'HEAD'), `${account}/statement?cursor=${dice(...NOT_A_CURSOR)}`, {}],
    () => [
      dice('GET', 'HEAD'),
      `${dice('/accounts', '/totals')}?limit=${dice(...NOT_A_LIMIT)}`,
      {},
    ],
    () => [
      dice('GET', 'HEAD'),
      `${dice('/accounts', '/totals')}?cursor=${dice(...NOT_A_CURSOR)}`,
      {},
    ],
    () => [dice('GET', 'HEAD'), `/accounts?status=${dice(...NOT_A_STATUS)}`, {}],
    () => [dice('GET', 'HEAD'), `/totals?${dice('from', 'to')}=${dice(...NOT_A_DAY)}`, {}],
    () => [
      'GET',
      `${nobody}/statement?limit=${dice('1', '100')}&x=${field}`.replaceAll(' ', '+'),
      {},
    ],
    () => ['POST', dice('/accounts', movement, change), json(nested(dice(2_000, 40_000)))],
    () => ['POST', movement, json(`{"amount":${nested(dice(100, 30_000))}}`)],
    () => [
      'GET',
      `/docs/${dice('package.json', '..', '%2e%2e%2fx', '%00', 'index.html', '')}/`,
      {},
    ],
    () => [dice('POST', 'PUT', 'DELETE'), dice('/docs', '/docs-json', '/health/ready'), {}],
    () => ['POST', movement, json(`{"amount":${dice(...NOT_AN_AMOUNT)}}`)],
    () => ['POST', movement, json(`{"amount":1,${field}:${value}}`)],
    () => [
      'POST',
      movement,
      json(`{"amount":1,"reference":${dice('5', 'null', '[]', `"${'é'.repeat(141)}"`)}}`),
    ],
    () => ['POST', '/accounts', json(`{"owner":"A","currency":"EUR",${field}:${value}}`)],
    () => [
      'POST',
      '/accounts',
      json(`{"owner":${dice('""', '" "', '{}', '["A"]', 'null', '"\\ud800"')},"currency":"EUR"}`),
    ],
    () => [
      'POST',
      '/accounts',
      json(`{"owner":"A","currency":${dice('"E"', '"eur"', '"ÄÖÜ"', '7', 'null', '{}')}}`),
    ],
    () => [
      'POST',
      '/accounts',
      json(
        `{"owner":"A","currency":"EUR","overdraftLimit":${dice('-1', '1.5', '"0"', 'null', '1e99')}}`,
      ),
    ],
    () => [dice('GET', 'HEAD'), path('accounts', dice(...NOT_AN_ID)), {}],
    () => ['GET', path('accounts', dice(...NOT_AN_ID), 'statement'), {}],
    () => ['POST', path('accounts', dice(...NOT_AN_ID), action), json('{"amount":1}')],
    () => ['POST', movement, json('{"amount":1}', { 'Idempotency-Key': dice(...NOT_A_KEY) })],
    () => ['POST', movement, json('{"amount":1}', { 'If-Match': dice(...NOT_A_TAG) })],
    () => ['POST', movement, json('{"amount":1}', { 'If-Match': dice('"0"', '"9"', '"x"', '""') })],
    () => ['POST', movement, json('{"amount":1}', { 'Idempotency-Key': 'taken' })],
    () => [
      'POST',
      movement,
      json('{"amount":1}', {
        'Content-Type': dice('text/html', 'x', '', 'json', 'application/json,text/html'),
      }),
    ],
    () => [
      'POST',
      movement,
      json('{"amount":1}', {
        'Content-Encoding': dice('gzip', 'br', 'deflate', 'zstd', '*', 'chunked'),
      }),
    ],
    () => ['POST', movement, json('{"amount":1}'.padEnd(dice(102_401, 10_000_000)))],
    () => ['POST', `${account}/withdrawals`, json(`{"amount":${dice('6', '1000000000000')}}`)],
    () => [dice('GET', 'HEAD'), nobody, {}],
    () => ['POST', `${nobody}/deposits`, json('{"amount":1}', { 'If-Match': dice('*', '"0"') })],
    () => [
      'GET',
      dice(account, `${account}/statement`, '/accounts', '/totals'),
      { headers: { 'Consistency-Token': dice('', 'x', '../..', '0'.repeat(300), '{}') } },
    ],
    () => [
      dice('PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'),
      dice('/accounts', account, movement, change, `${account}/statement`),
      {},
    ],
    () => [
      'GET',
      path(dice('admin', '.env', '__proto__', 'account', '%2e%2e', 'accounts%2f'), ''),
      {},
    ],
  )();
}

function json(raw: string, headers: Record<string, string> = {}): Sent {
  return { raw, headers: { 'Content-Type': 'application/json', ...headers } };
}

function nested(depth: number): string {
  return `${'['.repeat(depth)}${']'.repeat(depth)}`;
}

function path(...segments: readonly string[]): string {
  return `/${segments.map((segment) => (segment.includes('%') ? segment : encodeURIComponent(segment))).join('/')}`;
}
