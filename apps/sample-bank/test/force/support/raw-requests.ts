import type { Random } from '../../support/random.js';

/** Bytes for a connection of their own, and what they may be answered with. */
export interface RawRequest {
  readonly bytes: string;
  /** What the first answer may say; not each way to break HTTP is told apart by each parser. */
  readonly codes: readonly string[];
}

const BROKEN = ['validation-failed'];
const FINE = '{"amount":1}';
const REFUSED = '{"amount":0}';

/** A request that no client makes by accident; its body would be a deposit only where the head is what is wrong. */
export function rawRequest(random: Random, account: string): RawRequest {
  const path = `/accounts/${account}/deposits`;
  return random.pick(
    () => injectedHeader(random, path),
    () => brokenHeader(random, path),
    () => smuggled(random, path),
    () => brokenChunks(random, path),
    () => wrongHost(random, path),
    () => tooManyHeaders(random, path),
    () => brokenRequestLine(random, account),
    () => oddTarget(random, path),
    () => oddExpectation(random, path),
    () => noHttp(random),
  )();
}

function post(path: string, body: string, ...headers: readonly string[]): string {
  const lines = ['Host: x', ...headers, 'Content-Type: application/json'];
  return withHeaders(`POST ${path}`, body, lines);
}

function withHeaders(start: string, body: string, headers: readonly string[]): string {
  const lines = [
    `${start} HTTP/1.1`,
    'Connection: close',
    ...headers,
    ...(body === '' ? [] : [`Content-Length: ${body.length}`]),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** A value that goes on as another header, or as another request. */
function injectedHeader(random: Random, path: string): RawRequest {
  const name = random.pick('X-Actor', 'Idempotency-Key', 'traceparent', 'X-Request-Id', 'Cookie');
  const injected = random.pick(
    'Idempotency-Key: caf\u00e9',
    'If-Match: W/"1"',
    'If-Match: 1',
    `Idempotency-Key: ${'x'.repeat(256)}`,
    `\r\n${post(path, FINE)}`,
  );
  return { bytes: post(path, FINE, `${name}: a\r\n${injected}`), codes: BROKEN };
}

function brokenHeader(random: Random, path: string): RawRequest {
  const header = random.pick(
    'X-Actor: a\u0000b',
    'X-Actor: a\u0001b',
    'X-Actor: a\u007fb',
    'X-Actor: a\rX-Injected: yes',
    'X-Actor: a\nX-Injected: yes',
    'X-Actor: a\r\n folded',
    'X-Actor : a',
    'X Actor: a',
    'X-Actor',
    ': a',
    'X-\u00c4ctor: a',
    'X-Actor\u0000: a',
    'X-Actor: a\r\r\nX-Injected: yes',
    'Content-Type: text/plain\nX: y',
  );
  // Some parsers take some of these; the body is refused by all.
  const codes = [...BROKEN, 'unsupported-media-type', 'malformed-json'];
  return { bytes: post(path, REFUSED, header), codes };
}

/** Two ideas of where the body ends, so that what is behind one of them would be a request. */
function smuggled(random: Random, path: string): RawRequest {
  const second = post(path, FINE);
  const headers = random.pick(
    ['Content-Length: 0', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked', 'Content-Length: 3'],
    ['Content-Length: 5', 'Content-Length: 6'],
    ['Content-Length: 5, 6'],
    ['Content-Length: +5'],
    ['Content-Length: -1'],
    ['Content-Length: 0x5'],
    ['Content-Length: 99999999999999999999'],
    ['Transfer-Encoding: xchunked'],
    ['Transfer-Encoding: chunked, identity'],
    ['Transfer-Encoding: identity'],
    ['Transfer-Encoding: chunked, chunked'],
    ['Transfer-Encoding : chunked'],
    ['Transfer-Encoding: \u000bchunked'],
  );
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n`;
  const bytes = `${head}${headers.join('\r\n')}\r\n\r\n0\r\n\r\n${second}`;
  return { bytes, codes: [...BROKEN, 'body-too-large'] };
}

function brokenChunks(random: Random, path: string): RawRequest {
  const chunk = random.pick(
    'zz\r\n\r\n',
    '-1\r\n\r\n',
    '0x5\r\nhello\r\n0\r\n\r\n',
    `${'f'.repeat(17)}\r\n\r\n`,
    `1;${'x'.repeat(20_000)}\r\n{\r\n0\r\n\r\n`,
    'c\r\n{"amount":1}xx0\r\n\r\n',
    `c\r\n${REFUSED}\r\n0\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    '1\r\n{\r\n0\r\n\r\n',
  );
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n`;
  const bytes = `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}`;
  return { bytes, codes: [...BROKEN, 'malformed-json', 'body-too-large'] };
}

function wrongHost(random: Random, path: string): RawRequest {
  const [hosts, body] = random.pick(
    [[], FINE],
    [['Host: a', 'Host: b'], FINE],
    [['Host: a', 'Host: a'], FINE],
    [['Host: a', 'host: b', 'HOST: c'], FINE],
    [['Host: a b'], REFUSED],
    [['Host: ['], REFUSED],
    [['Host: x:99999'], REFUSED],
    [['Host: ../../x'], REFUSED],
    [['Host: '], REFUSED],
    [['Host: <script>'], REFUSED],
  );
  const headers = [...hosts, 'Content-Type: application/json'];
  return { bytes: withHeaders(`POST ${path}`, body, headers), codes: BROKEN };
}

function tooManyHeaders(random: Random, path: string): RawRequest {
  const headers = random.pick<() => readonly string[]>(
    () => [`X-Actor: ${'x'.repeat(random.pick(17_000, 100_000))}`],
    () => [`${'X'.repeat(17_000)}: a`],
    () => Array.from({ length: 3_000 }, (_, i) => `X-${i}: ${i}`),
    () => [`Cookie: ${'a=b; '.repeat(5_000)}`],
  )();
  return { bytes: post(path, FINE, ...headers), codes: BROKEN };
}

function brokenRequestLine(random: Random, account: string): RawRequest {
  const [line, codes] = random.pick(
    // Methods that nobody knows, in requests that are well-formed.
    [`GETT /accounts/${account} HTTP/1.1`, ['no-route']],
    [`get /accounts/${account} HTTP/1.1`, ['no-route']],
    ['PRI * HTTP/2.0', ['no-route', ...BROKEN]],
    [` /accounts/${account} HTTP/1.1`, BROKEN],
    [`GET /accounts/ ${account} HTTP/1.1`, BROKEN],
    [`GET /accounts/${account} HTTP/9.9`, BROKEN],
    [`GET /accounts/${account} HTTP/1.1x`, BROKEN],
    [`GET /accounts/${account} http/1.1`, BROKEN],
    ['GET /accounts/\u0000 HTTP/1.1', BROKEN],
    [`GET\t/accounts/${account}\tHTTP/1.1`, BROKEN],
    ['GET HTTP/1.1', BROKEN],
  );
  return { bytes: `${line}\r\nHost: x\r\nConnection: close\r\n\r\n`, codes };
}

function oddTarget(random: Random, path: string): RawRequest {
  const [start, codes] = random.pick(
    ['OPTIONS *', ['no-route']],
    ['GET *', ['no-route', ...BROKEN]],
    ['CONNECT evil.example:443', ['no-route']],
    ['TRACE /accounts', ['no-route']],
    ['GET /accounts/%0d%0aX-Injected:%20yes', ['invalid-id']],
    ['GET /accounts/\u00ff', ['invalid-id', ...BROKEN]],
    ['GET /%0d%0aX-Injected:%20yes', ['no-route']],
    [`GET ${path}#fragment`, ['no-route']],
    [`GET ${'/x'.repeat(4_000)}`, ['no-route']],
    ['GET http://evil.example/nothing', ['no-route']],
    ['GET //evil.example/nothing', ['no-route']],
    ['GET ?x', ['no-route', ...BROKEN]],
    ['GET x', ['no-route', ...BROKEN]],
  );
  return { bytes: withHeaders(start, '', ['Host: x']), codes };
}

function oddExpectation(random: Random, path: string): RawRequest {
  const header = random.pick(
    'Expect: a-miracle',
    'Expect: 100-continue',
    'Upgrade: websocket',
    'Upgrade: h2c',
    'X-HTTP-Method-Override: GET',
    'X-Forwarded-Host: evil.example',
    'Range: bytes=0-1',
    'Accept: text/html',
    'Accept-Encoding: gzip',
    'Origin: http://evil.example',
    'Cookie: __proto__=1; constructor=2',
    '__proto__: polluted',
    'constructor: polluted',
  );
  return { bytes: post(path, REFUSED, header), codes: BROKEN };
}

function noHttp(random: Random): RawRequest {
  const rubbish = Array.from({ length: 1 + random.below(200) }, () => random.below(256));
  const bytes = random.pick(
    `\u0016\u0003\u0001${String.fromCharCode(...rubbish)}\r\n\r\n`,
    `\u0000${String.fromCharCode(...rubbish)}\r\n\r\n`,
    'HELO bank\r\n\r\n',
    '{"amount":1}\r\n\r\n',
    '*1\r\n$4\r\nPING\r\n\r\n',
  );
  return { bytes, codes: BROKEN };
}
