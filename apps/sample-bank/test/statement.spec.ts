import { jest } from '@jest/globals';
import { codeOf } from './support/problems.js';
import { describeOnStores } from './support/stores.js';
import type { TestBank } from './support/test-bank.js';
import { tokenAhead } from './support/tokens.js';

const NOBODY = '/accounts/00000000-0000-0000-0000-000000000000';

await describeOnStores('statements', ({ startTestBank }) => {
  let bank: TestBank;
  let path: string;
  beforeAll(async () => {
    bank = await startTestBank();
  });
  afterAll(() => bank.stop());
  beforeEach(async () => {
    path = await bank.open({ overdraftLimit: 100 });
  });
  afterEach(() => jest.restoreAllMocks());

  const post = (action: string, json: object = {}) =>
    bank.send('POST', `${path}/${action}`, { json });
  const deposits = async (...amounts: number[]) => {
    for (const amount of amounts) await post('deposits', { amount });
  };
  const statement = (query = '', at = path) => bank.send('GET', `${at}/statement${query}`);

  it('show what moved, oldest first, with the balance after it', async () => {
    await post('deposits', { amount: 70, reference: 'wages' });
    await post('freeze');
    await post('unfreeze');
    await post('withdrawals', { amount: 100 });

    const { status, body, headers } = await statement();

    expect(status).toBe(200);
    expect(body).toEqual({
      items: [
        {
          type: 'deposit',
          amount: 70,
          balance: 70,
          reference: 'wages',
          revision: 1,
          at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        },
        {
          type: 'withdrawal',
          amount: 100,
          balance: -30,
          reference: '',
          revision: 4,
          at: expect.any(String),
        },
      ],
      next: null,
    });
    const recorded = (await bank.events(path))[1]?.recordedAt.toISOString();
    expect(body.items[0].at).toBe(recorded);
    expect(headers.etag).toBeUndefined();
  });

  it('of an account on which nothing moved are empty', async () => {
    await post('freeze');

    expect(await statement()).toMatchObject({ status: 200, body: { items: [], next: null } });
  });

  it('come in pages that leave nothing out and show nothing twice', async () => {
    await deposits(1, 2, 3);
    await post('freeze');
    await post('unfreeze');
    await deposits(4, 5);
    const amounts: number[][] = [];

    let query = '?limit=2';
    for (;;) {
      const { body } = await statement(query);
      amounts.push(body.items.map(({ amount }: { amount: number }) => amount));
      if (body.next === null) break;
      query = `?limit=2&cursor=${body.next}`;
    }

    expect(amounts).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('end with a full page when it is the last one, whatever else came behind it', async () => {
    await deposits(1, 2);
    await post('freeze');

    const { body } = await statement('?limit=2');

    expect(body.items).toHaveLength(2);
    expect(body.next).toBeNull();
  });

  it('go on where they stood when more has moved since', async () => {
    await deposits(1, 2);
    const { body: first } = await statement('?limit=1');
    await deposits(3);

    const { body } = await statement(`?limit=5&cursor=${first.next}`);

    expect(body.items.map(({ amount }: { amount: number }) => amount)).toEqual([2, 3]);
  });

  it('show 50 items unless told otherwise, and 100 at most', async () => {
    await deposits(...new Array<number>(101).fill(1));

    const usual = await statement();
    const most = await statement('?limit=100');

    expect(usual.body.items).toHaveLength(50);
    expect(most.body.items).toHaveLength(100);
    expect(most.body.items[99]).toMatchObject({ balance: 100, revision: 100 });
    expect([usual.body.next, most.body.next]).not.toContain(null);
  });

  it('read one event of the log, however long they are', async () => {
    await deposits(...new Array<number>(20).fill(1));
    const { body: first } = await statement('?limit=5');
    const reading = jest.spyOn(bank.store, 'read');

    await statement(`?limit=5&cursor=${first.next}`);

    expect(reading.mock.calls.map(([, options]) => options)).toEqual([
      { direction: 'backwards', limit: 1 },
    ]);
  });

  it.each([
    '0',
    '101',
    '-1',
    '1.0',
    '1e1',
    '01',
    '+5',
    '%205',
    '',
    'all',
    '٣',
    '5;6',
    '99999999999999999999',
    '1&limit=2',
    '5&limit=5',
  ])('refuse limit=%s', async (limit) => {
    const answer = await statement(`?limit=${encodeURI(limit).replaceAll('%25', '%')}`);

    expect(codeOf(answer)).toBe('validation-failed');
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toMatch(/limit/);
  });

  it.each(['?', '?x=1', '?Limit=0', '?limit[]=0', '?__proto__=1', '?limit%00=0', '?%zz&limit=1'])(
    'pass over parameters that they do not know: %s',
    async (query) => {
      expect(await statement(query)).toMatchObject({ status: 200 });
    },
  );

  describe('a cursor', () => {
    let cursor: string;
    beforeEach(async () => {
      await deposits(1, 2, 3);
      const { body } = await statement('?limit=1');
      cursor = body.next;
    });

    it('says nothing to a reader, and fits into a URL as it is', () => {
      expect(cursor).toMatch(/^[\w-]{10,}$/);
      expect(cursor).not.toContain(path.slice('/accounts/'.length));
    });

    it.each<readonly [string, (cursor: string) => string]>([
      ['empty', () => ''],
      ['made up', () => '1'],
      ['a revision', () => Buffer.from('1').toString('base64url')],
      ['cut', (whole) => whole.slice(0, -1)],
      ['longer', (whole) => `${whole}A`],
      ['padded', (whole) => `${whole}=`],
      ['with a space', (whole) => `${whole}%20`],
      ['with a changed end', (whole) => `${whole.slice(0, -1)}${whole.endsWith('A') ? 'B' : 'A'}`],
      ['with a changed middle', (whole) => `${whole.slice(0, 7)}z${whole.slice(8)}`],
      ['given twice', (whole) => `${whole}&cursor=${whole}`],
      ['of another spelling', (whole) => whole.toLowerCase().toUpperCase()],
      ['not text', () => '%ff%fe%00'],
      ['too long', () => 'A'.repeat(5_000)],
    ])('that is %s is none', async (_, spoilt) => {
      const answer = await statement(`?cursor=${spoilt(cursor)}`);

      expect(codeOf(answer)).toBe('invalid-cursor');
      expect(answer.status).toBe(400);
    });

    it('of another account is none', async () => {
      const other = await bank.open();

      expect(codeOf(await statement(`?cursor=${cursor}`, other))).toBe('invalid-cursor');
    });

    it('is the same for an id in any case', async () => {
      const { body } = await statement(
        `?cursor=${cursor}`,
        path.toUpperCase().replace('ACCOUNTS', 'accounts'),
      );

      expect(body.items).toHaveLength(2);
    });
  });

  it('are told of no account where there is none', async () => {
    const answer = await statement('', NOBODY);

    expect(codeOf(answer)).toBe('account-not-found');
    expect(answer.status).toBe(404);
  });

  it.each(['delete', 'tombstone'] as const)(
    'are gone with the account (%s), also in the middle of them',
    async (removal) => {
      await deposits(1, 2, 3);
      const { body } = await statement('?limit=1');
      await bank.store[removal](path.replace('/accounts/', 'account-'));

      const answers = [await statement(), await statement(`?cursor=${body.next}`)];

      expect(answers.map(codeOf)).toEqual(['account-not-found', 'account-not-found']);
    },
  );

  it('have their errors in the order of the contract', async () => {
    const token = { 'Consistency-Token': 'x' };
    const ask = (at: string, query: string, headers = {}) =>
      bank.send('GET', `${at}/statement${query}`, { headers });

    const answers = [
      await ask('/accounts/x', '?limit=0&cursor=y', token),
      await ask(NOBODY, '?limit=0&cursor=y', token),
      await ask(NOBODY, '?cursor=y', token),
      await ask(NOBODY, '?cursor=y'),
      await ask(NOBODY, ''),
    ];

    expect(answers.map(codeOf)).toEqual([
      'invalid-id',
      'validation-failed',
      'invalid-token',
      'invalid-cursor',
      'account-not-found',
    ]);
  });

  it('do not mind a trailing slash, and answer HEAD as GET', async () => {
    const slash = await bank.send('GET', `${path}/statement/?limit=1`);
    const head = await bank.send('HEAD', `${path}/statement`);

    expect(slash.status).toBe(200);
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers['content-length']).toBe(String(Buffer.byteLength(slash.text)));
  });

  it('are no place to write to', async () => {
    expect(codeOf(await post('statement'))).toBe('no-route');
  });

  it('wait for what the token names, and not for ever', async () => {
    const early = await startTestBank({ READ_TIMEOUT_MS: '40' });
    const at = await early.open();
    const { headers } = await early.send('POST', `${at}/deposits`, { json: { amount: 1 } });
    const own = String(headers['consistency-token']);
    const ask = (token: string, query = '') =>
      early.send('GET', `${at}/statement${query}`, { headers: { 'Consistency-Token': token } });
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);

    const there = await ask(own);
    const behind = await ask(tokenAhead(own));
    const wrong = await ask(tokenAhead(own), '?cursor=x');
    const missing = await early.send('GET', `${NOBODY}/statement`, {
      headers: { 'Consistency-Token': own },
    });
    await early.stop();

    expect(there).toMatchObject({ status: 200, body: { items: [{ amount: 1 }] } });
    expect(codeOf(behind)).toBe('read-model-behind');
    expect(behind).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(codeOf(wrong)).toBe('invalid-cursor');
    expect(codeOf(missing)).toBe('account-not-found');
  });
});
