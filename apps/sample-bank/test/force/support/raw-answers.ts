import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Answer } from '../../support/http-client.js';

/** Sends bytes, one for each character, on a connection of their own, and parses what comes until the bank closes it. */
export async function answersTo(url: string, bytes: string): Promise<readonly Answer[]> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').setEncoding('latin1');
  socket.write(Buffer.from(bytes, 'latin1'));
  return parsed(await text(socket));
}

function parsed(received: string): readonly Answer[] {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return [];
  const [first = '', ...lines] = received.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(':', 1)[0]?.toLowerCase(), line.replace(/^[^:]*:\s*/, '')]),
  );
  const begin = end + 4;
  const length = Number(headers['content-length'] ?? 0);
  const raw = Buffer.from(received.slice(begin, begin + length), 'latin1').toString();
  const status = Number(first.split(' ')[1]);
  const rest = parsed(received.slice(begin + length));
  // 100 Continue is none of its own.
  if (status < 200) return rest;
  return [{ status, headers, text: raw, body: JSON.parse(raw) }, ...rest];
}
