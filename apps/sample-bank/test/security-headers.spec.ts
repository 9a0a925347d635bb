import { exchange } from './support/raw.js';
import { startTestBank, type TestBank } from './support/test-bank.js';

const EXPECTED = {
  'content-security-policy': expect.stringContaining("default-src 'self'"),
  'strict-transport-security': expect.stringContaining('max-age='),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'SAMEORIGIN',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

describe('security headers', () => {
  let bank: TestBank;
  let path: string;
  beforeAll(async () => {
    bank = await startTestBank();
    path = await bank.open();
  });
  afterAll(() => bank.stop());

  it.each([
    [
      'a new account',
      201,
      () => bank.send('POST', '/accounts', { json: { owner: 'A', currency: 'EUR' } }),
    ],
    ['an account', 200, () => bank.send('GET', path)],
    [
      'an account that is known',
      304,
      () => bank.send('GET', path, { headers: { 'If-None-Match': '*' } }),
    ],
    ['a statement', 200, () => bank.send('GET', `${path}/statement`)],
    ['no account', 404, () => bank.send('HEAD', '/accounts/00000000-0000-0000-0000-000000000000')],
    ['a problem', 400, () => bank.send('GET', '/accounts/x')],
    ['a large body', 413, () => bank.send('POST', '/accounts', { raw: ' '.repeat(102_401) })],
    ['no route', 404, () => bank.send('GET', '/nothing')],
    ['no route of the page', 404, () => bank.send('GET', '/docs/nothing')],
    ['health', 200, () => bank.send('GET', '/health/ready')],
    ['the description', 200, () => bank.send('GET', '/docs-json')],
    ['the page', 200, () => bank.send('GET', '/docs')],
    ['a file of the page', 200, () => bank.send('GET', '/docs/swagger-ui.css')],
  ])('are on the answer that is %s', async (_, expected, ask) => {
    const { status, headers } = await ask();

    expect(status).toBe(expected);
    expect(headers).toMatchObject(EXPECTED);
    expect(headers['x-powered-by']).toBeUndefined();
  });

  it.each([
    ['no HTTP', 'HELLO\r\n\r\n'],
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['two hosts', `GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n`],
  ])('are on the answer to %s', async (_, sent) => {
    const answer = await exchange(bank.url, sent);

    expect(answer).toMatch(/^HTTP\/1.1 4/);
    expect(answer).toMatch(/^x-content-type-options: nosniff\r$/im);
    expect(answer).toMatch(/^content-security-policy: default-src 'self'/im);
  });
});
