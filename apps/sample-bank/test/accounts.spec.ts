import { isUuid } from '@everfold/core';
import { startTestBank, type TestBank } from './support/test-bank.js';

const TRILLION = 10 ** 12;

describe('accounts over HTTP', () => {
  let bank: TestBank;
  beforeAll(async () => {
    bank = await startTestBank();
  });
  afterAll(() => bank.stop());

  it('opens an account and says where it is', async () => {
    const json = { owner: 'Ada Lovelace', currency: 'EUR', overdraftLimit: 500 };

    const { status, headers, body } = await bank.send('POST', '/accounts', { json });

    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(String),
      owner: 'Ada Lovelace',
      currency: 'EUR',
      status: 'open',
      balance: 0,
      overdraftLimit: 500,
      revision: 0,
    });
    expect(isUuid(body.id)).toBe(true);
    expect(headers.location).toBe(`/accounts/${body.id}`);
    expect(headers.etag).toBe('"0"');
    expect(headers['consistency-token']).toMatch(/\S/);
    expect(headers['content-type']).toMatch(/^application\/json/);
  });

  it('opens accounts of equal owners under different ids', async () => {
    const first = await bank.open();
    const second = await bank.open();

    expect(first).not.toBe(second);
  });

  it('shows an account as its last write left it', async () => {
    const path = await bank.open({ overdraftLimit: 0 });
    const { body: deposited } = await bank.send('POST', `${path}/deposits`, {
      json: { amount: 70 },
    });

    const { status, headers, body } = await bank.send('GET', path);

    expect(status).toBe(200);
    expect(body).toEqual(deposited);
    expect(body).toMatchObject({ balance: 70, revision: 1 });
    expect(headers.etag).toBe('"1"');
  });

  it('pays in and out', async () => {
    const path = await bank.open();

    const deposit = await bank.send('POST', `${path}/deposits`, {
      json: { amount: 100, reference: 'wages' },
    });
    const withdrawal = await bank.send('POST', `${path}/withdrawals`, { json: { amount: 30 } });

    expect(deposit).toMatchObject({ status: 201, body: { balance: 100, revision: 1 } });
    expect(withdrawal).toMatchObject({ status: 201, body: { balance: 70, revision: 2 } });
    expect(withdrawal.headers.etag).toBe('"2"');
    const [, deposited, withdrawn] = await bank.events(path);
    expect(deposited).toMatchObject({
      type: 'account.money-deposited',
      data: { amount: 100, currency: 'EUR', balance: 100, reference: 'wages' },
    });
    expect(withdrawn).toMatchObject({
      type: 'account.money-withdrawn',
      data: { amount: 30, currency: 'EUR', balance: 70, reference: '' },
    });
  });

  it('lets an account be overdrawn down to the agreed limit and no further', async () => {
    const path = await bank.open({ overdraftLimit: 100 });

    const allowed = await bank.send('POST', `${path}/withdrawals`, { json: { amount: 100 } });
    const refused = await bank.send('POST', `${path}/withdrawals`, { json: { amount: 1 } });

    expect(allowed).toMatchObject({ status: 201, body: { balance: -100 } });
    expect(refused).toMatchObject({
      status: 422,
      body: {
        type: 'urn:everfold:bank:insufficient-funds',
        status: 422,
        instance: `${path}/withdrawals`,
      },
    });
    expect(await bank.events(path)).toHaveLength(2);
  });

  it('refuses a deposit that the balance could not count', async () => {
    const path = await bank.open();
    const [opened] = await bank.events(path);
    const balance = Number.MAX_SAFE_INTEGER - 5;
    const data = { amount: 1, currency: 'EUR', balance, reference: '' };
    await bank.store.append(
      path.replace('/accounts/', 'account-'),
      [
        {
          id: '0193f3c4-0000-7000-8000-000000000001',
          type: 'account.money-deposited',
          version: 1,
          data,
          metadata: { correlationId: opened?.metadata.correlationId ?? '' },
        },
      ],
      { expected: 0 },
    );

    const beyond = await bank.send('POST', `${path}/deposits`, { json: { amount: 6 } });
    const upTo = await bank.send('POST', `${path}/deposits`, { json: { amount: 5 } });

    expect(beyond).toMatchObject({
      status: 422,
      body: { type: 'urn:everfold:bank:balance-limit' },
    });
    expect(upTo).toMatchObject({ status: 201, body: { balance: Number.MAX_SAFE_INTEGER } });
  });

  it.each([
    ['an owner of one character', { owner: 'A' }],
    ['an owner of 100 emoji, which are 200 UTF-16 units', { owner: '🏦'.repeat(100) }],
    ['an owner with spaces around it', { owner: ' Ada ' }],
    ['no overdraft limit', { overdraftLimit: undefined }],
    ['the largest overdraft limit', { overdraftLimit: TRILLION }],
  ])('opens with %s', async (_, terms) => {
    const json: { owner: string; currency: string; overdraftLimit?: number | undefined } = {
      owner: 'Ada',
      currency: 'CHF',
      ...terms,
    };

    const { status, body } = await bank.send('POST', '/accounts', { json });

    expect(status).toBe(201);
    expect(body.owner).toBe(json.owner);
    expect(body.overdraftLimit).toBe(json.overdraftLimit ?? 0);
  });

  it.each([
    ['1', 1],
    ['1e2', 100],
    ['100.0', 100],
    ['1000000000000', TRILLION],
    ['1E+12', TRILLION],
  ])('reads the amount %s as the integer it is', async (amount, balance) => {
    const path = await bank.open();

    const { status, body } = await bank.send('POST', `${path}/deposits`, {
      raw: `{"amount":${amount}}`,
      headers: { 'Content-Type': 'application/json' },
    });

    expect({ status, balance: body.balance }).toEqual({ status: 201, balance });
  });

  it('reads −0 as 0', async () => {
    const { status, body } = await bank.send('POST', '/accounts', {
      raw: '{"owner":"Ada","currency":"EUR","overdraftLimit":-0}',
      headers: { 'Content-Type': 'application/json' },
    });

    expect({ status, overdraftLimit: body.overdraftLimit }).toEqual({
      status: 201,
      overdraftLimit: 0,
    });
  });

  it.each(['', '🙂'.repeat(140), 'line\nbreak', '\u0000'])(
    'keeps the reference %j as it is',
    async (reference) => {
      const path = await bank.open();

      const { status } = await bank.send('POST', `${path}/deposits`, {
        json: { amount: 1, reference },
      });

      expect(status).toBe(201);
      expect((await bank.events(path))[1]?.data).toMatchObject({ reference });
    },
  );

  it('takes an id in any case and gives it back in lower case', async () => {
    const path = await bank.open();
    const upper = `/accounts/${path.slice('/accounts/'.length).toUpperCase()}`;

    const deposit = await bank.send('POST', `${upper}/deposits`, { json: { amount: 4 } });
    const shown = await bank.send('GET', upper);

    expect(deposit).toMatchObject({ status: 201, body: { balance: 4 } });
    expect(`/accounts/${shown.body.id}`).toBe(path);
  });

  it('does not mind a trailing slash', async () => {
    const opened = await bank.send('POST', '/accounts/', {
      json: { owner: 'Ada', currency: 'EUR' },
    });
    const path = opened.headers.location;
    const deposit = await bank.send('POST', `${path}/deposits/`, { json: { amount: 4 } });
    const withdrawal = await bank.send('POST', `${path}/withdrawals/`, { json: { amount: 1 } });
    const shown = await bank.send('GET', `${path}/`);

    expect([opened, deposit, withdrawal, shown].map(({ status }) => status)).toEqual([
      201, 201, 201, 200,
    ]);
  });

  it('answers HEAD as GET, without the body', async () => {
    const path = await bank.open();
    const get = await bank.send('GET', path);

    const head = await bank.send('HEAD', path);

    expect(head.status).toBe(200);
    expect(head.text).toBe('');
    expect(head.headers).toMatchObject({
      etag: '"0"',
      'content-type': get.headers['content-type'],
      'content-length': get.headers['content-length'],
    });
  });

  it('writes down who acted, within which request and which trace', async () => {
    const path = await bank.open();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    await bank.send('POST', `${path}/deposits`, {
      json: { amount: 1 },
      headers: { 'X-Actor': 'teller-7', traceparent },
    });
    await bank.send('POST', `${path}/deposits`, {
      json: { amount: 1 },
      headers: { traceparent: 'rubbish' },
    });

    const [, first, second] = await bank.events(path);
    expect(first?.metadata).toMatchObject({ actor: 'teller-7', traceparent });
    expect(second?.metadata.actor).toBeUndefined();
    expect(second?.metadata.traceparent).toBeUndefined();
    expect(second?.metadata.correlationId).not.toBe(first?.metadata.correlationId);
  });

  it('takes a hundred deposits into one account at once', async () => {
    const path = await bank.open();

    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        bank.send('POST', `${path}/deposits`, { json: { amount: 1 } }),
      ),
    );

    expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
    const { body } = await bank.send('GET', path);
    expect(body).toMatchObject({ balance: 100, revision: 100 });
  });
});
