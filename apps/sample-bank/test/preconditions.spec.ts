import type { EventStore } from '@everfold/core';
import { jest } from '@jest/globals';
import { codeOf } from './support/problems.js';
import { startTestBank, type TestBank } from './support/test-bank.js';

describe('conditional requests', () => {
  let bank: TestBank;
  let path: string;
  beforeAll(async () => {
    bank = await startTestBank();
  });
  afterAll(() => bank.stop());
  beforeEach(async () => {
    path = await bank.open();
    await bank.send('POST', `${path}/deposits`, { json: { amount: 10 } });
  });

  const deposit = (ifMatch: string | string[]) =>
    bank.send('POST', `${path}/deposits`, {
      json: { amount: 1 },
      headers: { 'If-Match': ifMatch },
    });

  describe('If-Match', () => {
    it.each(['"1"', '*'])('%s lets the write happen', async (tag) => {
      const { status, headers } = await deposit(tag);

      expect({ status, etag: headers.etag }).toEqual({ status: 201, etag: '"2"' });
    });

    it.each([
      '"0"',
      '"2"',
      '"01"',
      '"1!"',
      '""',
      '"abc"',
      '"99999999999999999999"',
      '"1.0"',
      '"-1"',
    ])('%s is stale, and nothing is written', async (tag) => {
      const answer = await deposit(tag);

      expect(codeOf(answer)).toBe('stale-revision');
      expect(answer.status).toBe(412);
      expect(await bank.events(path)).toHaveLength(2);
    });

    it.each([
      'W/"1"',
      '1',
      '"1", "2"',
      '"0","1"',
      '"1',
      '1"',
      '',
      '*, "1"',
      '**',
      "'1'",
      '"1" "2"',
      '"a b"',
    ])('%s is neither one strong tag nor *', async (tag) => {
      const answer = await deposit(tag);

      expect(codeOf(answer)).toBe('validation-failed');
      expect(answer.body.detail).toMatch(/If-Match/);
      expect(await bank.events(path)).toHaveLength(2);
    });

    it('sent twice is a list', async () => {
      const answer = await deposit(['"1"', '"1"']);

      expect(codeOf(answer)).toBe('validation-failed');
    });

    it('lets one of many writers at a revision win, and retries for none', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => deposit('"1"')));

      const statuses = answers.map(({ status }) => status).sort();
      expect(statuses).toEqual([201, ...new Array(19).fill(412)]);
      expect(await bank.events(path)).toHaveLength(3);
    });

    it.each(['"7"', 'W/"x"', 'rubbish'])(
      '%s is ignored where an account is opened',
      async (tag) => {
        const { status } = await bank.send('POST', '/accounts', {
          json: { owner: 'Ada', currency: 'EUR' },
          headers: { 'If-Match': tag },
        });

        expect(status).toBe(201);
      },
    );

    it('* does not make an account', async () => {
      const answer = await bank.send(
        'POST',
        '/accounts/00000000-0000-0000-0000-000000000000/deposits',
        { json: { amount: 1 }, headers: { 'If-Match': '*' } },
      );

      expect(codeOf(answer)).toBe('account-not-found');
    });

    it('names revisions, so that a refused write leaves the tag as it was', async () => {
      await bank.send('POST', `${path}/withdrawals`, { json: { amount: 99 } });

      expect(await deposit('"1"')).toMatchObject({ status: 201 });
    });
  });

  describe('If-None-Match', () => {
    const get = (value: string, more = {}) =>
      bank.send('GET', path, { headers: { 'If-None-Match': value, ...more } });

    it.each(['"1"', 'W/"1"', '*', '"0", "1"', '"x",W/"1" , "y"', '"a,b", "1"', ', ,"1",'])(
      '%s has the account already',
      async (value) => {
        const answer = await get(value);

        expect(answer).toMatchObject({ status: 304, text: '' });
        expect(answer.headers.etag).toBe('"1"');
      },
    );

    it.each([
      '"0"',
      '"2"',
      'W/"11"',
      '"x"',
      '1',
      '',
      'garbage "1"',
      '"1" garbage',
      '"0" "1"',
      '"1", 2',
      '*, "1"',
      'w/"1"',
      '"0","1',
      '" , "1"',
    ])('%s has not', async (value) => {
      expect(await get(value)).toMatchObject({ status: 200, body: { balance: 10 } });
    });

    it('decides also for a client that asks past its caches', async () => {
      const answers = [
        await get('"1"', { 'Cache-Control': 'no-cache' }),
        await get('"0"', { 'Cache-Control': 'no-cache' }),
      ];

      expect(answers.map(({ status }) => status)).toEqual([304, 200]);
    });

    it('answers HEAD likewise', async () => {
      const { status } = await bank.send('HEAD', path, { headers: { 'If-None-Match': '"1"' } });

      expect(status).toBe(304);
    });

    it('finds no account where there is none', async () => {
      const answer = await bank.send('GET', '/accounts/00000000-0000-0000-0000-000000000000', {
        headers: { 'If-None-Match': '*' },
      });

      expect(codeOf(answer)).toBe('account-not-found');
    });
  });

  describe('Consistency-Token', () => {
    const get = (token: string, at = path) =>
      bank.send('GET', at, { headers: { 'Consistency-Token': token } });

    it('of a write is accepted by a read', async () => {
      const { headers } = await bank.send('POST', `${path}/withdrawals`, { json: { amount: 1 } });

      const answer = await get(String(headers['consistency-token']));

      expect(answer).toMatchObject({ status: 200, body: { balance: 9 } });
    });

    it.each(['x', '', 'null', '.', '%00', 'a'.repeat(5_000)])('%.20s is none', async (token) => {
      const answer = await get(token);

      expect(codeOf(answer)).toBe('invalid-token');
      expect(answer.status).toBe(400);
    });

    it('of another bank is none, nor is one that was tampered with', async () => {
      const other = await startTestBank();
      const { headers: foreign } = await other.send('POST', '/accounts', {
        json: { owner: 'Ada', currency: 'EUR' },
      });
      await other.stop();
      const { headers: own } = await bank.send('POST', `${path}/deposits`, { json: { amount: 1 } });
      const token = String(own['consistency-token']);
      const tokens = [
        String(foreign['consistency-token']),
        token.slice(0, -1),
        `${token}0`,
        `${token.slice(0, -1)}z`,
        `${token}, ${token}`,
      ];

      const answers = await Promise.all(tokens.map((each) => get(each)));

      expect(answers.map(codeOf)).toEqual(tokens.map(() => 'invalid-token'));
    });

    it('is looked at after the id and before the account', async () => {
      const answers = [
        await get('x', '/accounts/y'),
        await get('x', '/accounts/00000000-0000-0000-0000-000000000000'),
      ];

      expect(answers.map(codeOf)).toEqual(['invalid-id', 'invalid-token']);
    });

    it('is waited for, and not for ever', async () => {
      const early = await startTestBank({ READ_TIMEOUT_MS: '40' });
      const at = await early.open();
      const head = await early.store.head();
      const { headers } = await early.send('POST', `${at}/deposits`, { json: { amount: 1 } });
      const token = String(headers['consistency-token']);
      const store: EventStore = early.store;
      store.head = () => Promise.resolve(head);
      const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);

      const answer = await early.send('GET', at, { headers: { 'Consistency-Token': token } });
      const lines = written.mock.calls.map(([line]) => String(line));
      written.mockRestore();
      await early.stop();

      expect(codeOf(answer)).toBe('read-model-behind');
      expect(answer.status).toBe(503);
      expect(answer.headers['retry-after']).toMatch(/^\d+$/);
      expect(lines).toEqual([
        expect.stringMatching(
          new RegExp(`Z warning ProblemFilter: GET ${at}: read-model-behind: What .* yet\\.\n$`),
        ),
      ]);
    });

    it('is ignored by writes', async () => {
      const { status } = await bank.send('POST', `${path}/deposits`, {
        json: { amount: 1 },
        headers: { 'Consistency-Token': 'x' },
      });

      expect(status).toBe(201);
    });
  });
});
