import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** Sends bytes as they are on a connection of their own, and gives back everything that is answered until the bank closes it. */
export function exchange(url: string, sent: string | Buffer): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(sent);
  return text(socket);
}

/** The body of the only answer in what {@link exchange} gives back. */
export function bodyOf(answer: string): unknown {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')));
}
