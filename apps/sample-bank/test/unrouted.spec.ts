import { once } from 'node:events';
import { connect } from 'node:net';
import { bodyOf, exchange } from './support/raw.js';
import { startTestBank, type TestBank } from './support/test-bank.js';

const PROBLEM = /^Content-Type: application\/problem\+json\r$/m;

describe('requests that reach no route', () => {
  let bank: TestBank;
  let account: string;
  beforeAll(async () => {
    bank = await startTestBank();
    account = await bank.open();
  });
  afterAll(() => bank.stop());

  it.each([
    ['no Host', ''],
    ['two Hosts', 'Host: a\r\nHost: b\r\n'],
  ])('with %s are refused as a problem', async (_, host) => {
    const answer = await exchange(
      bank.url,
      `GET ${account} HTTP/1.1\r\n${host}Connection: close\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(answer).toMatch(PROBLEM);
    expect(bodyOf(answer)).toMatchObject({
      type: 'urn:everfold:bank:validation-failed',
      status: 400,
      instance: account,
      detail: expect.stringContaining('Host'),
    });
  });

  it('of HTTP/1.0 need no Host', async () => {
    const answer = await exchange(bank.url, `GET ${account} HTTP/1.0\r\n\r\n`);

    expect(answer).toMatch(/^HTTP\/1.1 200 /);
  });

  it('by CONNECT are told so, as by any method that is not known', async () => {
    const answer = await exchange(bank.url, 'CONNECT a.example:80 HTTP/1.1\r\nHost: a\r\n\r\n');

    expect(answer).toMatch(/^HTTP\/1.1 404 Not Found\r\n/);
    expect(answer).toMatch(PROBLEM);
    expect(answer).toMatch(/^Connection: close\r$/m);
    expect(bodyOf(answer)).toMatchObject({
      type: 'urn:everfold:bank:no-route',
      status: 404,
      title: expect.any(String),
      detail: expect.any(String),
      instance: '/',
    });
  });

  it('by CONNECT let what was asked before them be answered', async () => {
    const answer = await exchange(
      bank.url,
      `GET ${account} HTTP/1.1\r\nHost: a\r\n\r\nCONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1.1 200 /);
    expect(answer).toMatch(/"balance":0/);
  });

  it('by CONNECT may break off without harm', async () => {
    const socket = connect(Number(new URL(bank.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write('CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n');
    socket.resetAndDestroy();

    expect(await bank.send('GET', account)).toMatchObject({ status: 200 });
  });

  it('that are no HTTP are refused as a problem', async () => {
    const answer = await exchange(bank.url, 'HELLO\r\n\r\n');

    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(bodyOf(answer)).toMatchObject({ type: 'urn:everfold:bank:validation-failed' });
  });
});
