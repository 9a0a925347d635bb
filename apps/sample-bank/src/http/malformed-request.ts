import type { Socket } from 'node:net';
import { Problem } from './problem.js';

/**
 * Answers what never became a request, because it is not HTTP or its headers are too large, and closes the connection.
 * Meant for the `clientError` of a server.
 */
export function answerMalformedRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const detail = DETAILS[error.code ?? ''] ?? 'The request is not well-formed HTTP.';
  const body = JSON.stringify(new Problem('validation-failed', { detail }).toBody('/'));
  socket.end(
    [
      'HTTP/1.1 400 Bad Request',
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

const DETAILS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'The headers are too large.',
  ERR_HTTP_REQUEST_TIMEOUT: 'The request did not arrive in time.',
};
