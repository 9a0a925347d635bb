import { ConcurrencyError, StoreUnavailableError, WriteLockHeldError } from '@everfold/core';
import type { Answer } from './support/http-client.js';
import { codeOf } from './support/problems.js';
import { startTestBank, type TestBank } from './support/test-bank.js';

/** What a repeat must answer alike. */
function told({ status, text, headers }: Answer) {
  const { etag, location, 'consistency-token': token } = headers;
  return { status, text, etag, location, token };
}

function isReplay({ headers }: Answer): boolean {
  return headers['idempotency-replayed'] === 'true';
}

describe('Idempotency-Key', () => {
  let bank: TestBank;
  let path: string;
  beforeAll(async () => {
    bank = await startTestBank();
  });
  afterAll(() => bank.stop());
  beforeEach(async () => {
    path = await bank.open();
  });

  const post = (key: string | string[], to: string, json: object, headers = {}) =>
    bank.send('POST', to, { json, headers: { 'Idempotency-Key': key, ...headers } });
  const deposit = (key: string, json: object = { amount: 10 }, headers = {}) =>
    post(key, `${path}/deposits`, json, headers);

  it('makes a repeat answer as the first time, though the account went on', async () => {
    const first = await deposit('k');
    await bank.send('POST', `${path}/withdrawals`, { json: { amount: 3 } });

    const repeat = await deposit('k');

    expect(told(repeat)).toEqual(told(first));
    expect([isReplay(first), isReplay(repeat)]).toEqual([false, true]);
    expect(repeat.body).toMatchObject({ balance: 10, revision: 1 });
    expect(await bank.events(path)).toHaveLength(3);
  });

  it('does so for withdrawals', async () => {
    await deposit('d');
    const first = await post('w', `${path}/withdrawals`, { amount: 10 });

    const repeat = await post('w', `${path}/withdrawals`, { amount: 10 });

    expect(told(repeat)).toEqual(told(first));
    expect(repeat).toMatchObject({ status: 201, body: { balance: 0 } });
  });

  it('decides the id of a new account, which is opened once', async () => {
    const json = { owner: 'Ada', currency: 'EUR' };
    const first = await post('open-once', '/accounts', json);
    await bank.send('POST', `${first.headers.location}/deposits`, { json: { amount: 5 } });

    const repeat = await post('open-once', '/accounts', json);
    const other = await post('open-twice', '/accounts', json);

    expect(told(repeat)).toEqual(told(first));
    expect(isReplay(repeat)).toBe(true);
    expect(repeat.body).toMatchObject({ balance: 0, revision: 0 });
    expect(other.body.id).not.toBe(first.body.id);
    expect(isReplay(other)).toBe(false);
  });

  it.each([
    ['a default written out', { amount: 10, reference: '' }],
    ['another spelling of the number', JSON.parse('{"amount":1e1}')],
  ])('takes a body with %s for the same', async (_, json) => {
    const first = await deposit('same');

    const repeat = await deposit('same', json);

    expect(told(repeat)).toEqual(told(first));
  });

  it('takes fields in another order for the same', async () => {
    const first = await deposit('order', { amount: 10, reference: 'a' });

    const repeat = await deposit('order', { reference: 'a', amount: 10 });

    expect(told(repeat)).toEqual(told(first));
  });

  it.each([
    ['another amount', 'deposits', { amount: 11 }],
    ['another reference', 'deposits', { amount: 10, reference: 'x' }],
    ['another route', 'withdrawals', { amount: 10 }],
    ['another route that would be refused', 'withdrawals', { amount: 99 }],
  ])('may not be used again with %s', async (_, movement, json) => {
    await deposit('once');

    const answer = await post('once', `${path}/${movement}`, json);

    expect(codeOf(answer)).toBe('key-reused');
    expect(answer.status).toBe(422);
    expect(await bank.events(path)).toHaveLength(2);
  });

  it('may not be used again to open another account', async () => {
    await post('bank-wide', '/accounts', { owner: 'Ada', currency: 'EUR' });

    const answers = [
      await post('bank-wide', '/accounts', { owner: 'Bob', currency: 'EUR' }),
      await post('bank-wide', '/accounts', { owner: 'Ada', currency: 'USD' }),
      await post('bank-wide', '/accounts', { owner: 'Ada', currency: 'EUR', overdraftLimit: 1 }),
    ];

    expect(answers.map(codeOf)).toEqual(['key-reused', 'key-reused', 'key-reused']);
  });

  it('of the opening may not be used again on that account', async () => {
    const { body } = await post('opening', '/accounts', { owner: 'Ada', currency: 'EUR' });

    const answer = await post('opening', `/accounts/${body.id}/deposits`, { amount: 1 });

    expect(codeOf(answer)).toBe('key-reused');
  });

  it('belongs to one account', async () => {
    const other = await bank.open();
    await deposit('shared');

    const answer = await post('shared', `${other}/deposits`, { amount: 77 });

    expect(answer).toMatchObject({ status: 201, body: { balance: 77 } });
    expect(isReplay(answer)).toBe(false);
  });

  it('does not remember a refusal', async () => {
    const refused = await post('later', `${path}/withdrawals`, { amount: 10 });
    await deposit('money');

    const accepted = await post('later', `${path}/withdrawals`, { amount: 10 });

    expect(codeOf(refused)).toBe('insufficient-funds');
    expect(accepted).toMatchObject({ status: 201, body: { balance: 0 } });
    expect(isReplay(accepted)).toBe(false);
  });

  it('comes before a stale If-Match and before refusals, and after what is malformed', async () => {
    const first = await deposit('k', { amount: 10 }, { 'If-Match': '"0"' });

    const stale = await deposit('k', { amount: 10 }, { 'If-Match': '"0"' });
    const without = await deposit('k');
    const malformed = await deposit('k', { amount: 10 }, { 'If-Match': '0' });
    const reused = await deposit('k', { amount: 11 }, { 'If-Match': '"0"' });

    expect([told(stale), told(without)]).toEqual([told(first), told(first)]);
    expect([codeOf(malformed), codeOf(reused)]).toEqual(['validation-failed', 'key-reused']);
  });

  it.each(['"0"', undefined])('makes duplicates at once one (If-Match: %s)', async (tag) => {
    const headers = tag === undefined ? {} : { 'If-Match': tag };

    const answers = await Promise.all(
      Array.from({ length: 30 }, () => deposit('at-once', { amount: 10 }, headers)),
    );

    expect(new Set(answers.map((each) => JSON.stringify(told(each)))).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 201, body: { balance: 10 } });
    expect(answers.filter((each) => !isReplay(each))).toHaveLength(1);
    expect(await bank.events(path)).toHaveLength(2);
  });

  it('makes openings at once one', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, () =>
        post('openings-at-once', '/accounts', { owner: 'Ada', currency: 'EUR' }),
      ),
    );

    expect(new Set(answers.map((each) => JSON.stringify(told(each)))).size).toBe(1);
    expect(answers.filter((each) => !isReplay(each))).toHaveLength(1);
  });

  it('of one of different requests at once wins, and the others are told', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => deposit('mixed', { amount: i + 1 })),
    );

    const codes = answers.map((each) => (each.status === 201 ? 'done' : codeOf(each))).sort();
    expect(codes).toEqual(['done', ...new Array(9).fill('key-reused')]);
    expect(await bank.events(path)).toHaveLength(2);
  });

  it('is remembered over 1,100 more commands, and of an opening for ever', async () => {
    const opened = await post('old', '/accounts', { owner: 'Ada', currency: 'EUR' });
    path = String(opened.headers.location);
    const early = await deposit('early');
    for (let i = 0; i < 1_023; i += 1) await deposit(`more-${i}`, { amount: 1 });

    const repeat = await deposit('early');
    for (let i = 0; i < 77; i += 1) await deposit(`yet-more-${i}`, { amount: 1 });
    const reopened = await post('old', '/accounts', { owner: 'Ada', currency: 'EUR' });
    const reused = await post('old', '/accounts', { owner: 'Eve', currency: 'EUR' });

    expect(told(repeat)).toEqual(told(early));
    expect(told(reopened)).toEqual(told(opened));
    expect(codeOf(reused)).toBe('key-reused');
  });

  it.each(['k', ' inner space ', '~!@#$%^&*()', 'x'.repeat(255), '"quoted"', '__proto__'])(
    'may be %.20j',
    async (key) => {
      const first = await deposit(key);
      const repeat = await deposit(key);

      expect(first.status).toBe(201);
      expect(told(repeat)).toEqual(told(first));
    },
  );

  it.each([
    ['empty', ''],
    ['of 256 characters', 'x'.repeat(256)],
    ['with a tab', 'a\tb'],
    ['with what is not ASCII', 'caf\u00e9'],
    ['with a control character', 'a\u0085b'],
    ['sent twice', ['a', 'b']],
  ])('may not be %s', async (_, key) => {
    const answers = [
      await post(key, `${path}/deposits`, { amount: 1 }),
      await post(key, '/accounts', { owner: 'Ada', currency: 'EUR' }),
    ];

    expect(answers.map(codeOf)).toEqual(['validation-failed', 'validation-failed']);
    expect(answers[0]?.body.detail).toMatch(/Idempotency-Key/);
  });

  it('leaves nothing beside the events', async () => {
    await deposit('only-here');

    const events = await bank.events(path);
    expect(events.map(({ type }) => type)).toEqual(['account.opened', 'account.money-deposited']);
    expect(events[1]?.metadata.commandId).toBe('only-here');
  });

  describe('when the store fails', () => {
    it.each([
      ['store-unavailable', new StoreUnavailableError('it is closed')],
      ['store-unavailable', new WriteLockHeldError('account-x')],
      ['too-contended', new ConcurrencyError('account-x', 1, 4)],
    ])('%s is told with when to come again, and the repeat acts once', async (code, error) => {
      const { append } = bank.store;
      bank.store.append = () => Promise.reject(error);
      const failed = await deposit('again');
      bank.store.append = append;

      const done = await deposit('again');
      const repeat = await deposit('again');

      expect(codeOf(failed)).toBe(code);
      expect(failed.status).toBe(503);
      expect(Number(failed.headers['retry-after'])).toBeGreaterThan(0);
      expect(failed.text).not.toMatch(/account-x|closed/);
      expect([isReplay(done), isReplay(repeat)]).toEqual([false, true]);
      expect(told(repeat)).toEqual(told(done));
    });
  });
});
