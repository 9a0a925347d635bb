import type { Sent } from './support/http-client.js';
import { codeOf } from './support/problems.js';
import { startTestBank, type TestBank } from './support/test-bank.js';

const NOBODY = '/accounts/00000000-0000-0000-0000-000000000000';
const JSON_TYPE = { 'Content-Type': 'application/json' };

describe('errors', () => {
  let bank: TestBank;
  let account: string;
  beforeAll(async () => {
    bank = await startTestBank();
    account = await bank.open();
  });
  afterAll(() => bank.stop());

  describe('a body that breaks a rule', () => {
    it.each([
      ['without an owner', { currency: 'EUR' }, ['/owner']],
      ['with nothing', {}, ['/owner', '/currency']],
      ['with an empty owner', { owner: '', currency: 'EUR' }, ['/owner']],
      ['with a blank owner', { owner: ' \t\n\u00a0\u3000\u200b', currency: 'EUR' }, ['/owner']],
      ['with an owner of U+3164', { owner: '\u3164', currency: 'EUR' }, ['/owner']],
      ['with an owner of U+2800', { owner: '\u2800 \u2800', currency: 'EUR' }, ['/owner']],
      ['with an owner of U+00AD', { owner: '\u00ad', currency: 'EUR' }, ['/owner']],
      ['with an owner of U+FEFF', { owner: '\ufeff', currency: 'EUR' }, ['/owner']],
      ['with an owner of U+115F', { owner: '\u115f\ufe0f', currency: 'EUR' }, ['/owner']],
      ['with an owner of U+1D159', { owner: '\u{1d159}', currency: 'EUR' }, ['/owner']],
      ['with an owner of 101 characters', { owner: 'é'.repeat(101), currency: 'EUR' }, ['/owner']],
      ['with an owner of 101 emoji', { owner: '🏦'.repeat(101), currency: 'EUR' }, ['/owner']],
      ['with half a surrogate pair', { owner: 'A\ud800', currency: 'EUR' }, ['/owner']],
      ['with an owner that is a number', { owner: 5, currency: 'EUR' }, ['/owner']],
      ['with an owner that is a list', { owner: ['Ada'], currency: 'EUR' }, ['/owner']],
      ['with an owner that is an object', { owner: { length: 3 }, currency: 'EUR' }, ['/owner']],
      ['with no owner but null', { owner: null, currency: 'EUR' }, ['/owner']],
      ['with a small currency', { owner: 'A', currency: 'eur' }, ['/currency']],
      ['with a long currency', { owner: 'A', currency: 'EURO' }, ['/currency']],
      ['with a currency and a line end', { owner: 'A', currency: 'EUR\n' }, ['/currency']],
      ['with a currency in a list', { owner: 'A', currency: ['EUR'] }, ['/currency']],
      [
        'with a negative limit',
        { owner: 'A', currency: 'EUR', overdraftLimit: -1 },
        ['/overdraftLimit'],
      ],
      [
        'with a large limit',
        { owner: 'A', currency: 'EUR', overdraftLimit: 1e12 + 1 },
        ['/overdraftLimit'],
      ],
      [
        'with half a limit',
        { owner: 'A', currency: 'EUR', overdraftLimit: 0.5 },
        ['/overdraftLimit'],
      ],
      [
        'with a limit in quotes',
        { owner: 'A', currency: 'EUR', overdraftLimit: '5' },
        ['/overdraftLimit'],
      ],
      [
        'with null for a limit',
        { owner: 'A', currency: 'EUR', overdraftLimit: null },
        ['/overdraftLimit'],
      ],
      ['with an unknown field', { owner: 'A', currency: 'EUR', balance: 5 }, ['/balance']],
      ['with a field to escape', { owner: 'A', currency: 'EUR', 'a/b~c': 5 }, ['/a~1b~0c']],
      ['with two wrongs', { owner: 'A', currency: 5, id: 'x' }, ['/id', '/currency']],
    ])('%s is refused with pointers', async (_, json, pointers) => {
      const answer = await bank.send('POST', '/accounts', { json });

      expect(codeOf(answer)).toBe('validation-failed');
      expect(answer.status).toBe(400);
      expect(answer.body.instance).toBe('/accounts');
      const errors: { pointer: string; detail: string }[] = answer.body.errors;
      expect(errors.map(({ pointer }) => pointer)).toEqual(pointers);
      expect(errors.every(({ detail }) => detail.length > 0)).toBe(true);
    });

    it.each([
      ['"amount":0', '/amount'],
      ['"amount":-1', '/amount'],
      ['"amount":1.5', '/amount'],
      ['"amount":"5"', '/amount'],
      ['"amount":null', '/amount'],
      ['"amount":true', '/amount'],
      ['"amount":[5]', '/amount'],
      ['"amount":1e400', '/amount'],
      ['"amount":1000000000001', '/amount'],
      ['"amount":9007199254740993', '/amount'],
      ['"reference":"no amount"', '/amount'],
      ['"amount":1,"reference":null', '/reference'],
      ['"amount":1,"reference":7', '/reference'],
      [`"amount":1,"reference":"${'x'.repeat(141)}"`, '/reference'],
      ['"amount":1,"reference":"\\udc00"', '/reference'],
      ['"amount":1,"currency":"EUR"', '/currency'],
      ['"amount":1,"__proto__":{"x":1}', '/__proto__'],
      ['"amount":1,"__proto__":null', '/__proto__'],
      ['"amount":1,"constructor":{"prototype":{"x":1}}', '/constructor'],
      ['"amount":1,"prototype":{}', '/prototype'],
      ['"amount":1,"hasOwnProperty":1', '/hasOwnProperty'],
      ['"__proto__":{"amount":1}', '/__proto__'],
    ])('{%.60s} is refused by both movements', async (fields, pointer) => {
      const sent: Sent = { raw: `{${fields}}`, headers: JSON_TYPE };

      for (const movement of ['deposits', 'withdrawals']) {
        const answer = await bank.send('POST', `${account}/${movement}`, sent);

        expect(codeOf(answer)).toBe('validation-failed');
        expect(answer.body.errors[0].pointer).toBe(pointer);
      }
      expect(Reflect.get({}, 'x')).toBeUndefined();
    });

    it.each(['[]', 'null', '5', '"text"', 'true', '[{"amount":1}]'])(
      'that is %s is refused as a whole',
      async (raw) => {
        const answer = await bank.send('POST', `${account}/deposits`, { raw, headers: JSON_TYPE });

        expect(codeOf(answer)).toBe('validation-failed');
        expect(answer.body.errors).toEqual([{ pointer: '', detail: expect.any(String) }]);
      },
    );

    it('that is missing counts as an empty object', async () => {
      const without = await bank.send('POST', `${account}/deposits`);
      const empty = await bank.send('POST', `${account}/deposits`, { raw: '', headers: JSON_TYPE });

      expect([codeOf(without), codeOf(empty)]).toEqual(['validation-failed', 'validation-failed']);
      expect(without.body.errors[0].pointer).toBe('/amount');
    });

    it('with thousands of unknown fields is answered shortly', async () => {
      const json = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`f${i}`, i]));

      const answer = await bank.send('POST', '/accounts', { json });

      expect(codeOf(answer)).toBe('validation-failed');
      expect(answer.text.length).toBeLessThan(4_000);
    });
  });

  it.each([
    ['GET', '/'],
    ['GET', '/account'],
    ['GET', '/ACCOUNTS/x'],
    ['POST', '/Accounts'],
    ['POST', `${NOBODY}/Deposits`],
    ['PUT', '/accounts'],
    ['DELETE', NOBODY],
    ['PATCH', NOBODY],
    ['OPTIONS', '/accounts'],
    ['OPTIONS', NOBODY],
    ['POST', NOBODY],
    ['GET', `${NOBODY}/deposits`],
    ['GET', `${NOBODY}/freeze`],
    ['GET', `${NOBODY}/Statement`],
    ['POST', `${NOBODY}/statement`],
    ['PUT', `${NOBODY}/deposits`],
    ['POST', `${NOBODY}/deposits/x`],
    ['POST', '/accounts//deposits'],
    ['GET', '//accounts'],
    ['PUT', '/accounts/%zz'],
    ['GET', '/%'],
    ['GET', '/../../etc/passwd'],
    ['GET', '/totals/2026-01-30'],
  ])('%s %s leads nowhere', async (method, path) => {
    const answer = await bank.send(method, path);

    expect(codeOf(answer)).toBe('no-route');
    expect(answer.status).toBe(404);
    expect(answer.body.instance).toBe(path.split('?')[0]);
  });

  it.each([
    'x',
    '1',
    '%zz',
    '%',
    '%00',
    '..%2f..%2fetc',
    '00000000-0000-0000-0000-00000000000',
    '00000000-0000-0000-0000-0000000000000',
    '00000000-0000-0000-0000-00000000000g',
    '000000000000000000000000000000000000',
    '{00000000-0000-0000-0000-000000000000}',
    'urn:uuid:00000000-0000-0000-0000-000000000000',
    '00000000-0000-0000-0000-000000000000%0a',
    '__proto__',
    'constructor',
    'x'.repeat(5_000),
  ])('the id %.50s is invalid', async (id) => {
    const json = { amount: 1 };
    const posts = ['deposits', 'withdrawals', 'freeze', 'unfreeze', 'close'].map((action) =>
      bank.send('POST', `/accounts/${id}/${action}`, { json }),
    );
    const gets = ['', '/statement'].map((of) => bank.send('GET', `/accounts/${id}${of}`));

    const answers = await Promise.all([...posts, ...gets]);

    expect(answers.map(codeOf)).toEqual(answers.map(() => 'invalid-id'));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([400]));
  });

  it.each([
    NOBODY,
    '/accounts/ffffffff-ffff-ffff-ffff-ffffffffffff',
    '/accounts/12345678-9ABC-DEF0-1234-56789abcdef0',
  ])('%s is a valid id of no account', async (path) => {
    const json = { amount: 1 };
    const answers = [
      await bank.send('GET', path),
      await bank.send('POST', `${path}/deposits`, { json }),
      await bank.send('POST', `${path}/withdrawals`, { json }),
    ];

    expect(answers.map(codeOf)).toEqual(new Array(3).fill('account-not-found'));
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
  });

  it('tells HEAD of an account that is not there, without a body', async () => {
    const answer = await bank.send('HEAD', NOBODY);

    expect(answer).toMatchObject({ status: 404, text: '' });
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  describe('when several apply, the first of the contract is told', () => {
    const faults: readonly (readonly [string, (request: Faulty) => Faulty])[] = [
      ['body-too-large', (r) => ({ ...r, raw: r.raw.padEnd(102_401) })],
      ['unsupported-media-type', (r) => ({ ...r, type: 'text/plain' })],
      ['malformed-json', (r) => ({ ...r, raw: `${r.raw}}` })],
      ['no-route', (r) => ({ ...r, method: 'PUT' })],
      ['invalid-id', (r) => ({ ...r, id: 'x' })],
      ['validation-failed', (r) => ({ ...r, ifMatch: '1' })],
      ['validation-failed', (r) => ({ ...r, key: 'ключ' })],
      ['validation-failed', (r) => ({ ...r, raw: '{"amount":0}' })],
      ['account-not-found', (r) => ({ ...r, id: NOBODY.slice('/accounts/'.length) })],
      ['stale-revision', (r) => ({ ...r, ifMatch: r.ifMatch ?? '"99"' })],
      ['insufficient-funds', (r) => ({ ...r, raw: '{"amount":100}' })],
    ];
    interface Faulty {
      readonly method: string;
      readonly id: string;
      readonly type: string;
      readonly raw: string;
      readonly ifMatch?: string;
      readonly key?: string;
    }

    it.each(
      faults.flatMap(([code], first) =>
        faults.map(([other], second) => [code, other, first, second] as const),
      ),
    )('%s before %s (%d, %d)', async (_, __, first, second) => {
      const fine = {
        method: 'POST',
        id: account.slice('/accounts/'.length),
        type: 'application/json',
        raw: '{"amount":1}',
      };
      // The later fault is put in first, so that the earlier one decides what both of them touch.
      const [early, late] = [Math.min(first, second), Math.max(first, second)];
      const [code, spoil] = faults[early] ?? faults[0] ?? ['', (r: Faulty) => r];
      const request: Faulty = spoil(faults[late]?.[1](fine) ?? fine);

      const path = `/accounts/${request.id}/withdrawals`;
      const answer = await bank.send(request.method, path, sentBy(request));

      expect(codeOf(answer)).toBe(code);
    });

    function sentBy({ type, raw, ifMatch, key }: Faulty): Sent {
      const headers = {
        'Content-Type': type,
        ...(ifMatch === undefined ? {} : { 'If-Match': ifMatch }),
        ...(key === undefined ? {} : { 'Idempotency-Key': Buffer.from(key).toString('latin1') }),
      };
      return { raw, headers };
    }
  });

  it('answers a failure without a word about its inside', async () => {
    const broken = await startTestBank();
    const path = await broken.open();
    broken.store.read = () => {
      throw new Error('secret');
    };
    broken.store.append = () => Promise.reject(new Error('secret'));

    const answer = await broken.send('GET', path);
    await broken.stop();

    expect(codeOf(answer)).toBe('internal');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toMatch(/secret|Error|\bat\b|node_modules/);
  });
});
