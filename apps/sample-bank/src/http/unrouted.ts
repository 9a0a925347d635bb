import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpConnections } from '@everfold/nestjs';
import type { RequestHandler } from 'express';
import { Problem } from './problem.js';
import { securityHeaderLines } from './security-headers.js';

/** How long a client may take to hear that its connection is closed, before it is cut off. */
const LAST_WORD_MS = 2_000;

/** Answers what Node would answer by itself, and not as the bank does, or close in silence. */
export function answerUnrouted(server: Server, connections: HttpConnections): void {
  server.on('clientError', (error, socket: Socket) => {
    if (!connections.closeAfterAnswers(socket)) answerMalformed(error, socket);
  });
  server.on('connect', (_request, socket: Socket) => {
    // From here on nobody else listens for errors of this socket.
    socket.on('error', () => socket.destroy());
    if (connections.closeAfterAnswers(socket)) return;
    closeWith(
      socket,
      new Problem('no-route', { detail: 'No route has this method: the bank is no proxy.' }),
    );
  });
  // An expectation that nobody here knows is passed over, as HTTP allows.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

/** Holds requests to one Host (RFC 9112, 3.2). Needs a server that does not: it would answer without a problem. */
export const oneHost: RequestHandler = (request, _response, next) => {
  const { length } = request.headersDistinct['host'] ?? [];
  if (length > 1 || (length === 0 && request.httpVersion !== '1.0'))
    throw new Problem('validation-failed', { detail: 'Send one Host header.' });
  next();
};

/** An error of Node's parser. */
interface ParseError extends NodeJS.ErrnoException {
  readonly reason?: string;
  /** What had just arrived. */
  readonly rawPacket?: Buffer;
}

/** What never became a request: its method is none that Node knows, it is not HTTP, or its headers are too large. */
function answerMalformed(error: ParseError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const path = pathOfUnknownMethod(error);
  if (path !== undefined) {
    closeWith(socket, new Problem('no-route', { detail: 'No route has this method.' }), path);
    return;
  }
  const detail = DETAILS[error.code ?? ''] ?? 'The request is not well-formed HTTP.';
  closeWith(socket, new Problem('validation-failed', { detail }));
}

/** The request line of HTTP/1 (RFC 9112, 3), as far as it has arrived. */
const REQUEST_LINE =
  /^(?:\r?\n)*[-!#$%&'*+.^_`|~\w]+ (?:([!-~\x80-\xff]+) HTTP\/1\.[01]\r?\n|[ -~\x80-\xff]*\r?$)/;

/** The path of a request whose method Node does not know, or knows of RTSP only; `undefined` when more is wrong. */
function pathOfUnknownMethod({ code, reason = '', rawPacket }: ParseError): string | undefined {
  if (code !== 'HPE_INVALID_METHOD' && !reason.startsWith('Invalid method')) return undefined;
  const line = REQUEST_LINE.exec(rawPacket?.toString('latin1') ?? '');
  if (line === null) return undefined;
  return line[1]?.split(/[?#]/, 1)[0] || '/';
}

const DETAILS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'The headers are too large.',
  ERR_HTTP_REQUEST_TIMEOUT: 'The request did not arrive in time.',
};

function closeWith(socket: Socket, problem: Problem, path = '/'): void {
  const body = JSON.stringify(problem.toBody(path));
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      ...securityHeaderLines(),
      '',
      body,
    ].join('\r\n'),
  );
  socket.resume().setTimeout(LAST_WORD_MS, () => socket.destroy());
}
