import { jest } from '@jest/globals';
import { codeOf } from './support/problems.js';
import { describeOnStores } from './support/stores.js';
import type { TestBank } from './support/test-bank.js';
import { tokenAhead } from './support/tokens.js';

await describeOnStores('A request to GET /accounts', ({ startTestBank }) => {
  let bank: TestBank;
  let token: string;
  beforeAll(async () => {
    bank = await startTestBank();
    const { headers } = await bank.send('POST', '/accounts', {
      json: { owner: 'Ada', currency: 'EUR' },
    });
    token = String(headers['consistency-token']);
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => bank.stop());

  const list = (query = '') =>
    bank.send('GET', `/accounts${query}`, { headers: { 'Consistency-Token': token } });

  it.each(['', 'x'.repeat(8_000), '%00', '%ff%fe', '%F0%9F%A6%8A', '$', '..%2F..', '%zz'])(
    'finds nobody under an owner that none has: %.20s',
    async (owner) => {
      expect(await list(`?owner=${owner}`)).toMatchObject({
        status: 200,
        body: { items: [], next: null },
      });
    },
  );

  it.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'limit=',
    'limit=1&limit=2',
    'owner=a&owner=b',
    'owner=a&owner=a',
    'status=',
    'status=Open',
    'status=deleted',
    'status=open,frozen',
    'status=open&status=open',
    'status=__proto__',
    'status=constructor',
    'status=%00',
  ])('refuses %s', async (query) => {
    const answer = await bank.send('GET', `/accounts?${query}`);

    expect(codeOf(answer)).toBe('validation-failed');
    expect(answer.body.detail).toContain(query.split('=')[0]);
  });

  it.each([
    '?',
    '?x=1',
    '?Owner=b',
    '?owner[]=b',
    '?status[$ne]=open',
    '?__proto__=1',
    '?limit[]=0',
  ])('passes over parameters that it does not know: %s', async (query) => {
    expect((await list(query)).body.items).toHaveLength(1);
  });

  it.each([
    '',
    'x',
    '../..',
    '0'.repeat(300),
    '{}',
    'AAAA',
    '00000000-0000-0000-0000-000000000000.1',
  ])('refuses the token %j', async (made) => {
    const answer = await bank.send('GET', '/accounts', { headers: { 'Consistency-Token': made } });

    expect(codeOf(answer)).toBe('invalid-token');
  });

  it('refuses a token of another bank', async () => {
    const other = await startTestBank();
    const { headers } = await other.send('POST', '/accounts', {
      json: { owner: 'Ada', currency: 'EUR' },
    });
    await other.stop();

    const answer = await bank.send('GET', '/accounts', {
      headers: { 'Consistency-Token': headers['consistency-token'] },
    });

    expect(codeOf(answer)).toBe('invalid-token');
  });

  it('has its errors in the order of the contract', async () => {
    const ask = (query: string, headers = {}) => bank.send('GET', `/accounts${query}`, { headers });
    const foreign = { 'Consistency-Token': 'x' };
    const ahead = { 'Consistency-Token': tokenAhead(token) };
    jest.spyOn(process.stderr, 'write').mockReturnValue(true);

    const answers = [
      await ask('?limit=0&cursor=y', foreign),
      await ask('?status=x&cursor=y', foreign),
      await ask('?cursor=y', foreign),
      await ask('?cursor=y', ahead),
      await ask('', ahead),
    ];

    expect(answers.map(codeOf)).toEqual([
      'validation-failed',
      'validation-failed',
      'invalid-token',
      'invalid-cursor',
      'read-model-behind',
    ]);
    expect(answers.at(-1)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
  });

  it('does not mind a trailing slash, and answers HEAD as GET', async () => {
    const slash = await list('/?limit=1');
    const head = await bank.send('HEAD', '/accounts?limit=1');

    expect(slash.status).toBe(200);
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers['content-length']).toBe(String(Buffer.byteLength(slash.text)));
  });
});
