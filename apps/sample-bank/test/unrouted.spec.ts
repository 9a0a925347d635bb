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

  it.each([
    ['FOO', 'HTTP/1.1'],
    ['foo', 'HTTP/1.0'],
    ['get', 'HTTP/1.1'],
    ['GETTER', 'HTTP/1.1'],
    ["!#$%&'*+-.^_`|~09Az", 'HTTP/1.1'],
    ['PLAY', 'HTTP/1.1'],
    ['PROPFIND', 'HTTP/1.1'],
    ['TRACE', 'HTTP/1.1'],
  ])('by %s of %s are told that there is no such method', async (method, version) => {
    const answer = await exchange(
      bank.url,
      `${method} ${account}?x=1 ${version}\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );

    expect(answer).toMatch(/^HTTP\/1.1 404 Not Found\r\n/);
    expect(answer).toMatch(PROBLEM);
    expect(answer).toMatch(/^Connection: close\r$/m);
    expect(bodyOf(answer)).toMatchObject({
      type: 'urn:everfold:bank:no-route',
      status: 404,
      instance: account,
    });
  });

  it('by an unknown method are told so behind empty lines, and before their line has ended', async () => {
    const answers = [
      await exchange(bank.url, '\r\n\r\nFOO / HTTP/1.1\r\nHost: a\r\n\r\n'),
      await exchange(bank.url, 'FOO /acc'),
    ];

    for (const answer of answers)
      expect(bodyOf(answer)).toMatchObject({ type: 'urn:everfold:bank:no-route', instance: '/' });
  });

  it.each([
    ['a word', 'HELLO\r\n\r\n'],
    ['the line of another protocol', 'HELO a.example\r\n'],
    ['no version', 'FOO /\r\n\r\n'],
    ['another version', 'FOO / HTTP/2.0\r\n\r\n'],
    ['another protocol with a known method', 'GET / XTTP/1.1\r\n\r\n'],
    ['no target', 'FOO  HTTP/1.1\r\n\r\n'],
    ['no space', 'GET/ HTTP/1.1\r\n\r\n'],
    ['a tab', 'FOO\t/ HTTP/1.1\r\n\r\n'],
    ['a method that is no token', 'F(O / HTTP/1.1\r\n\r\n'],
    ['a control character', 'FOO /\0 HTTP/1.1\r\n\r\n'],
    ['a handshake of TLS', Buffer.from('16030100c8010000c40303206f6e6520', 'hex')],
    ['other bytes', Buffer.from('464f4f20fffe00010203', 'hex')],
  ])('that are no HTTP, but %s, are refused as a problem', async (_, sent) => {
    const answer = await exchange(bank.url, sent);

    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(answer).toMatch(PROBLEM);
    expect(bodyOf(answer)).toMatchObject({ type: 'urn:everfold:bank:validation-failed' });
  });
});
