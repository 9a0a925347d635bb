import { jest } from '@jest/globals';
import { describeOnStores } from './support/stores.js';
import type { TestBank } from './support/test-bank.js';

await describeOnStores('GET /accounts', ({ startTestBank }) => {
  let bank: TestBank;
  /** Of the last write: a read with it has all of them. */
  let token: string;
  beforeEach(async () => {
    bank = await startTestBank();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await bank.stop();
  });

  const post = async (path: string, json: object = {}) => {
    const answer = await bank.send('POST', path, { json });
    token = String(answer.headers['consistency-token'] ?? token);
    return answer;
  };
  const open = async (owner: string, currency = 'EUR'): Promise<string> => {
    const { body } = await post('/accounts', { owner, currency });
    return body.id;
  };
  const list = (query = '') =>
    bank.send('GET', `/accounts${query}`, { headers: { 'Consistency-Token': token } });
  const ids = async (query = ''): Promise<string[]> =>
    (await list(query)).body.items.map(({ id }: { id: string }) => id);

  it('shows accounts as GET /accounts/:id does, by id ascending', async () => {
    const opened = [await open('Ada'), await open('Bob', 'USD'), await open('Eve')];
    const [ada = '', bob = '', eve = ''] = opened;
    await post(`/accounts/${ada}/deposits`, { amount: 70 });
    await post(`/accounts/${ada}/withdrawals`, { amount: 20 });
    await post(`/accounts/${bob}/freeze`);
    await post(`/accounts/${eve}/freeze`);
    await post(`/accounts/${eve}/unfreeze`);
    await post(`/accounts/${eve}/close`);

    const { status, body, headers } = await list();

    const alone = await Promise.all(
      sorted(opened).map(async (id) => (await bank.send('GET', `/accounts/${id}`)).body),
    );
    expect(status).toBe(200);
    expect(body).toEqual({ items: alone, next: null });
    expect(sorted(body.items.map((each: { status: string }) => each.status))).toEqual([
      'closed',
      'frozen',
      'open',
    ]);
    expect(headers.etag).toBeUndefined();
  });

  it('is empty in a bank without accounts', async () => {
    const { status, body } = await bank.send('GET', '/accounts');

    expect(status).toBe(200);
    expect(body).toEqual({ items: [], next: null });
  });

  it('finds by owner, exactly, by status, and by both', async () => {
    const [ada, also, lower] = [await open('Ada'), await open('Ada'), await open('ada')];
    const other = await open('Ada Lovelace');
    await post(`/accounts/${also}/freeze`);

    const found = {
      owner: await ids('?owner=Ada'),
      frozen: await ids('?status=frozen'),
      both: await ids('?owner=Ada&status=open'),
      open: await ids('?status=open'),
      none: await ids('?owner=Ada&status=closed'),
      spaced: await ids('?owner=Ada+Lovelace'),
    };

    expect(found).toEqual({
      owner: sorted([ada, also]),
      frozen: [also],
      both: [ada],
      open: sorted([ada, lower, other]),
      none: [],
      spaced: [other],
    });
  });

  it.each([
    'Zoë 🦊 %&=+#?',
    '\u{1F469}\u200D\u{1F4BB}',
    '{"$gt":""}',
    '__proto__',
    'constructor',
    'a\u0000b',
  ])('finds the owner %j and no other', async (owner) => {
    await open('Eve');
    const wanted = await open(owner);

    await expect(ids(`?owner=${encodeURIComponent(owner)}`)).resolves.toEqual([wanted]);
  });

  it('comes in pages that leave nothing out and show nothing twice, while accounts change', async () => {
    const opened = await Promise.all(Array.from({ length: 7 }, () => open('Ada')));
    await open('Bob');
    const shown: string[] = [];

    let query = '?owner=Ada&limit=3';
    for (;;) {
      const { body } = await list(query);
      shown.push(...body.items.map(({ id }: { id: string }) => id));
      for (const id of opened) await post(`/accounts/${id}/deposits`, { amount: 1 });
      if (body.next === null) break;
      query = `?owner=Ada&limit=3&cursor=${body.next}`;
    }

    expect(shown).toEqual(sorted(opened));
  });

  it('goes on behind an account that is not in the list any more', async () => {
    const opened = sorted(await Promise.all(Array.from({ length: 3 }, () => open('Ada'))));
    const { body: first } = await list('?status=open&limit=2');
    await post(`/accounts/${opened[1]}/freeze`);

    await expect(ids(`?status=open&cursor=${first.next}`)).resolves.toEqual(opened.slice(2));
  });

  it('ends with a full page when it is the last one', async () => {
    await Promise.all([open('Ada'), open('Ada')]);

    const { body } = await list('?limit=2');

    expect(body.items).toHaveLength(2);
    expect(body.next).toBeNull();
  });

  it('shows 50 accounts unless told otherwise, and 100 at most', async () => {
    await Promise.all(Array.from({ length: 101 }, () => open('Ada')));

    const usual = await list();
    const most = await list('?limit=100');

    expect([usual.body.items.length, most.body.items.length]).toEqual([50, 100]);
    expect([usual.body.next, most.body.next]).not.toContain(null);
  });
});

function sorted(texts: readonly string[]): readonly string[] {
  return [...texts].sort((a, b) => (a < b ? -1 : 1));
}
