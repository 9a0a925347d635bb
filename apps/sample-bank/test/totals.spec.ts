import { jest } from '@jest/globals';
import { codeOf } from './support/problems.js';
import { describeOnStores } from './support/stores.js';
import type { TestBank } from './support/test-bank.js';
import { tokenAhead } from './support/tokens.js';

await describeOnStores('GET /totals', ({ startTestBank }) => {
  let bank: TestBank;
  let token: string;
  beforeAll(async () => {
    bank = await startTestBank();
    await threeDays();
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => bank.stop());

  const post = async (path: string, json: object) => {
    const answer = await bank.send('POST', path, { json });
    token = String(answer.headers['consistency-token']);
    return answer;
  };
  const open = async (currency = 'EUR', overdraftLimit = 1_000): Promise<string> =>
    (await post('/accounts', { owner: 'Ada', currency, overdraftLimit })).body.id;
  const move = (id: string, kind: 'deposits' | 'withdrawals', amount: number) =>
    post(`/accounts/${id}/${kind}`, { amount });
  const totals = (query = '') =>
    bank.send('GET', `/totals${query}`, { headers: { 'Consistency-Token': token } });

  /** Two currencies on the 30th, one on the 31st and one on the 2nd. */
  const threeDays = async () => {
    isNow('2026-01-30T10:00:00.000Z');
    const [euros, also, dollars] = [await open(), await open(), await open('USD')];
    await move(euros, 'deposits', 70);
    await move(also, 'deposits', 5);
    await move(also, 'withdrawals', 25);
    await move(dollars, 'withdrawals', 8);
    isNow('2026-01-31T23:59:59.999Z');
    await move(euros, 'deposits', 1);
    isNow('2026-02-02T00:00:00.000Z');
    await move(euros, 'withdrawals', 2);
    jest.restoreAllMocks();
  };
  const ALL = [
    { day: '2026-01-30', currency: 'EUR', deposited: 75, withdrawn: 25 },
    { day: '2026-01-30', currency: 'USD', deposited: 0, withdrawn: 8 },
    { day: '2026-01-31', currency: 'EUR', deposited: 1, withdrawn: 0 },
    { day: '2026-02-02', currency: 'EUR', deposited: 0, withdrawn: 2 },
  ];

  it('sums up what was paid in and out on each day of UTC, in each currency', async () => {
    const { status, body } = await totals();

    expect(status).toBe(200);
    expect(body).toEqual({ items: ALL, next: null });
  });

  it('is empty while nothing has moved', async () => {
    const quiet = await startTestBank();
    await quiet.open();

    const { status, body } = await quiet.send('GET', '/totals');
    await quiet.stop();

    expect(status).toBe(200);
    expect(body).toEqual({ items: [], next: null });
  });

  it.each<readonly [string, readonly number[]]>([
    ['?from=2026-01-31', [2, 3]],
    ['?to=2026-01-31', [0, 1, 2]],
    ['?from=2026-01-31&to=2026-01-31', [2]],
    ['?from=2026-01-30&to=2026-02-02', [0, 1, 2, 3]],
    ['?from=2026-02-01&to=2026-02-01', []],
    ['?from=2026-02-02&to=2026-01-30', []],
    ['?from=0000-01-01&to=9999-12-31', [0, 1, 2, 3]],
  ])('%s includes both ends', async (query, expected) => {
    const { body } = await totals(query);

    expect(body).toEqual({ items: expected.map((index) => ALL[index]), next: null });
  });

  it('comes in pages that leave nothing out and show nothing twice', async () => {
    const shown: object[] = [];

    let query = '?to=2026-02-01&limit=1';
    for (;;) {
      const { body } = await totals(query);
      shown.push(...body.items);
      if (body.next === null) break;
      query = `?to=2026-02-01&limit=1&cursor=${body.next}`;
    }

    expect(shown).toEqual(ALL.slice(0, 3));
  });

  it.each([
    'from=',
    'from=today',
    'from=2026-1-1',
    'from=2026-02-29',
    'from=2026-13-01',
    'from=2026-00-10',
    'from=2026-01-32',
    'from=2026-01-01T00:00:00Z',
    'from=20260101',
    'from=+02026-01-01',
    'from=2026-01-01%00',
    'from=%D9%A2%D9%A0%D9%A2%D9%A6-01-01',
    'from=2026-01-01&from=2026-01-01',
    'to=2026-02-30',
    'to=x',
    'to=',
    'to=a&to=b',
    'limit=0',
    'limit=101',
    'limit=',
  ])('refuses %s', async (query) => {
    const answer = await bank.send('GET', `/totals?${query}`);

    expect(codeOf(answer)).toBe('validation-failed');
    expect(answer.body.detail).toContain(query.split('=')[0]);
  });

  it('refuses a cursor that was made for other days', async () => {
    const { body } = await totals('?from=2026-01-30&limit=1');

    const answers = [
      await totals(`?cursor=${body.next}`),
      await totals(`?from=2026-01-29&cursor=${body.next}`),
      await totals(`?from=2026-01-30&to=2026-01-31&cursor=${body.next}`),
      await totals(`?from=2026-01-30&cursor=${body.next}x`),
    ];

    expect(new Set(answers.map(codeOf))).toEqual(new Set(['invalid-cursor']));
  });

  it('has its errors in the order of the contract', async () => {
    const ask = (query: string, headers = {}) => bank.send('GET', `/totals${query}`, { headers });
    const foreign = { 'Consistency-Token': 'x' };
    const ahead = { 'Consistency-Token': tokenAhead(token) };
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);

    const answers = [
      await ask('?from=x&cursor=y', foreign),
      await ask('?cursor=y', foreign),
      await ask('?cursor=y', ahead),
      await ask('', ahead),
    ];

    expect(answers.map(codeOf)).toEqual([
      'validation-failed',
      'invalid-token',
      'invalid-cursor',
      'read-model-behind',
    ]);
  });

  it('answers HEAD as GET, and nothing else', async () => {
    const head = await bank.send('HEAD', '/totals/');
    const others = await Promise.all(
      ['POST', 'PUT', 'DELETE'].map((method) => bank.send(method, '/totals')),
    );
    const below = await bank.send('GET', '/totals/2026-01-30');

    expect(head).toMatchObject({ status: 200, text: '' });
    expect([...others, below].map(codeOf)).toEqual(new Array(4).fill('no-route'));
  });
});

function isNow(time: string): void {
  jest.spyOn(Date, 'now').mockReturnValue(Date.parse(time));
}
