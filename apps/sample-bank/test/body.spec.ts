import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { codeOf } from './support/problems.js';
import { startTestBank, type TestBank } from './support/test-bank.js';

const LIMIT = 102_400;
const FINE = '{"owner":"Ada","currency":"EUR"}';
const JSON_TYPE = { 'Content-Type': 'application/json' };

describe('bodies', () => {
  let bank: TestBank;
  beforeAll(async () => {
    bank = await startTestBank();
  });
  afterAll(() => bank.stop());

  it('of the largest size pass, and one byte more is too large', async () => {
    const at = await bank.send('POST', '/accounts', {
      raw: FINE.padEnd(LIMIT),
      headers: JSON_TYPE,
    });
    const over = await bank.send('POST', '/accounts', {
      raw: FINE.padEnd(LIMIT + 1),
      headers: JSON_TYPE,
    });

    expect(at.status).toBe(201);
    expect(codeOf(over)).toBe('body-too-large');
    expect(over.status).toBe(413);
  });

  it('are measured as they come when they do not say their length', async () => {
    const half = ' '.repeat(LIMIT / 2);
    const chunks = (last: string) => ({
      raw: [half, half.slice(FINE.length), last],
      headers: JSON_TYPE,
    });

    const at = await bank.send('POST', '/accounts', chunks(FINE));
    const over = await bank.send('POST', '/accounts', chunks(`${FINE} `));

    expect(at.status).toBe(201);
    expect(codeOf(over)).toBe('body-too-large');
  });

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', (text: string) => Buffer.from(text)],
  ])('packed by %s are unpacked, and measured unpacked', async (encoding, pack) => {
    const headers = { ...JSON_TYPE, 'Content-Encoding': encoding };

    const at = await bank.send('POST', '/accounts', { raw: pack(FINE.padEnd(LIMIT)), headers });
    const over = await bank.send('POST', '/accounts', {
      raw: pack(FINE.padEnd(LIMIT + 1)),
      headers,
    });
    const bomb = await bank.send('POST', '/accounts', { raw: pack(' '.repeat(5e6)), headers });

    expect(at.status).toBe(201);
    expect([codeOf(over), codeOf(bomb)]).toEqual(['body-too-large', 'body-too-large']);
  });

  it.each([
    ['announces', `Content-Length: ${1e9}\r\n\r\n`],
    [
      'begins',
      `Transfer-Encoding: chunked\r\n\r\n${(LIMIT + 1).toString(16)}\r\n${FINE.padEnd(LIMIT + 1)}\r\n`,
    ],
  ])('that a client only %s are too large at once', async (_, rest) => {
    const socket = connect(Number(new URL(bank.url).port), '127.0.0.1');

    socket.write(`POST /accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${rest}`);
    const [answer] = await once(socket.setEncoding('utf8'), 'data');
    socket.destroy();

    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  it('that are too large leave their connection usable', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const socketsUsed = new Set<unknown>();
    for (const [size, status] of [
      [LIMIT * 30, 413],
      [LIMIT, 201],
    ] as const) {
      const answer = await new Promise<number | undefined>((resolve, reject) => {
        const outgoing = request(`${bank.url}/accounts`, {
          method: 'POST',
          agent,
          headers: JSON_TYPE,
        });
        outgoing.on('socket', (socket) => socketsUsed.add(socket)).on('error', reject);
        outgoing.on('response', (incoming) => {
          incoming.resume().on('end', () => resolve(incoming.statusCode));
        });
        outgoing.end(FINE.padEnd(size));
      });
      expect(answer).toBe(status);
    }
    agent.destroy();

    expect(socketsUsed.size).toBe(1);
  });

  it.each([
    ['no type', {}],
    ['text', { 'Content-Type': 'text/plain' }],
    ['a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['something like JSON', { 'Content-Type': 'application/jsonp' }],
    ['a patch', { 'Content-Type': 'application/merge-patch+json' }],
    ['another charset', { 'Content-Type': 'application/json; charset=latin1' }],
    ['types that contradict each other', { 'Content-Type': ['application/json', 'text/plain'] }],
    ['types the other way round', { 'Content-Type': ['text/plain', 'application/json'] }],
    ['an unknown packing', { ...JSON_TYPE, 'Content-Encoding': 'compress' }],
    ['two packings', { ...JSON_TYPE, 'Content-Encoding': 'gzip, gzip' }],
    ['an inherited packing', { ...JSON_TYPE, 'Content-Encoding': 'constructor' }],
  ])('with %s are not understood', async (_, headers) => {
    const answer = await bank.send('POST', '/accounts', { raw: FINE, headers });

    expect(codeOf(answer)).toBe('unsupported-media-type');
    expect(answer.status).toBe(415);
  });

  it.each([
    'application/json;charset=utf-8',
    'application/json; charset="UTF-8"',
    'APPLICATION/JSON ; CHARSET=utf8',
    'application/json; version=1; charset=utf-8',
    'application/json;',
  ])('of type %s are understood', async (type) => {
    const { status } = await bank.send('POST', '/accounts', {
      raw: FINE,
      headers: { 'Content-Type': type },
    });

    expect(status).toBe(201);
  });

  it.each([
    ['half an object', '{"owner":"Ada"'],
    ['two objects', `${FINE}${FINE}`],
    ['JSON5', "{owner:'Ada'}"],
    ['NaN', '{"amount":NaN}'],
    ['white space', '  '],
    ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['UTF-16', Buffer.from(FINE, 'utf16le')],
  ])('of %s are malformed', async (_, raw) => {
    const answer = await bank.send('POST', '/accounts', { raw, headers: JSON_TYPE });

    expect(codeOf(answer)).toBe('malformed-json');
    expect(answer.status).toBe(400);
  });

  it('that are not packed as they say are malformed', async () => {
    const headers = { ...JSON_TYPE, 'Content-Encoding': 'gzip' };

    const plain = await bank.send('POST', '/accounts', { raw: FINE, headers });
    const cut = await bank.send('POST', '/accounts', {
      raw: gzipSync(FINE).subarray(0, 20),
      headers,
    });

    expect([codeOf(plain), codeOf(cut)]).toEqual(['malformed-json', 'malformed-json']);
  });

  it('nested deeply are refused, whatever is in them', async () => {
    const depth = 40_000;
    const raw = `${'['.repeat(depth)}${']'.repeat(depth)}`;

    const whole = await bank.send('POST', '/accounts', { raw, headers: JSON_TYPE });
    const field = await bank.send('POST', '/accounts', {
      raw: `{"owner":${raw},"currency":"EUR"}`,
      headers: JSON_TYPE,
    });

    expect([codeOf(whole), codeOf(field)]).toEqual(['validation-failed', 'validation-failed']);
  });

  it('that a client breaks off do no harm', async () => {
    const socket = connect(Number(new URL(bank.url).port), '127.0.0.1');
    const head = 'POST /accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    socket.write(`${head}Content-Length: 50\r\n\r\n{"owner"`);
    await bank.send('GET', '/nothing');
    const before = await bank.store.head();

    socket.resetAndDestroy();
    await once(socket, 'close');

    expect((await bank.send('POST', '/accounts', { raw: '{', headers: JSON_TYPE })).status).toBe(
      400,
    );
    expect(await bank.store.head()).toBe(before);
  });

  it.each([
    ['is no HTTP', 'hello\r\n\r\n'],
    [
      'has a length that is no number',
      'POST /accounts HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n',
    ],
    ['has headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`],
    [
      'has a control character in a header',
      'GET / HTTP/1.1\r\nHost: x\r\nX-Actor: a\u0001b\r\n\r\n',
    ],
  ])('of what %s are answered as a problem too', async (_, sent) => {
    const socket = connect(Number(new URL(bank.url).port), '127.0.0.1').setEncoding('utf8');

    socket.write(sent);
    const [answer] = await once(socket, 'data');
    socket.destroy();

    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(JSON.parse(answer.split('\r\n\r\n')[1])).toMatchObject({
      type: 'urn:everfold:bank:validation-failed',
      status: 400,
    });
  });

  it('with rubbish behind them are answered, and the connection is closed', async () => {
    const socket = connect(Number(new URL(bank.url).port), '127.0.0.1').setEncoding('utf8');
    const head = `POST /accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;

    socket.write(`${head}Content-Length: ${FINE.length}\r\n\r\n${FINE}RUBBISH\r\n\r\n`);
    const answer = await text(socket);

    expect(answer).toMatch(/^HTTP\/1.1 201 /);
    expect(answer.match(/HTTP\/1.1/g)).toHaveLength(1);
  });

  it('in broken chunks are malformed', async () => {
    const socket = connect(Number(new URL(bank.url).port), '127.0.0.1').setEncoding('utf8');
    const head = `POST /accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n`;

    socket.write(`${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n`);

    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 .*urn:everfold:bank:validation-failed/s);
  });

  it('are awaited also by a client that expects more of the bank than it knows', async () => {
    const { status } = await bank.send('POST', '/accounts', {
      raw: FINE,
      headers: { ...JSON_TYPE, Expect: 'a-miracle' },
    });

    expect(status).toBe(201);
  });

  it('may begin with a byte order mark', async () => {
    const { status } = await bank.send('POST', '/accounts', {
      raw: `\ufeff${FINE}`,
      headers: JSON_TYPE,
    });

    expect(status).toBe(201);
  });
});
