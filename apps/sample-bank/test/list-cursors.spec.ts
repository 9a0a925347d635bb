import { codeOf } from './support/problems.js';
import { describeOnStores } from './support/stores.js';
import type { TestBank } from './support/test-bank.js';

await describeOnStores('A cursor of GET /accounts', ({ startTestBank }) => {
  let bank: TestBank;
  /** Of the last write: a read with it has all of them. */
  let token: string;
  let cursor: string;
  beforeAll(async () => {
    bank = await startTestBank();
    for (let n = 0; n < 3; n += 1) await post('/accounts', { owner: 'Ada', currency: 'EUR' });
    const { body } = await list('?owner=Ada&limit=1');
    cursor = body.next;
  });
  afterAll(() => bank.stop());

  const post = async (path: string, json: object) => {
    const { headers } = await bank.send('POST', path, { json });
    token = String(headers['consistency-token']);
  };
  const list = (query: string) =>
    bank.send('GET', `/accounts${query}`, { headers: { 'Consistency-Token': token } });

  it('says nothing to a reader, and fits into a URL as it is', () => {
    expect(cursor).toMatch(/^[\w-]{10,}$/);
  });

  it.each<readonly [string, (cursor: string) => string]>([
    ['empty', () => ''],
    ['made up', () => 'AAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['cut', (whole) => whole.slice(0, -1)],
    ['longer', (whole) => `${whole}A`],
    ['padded', (whole) => `${whole}=`],
    ['with a space', (whole) => `${whole}%20`],
    ['with a changed end', (whole) => `${whole.slice(0, -1)}${whole.endsWith('A') ? 'B' : 'A'}`],
    ['with a changed middle', (whole) => `${whole.slice(0, 7)}z${whole.slice(8)}`],
    ['given twice', (whole) => `${whole}&cursor=${whole}`],
    ['not text', () => '%ff%fe%00'],
    ['too long', () => 'A'.repeat(5_000)],
  ])('that is %s is none', async (_, spoilt) => {
    const answer = await list(`?owner=Ada&cursor=${spoilt(cursor)}`);

    expect(codeOf(answer)).toBe('invalid-cursor');
  });

  it.each(['?cursor=', '?owner=Bob&cursor=', '?owner=Ada&status=open&cursor='])(
    'of a list that was asked for something else is none: %s',
    async (query) => {
      expect(codeOf(await list(`${query}${cursor}`))).toBe('invalid-cursor');
    },
  );

  it('of another list is none, and is none there', async () => {
    const path = await bank.open({ owner: 'Eve' });
    for (const amount of [1, 2]) await post(`${path}/deposits`, { amount });
    const { body: statement } = await bank.send('GET', `${path}/statement?limit=1`);

    expect(codeOf(await list(`?cursor=${statement.next}`))).toBe('invalid-cursor');
    expect(codeOf(await bank.send('GET', `/totals?cursor=${cursor}`))).toBe('invalid-cursor');
    expect(codeOf(await bank.send('GET', `${path}/statement?cursor=${cursor}`))).toBe(
      'invalid-cursor',
    );
  });
});
