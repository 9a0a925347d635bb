import type { Answer } from './support/http-client.js';
import { codeOf } from './support/problems.js';
import { startTestBank, type TestBank } from './support/test-bank.js';

const NOBODY = '/accounts/00000000-0000-0000-0000-000000000000';

/** What a repeat must answer alike. */
function told({ status, text, headers }: Answer) {
  const { etag, 'consistency-token': token } = headers;
  return { status, text, etag, token };
}

describe('freezing, unfreezing and closing over HTTP', () => {
  let bank: TestBank;
  let path: string;
  beforeAll(async () => {
    bank = await startTestBank();
  });
  afterAll(() => bank.stop());
  beforeEach(async () => {
    path = await bank.open();
  });

  const post = (action: string, json: object = {}, headers = {}) =>
    bank.send('POST', `${path}/${action}`, { json, headers });
  const change = async (...actions: string[]) => {
    for (const action of actions) await post(action);
  };

  it.each([
    ['freeze', [], 'frozen', 'account.frozen'],
    ['unfreeze', ['freeze'], 'open', 'account.unfrozen'],
    ['close', [], 'closed', 'account.closed'],
  ])('%s answers with the account, and writes down why', async (action, before, status, type) => {
    await change(...before);
    const revision = before.length + 1;

    const answer = await post(action, { reason: 'as agreed' });
    const shown = await bank.send('GET', path);

    expect(answer).toMatchObject({ status: 200, body: { status, balance: 0, revision } });
    expect(answer.headers).toMatchObject({
      etag: `"${revision}"`,
      'consistency-token': expect.stringMatching(/\S/),
    });
    expect(shown.body).toEqual(answer.body);
    expect((await bank.events(path))[revision]).toMatchObject({
      type,
      data: { reason: 'as agreed' },
    });
  });

  it.each([
    ['no body', {}],
    ['an empty object', { json: {} }],
    ['an empty reason', { json: { reason: '' } }],
  ])('take %s for no reason', async (_, sent) => {
    const { status } = await bank.send('POST', `${path}/freeze`, sent);

    expect(status).toBe(200);
    expect((await bank.events(path))[1]?.data).toEqual({ reason: '' });
  });

  it('takes a reason of 140 emoji', async () => {
    const { status } = await post('close', { reason: '🙂'.repeat(140) });

    expect(status).toBe(200);
  });

  it.each([
    ['a reason of 141 characters', { reason: 'x'.repeat(141) }, '/reason'],
    ['a reason that is a number', { reason: 5 }, '/reason'],
    ['a reason that is null', { reason: null }, '/reason'],
    ['half a surrogate pair', { reason: '\ud800' }, '/reason'],
    ['an unknown field', { why: 'x' }, '/why'],
    ['a field of another route', { amount: 1 }, '/amount'],
  ])('refuse %s', async (_, json, pointer) => {
    for (const action of ['freeze', 'unfreeze', 'close']) {
      const answer = await post(action, json);

      expect(codeOf(answer)).toBe('validation-failed');
      expect(answer.body.errors[0].pointer).toBe(pointer);
    }
    expect(await bank.events(path)).toHaveLength(1);
  });

  it.each([
    ['deposits', { amount: 1 }],
    ['withdrawals', { amount: 1 }],
    ['freeze', {}],
    ['close', {}],
  ])('leave a frozen account no %s', async (action, json) => {
    await change('freeze');

    const answer = await post(action, json);

    expect(codeOf(answer)).toBe('account-frozen');
    expect(answer.status).toBe(409);
    expect(await bank.events(path)).toHaveLength(2);
  });

  it.each([
    ['deposits', { amount: 1 }],
    ['withdrawals', { amount: 1 }],
    ['freeze', {}],
    ['unfreeze', {}],
    ['close', {}],
  ])('leave a closed account no %s', async (action, json) => {
    await change('close');

    const answer = await post(action, json);

    expect(codeOf(answer)).toBe('account-closed');
    expect(answer.status).toBe(409);
    expect(await bank.events(path)).toHaveLength(2);
  });

  it('close an account only at 0', async () => {
    await post('deposits', { amount: 5 });
    const refused = await post('close');
    await post('withdrawals', { amount: 5 });

    const closed = await post('close');

    expect(codeOf(refused)).toBe('balance-not-zero');
    expect(refused.status).toBe(409);
    expect(closed).toMatchObject({ status: 200, body: { status: 'closed', balance: 0 } });
  });

  it('let a frozen and a closed account be read', async () => {
    await change('freeze');
    const frozen = await bank.send('GET', path);
    await change('unfreeze', 'close');

    const closed = await bank.send('GET', path);

    expect([frozen.body.status, closed.body.status]).toEqual(['frozen', 'closed']);
  });

  it('change nothing when an open account is unfrozen', async () => {
    const before = await bank.store.head();

    const answer = await post('unfreeze', { reason: 'to be sure' });

    expect(answer).toMatchObject({ status: 200, body: { status: 'open', revision: 0 } });
    expect(answer.headers).toMatchObject({ etag: '"0"', 'consistency-token': expect.any(String) });
    expect(await bank.store.head()).toBe(before);
  });

  it.each([
    ['freeze', []],
    ['unfreeze', ['freeze']],
    ['unfreeze', []],
    ['close', []],
  ])('%s (after %j) is done once under one key, whatever came then', async (action, before) => {
    await change(...before);
    const key = { 'Idempotency-Key': 'once' };
    const first = await post(action, { reason: 'r' }, key);
    if (action !== 'close') await change(action === 'freeze' ? 'unfreeze' : 'freeze');
    const { length } = await bank.events(path);

    const repeat = await post(action, { reason: 'r' }, key);
    const reused = await post(action, { reason: 'another' }, key);

    expect(told(repeat)).toEqual(told(first));
    expect(first.status).toBe(200);
    expect([first, repeat].map(({ headers }) => headers['idempotency-replayed'])).toEqual([
      undefined,
      'true',
    ]);
    expect(codeOf(reused)).toBe('key-reused');
    expect(await bank.events(path)).toHaveLength(length);
  });

  it('do not share a key with one another, though their bodies are alike', async () => {
    const key = { 'Idempotency-Key': 'shared' };
    await post('freeze', {}, key);

    const answers = [await post('unfreeze', {}, key), await post('close', {}, key)];

    expect(answers.map(codeOf)).toEqual(['key-reused', 'key-reused']);
  });

  it.each(['freeze', 'unfreeze', 'close'])('%s happens at its revision or not', async (action) => {
    if (action === 'unfreeze') await change('freeze');
    const { headers } = await bank.send('GET', path);

    const answers = [
      await post(action, {}, { 'If-Match': '"99"' }),
      await post(action, {}, { 'If-Match': 'W/"0"' }),
      await post(action, {}, { 'If-Match': headers.etag }),
    ];

    expect(answers.map(({ status }) => status)).toEqual([412, 400, 200]);
    expect(codeOf(answers[0] as Answer)).toBe('stale-revision');
  });

  it.each(['freeze', 'unfreeze', 'close'])(
    '%s finds no account where there is none',
    async (action) => {
      const answers = [
        await bank.send('POST', `${NOBODY}/${action}`, { json: {} }),
        await bank.send('POST', `${NOBODY}/${action}/`, { json: {} }),
        await bank.send('POST', `/accounts/x/${action}`, { json: {} }),
        await bank.send('GET', `${path}/${action}`),
      ];

      expect(answers.map(codeOf)).toEqual([
        'account-not-found',
        'account-not-found',
        'invalid-id',
        'no-route',
      ]);
    },
  );

  it('tell a stale revision before a refusal', async () => {
    await change('freeze');

    const answer = await post('close', {}, { 'If-Match': '"0"' });

    expect(codeOf(answer)).toBe('stale-revision');
  });

  it('let one of a freeze and a close at once win', async () => {
    const answers = await Promise.all([post('freeze'), post('close'), post('freeze')]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(await bank.events(path)).toHaveLength(2);
  });
});
