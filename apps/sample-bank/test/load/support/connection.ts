import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A whole answer, as far as the load tests look at it. */
export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
}

/** What became of one request. */
export type Outcome =
  | Answered
  /** The connection was closed properly, and not a byte of an answer came. */
  | { readonly kind: 'closed' }
  /** The connection was reset, or closed within an answer. */
  | { readonly kind: 'broken'; readonly reason: string }
  /** There was no connection: the request was never sent. */
  | { readonly kind: 'refused'; readonly reason: string };

/** An outcome, and when its request went out. */
export type Sent = Outcome & {
  /** By `performance.now()`; infinite when it never was. */
  readonly sentAt: number;
};

/**
 * One client's connection, kept as long as the server keeps it: one request at a time, and it knows what became of each. A
 * generator of load counts instead, and tries again by itself.
 */
export class Connection {
  #socket: Socket | undefined;
  #received = '';
  #settle: ((outcome: Outcome) => void) | undefined;

  constructor(private readonly port: number) {}

  /** Posts JSON. Never rejects. */
  async post(path: string, json: object, headers: Record<string, string> = {}): Promise<Sent> {
    const body = JSON.stringify(json);
    const lines = [
      `POST ${path} HTTP/1.1`,
      'Host: localhost',
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ];
    return this.#send(`${lines.join('\r\n')}\r\n\r\n${body}`);
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #send(bytes: string): Promise<Sent> {
    const socket = await this.#connected();
    if (typeof socket === 'string')
      return { kind: 'refused', reason: socket, sentAt: Number.POSITIVE_INFINITY };
    const outcome = new Promise<Outcome>((resolve) => {
      this.#settle = resolve;
    });
    const sentAt = performance.now();
    socket.write(bytes);
    return { ...(await outcome), sentAt };
  }

  async #connected(): Promise<Socket | string> {
    if (this.#socket !== undefined) return this.#socket;
    const socket = connect(this.port, '127.0.0.1').setNoDelay(true);
    try {
      await once(socket, 'connect');
    } catch (error) {
      return String((error as NodeJS.ErrnoException).code);
    }
    this.#received = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#take(text));
    socket.on('end', () =>
      this.#lose(this.#received === '' ? undefined : 'closed within an answer'),
    );
    socket.on('error', (error: NodeJS.ErrnoException) => this.#lose(error.code ?? error.message));
    this.#socket = socket;
    return socket;
  }

  #take(text: string): void {
    this.#received += text;
    const answer = wholeAnswer(this.#received);
    if (answer === undefined) return;
    this.#received = '';
    if (answer.headers.get('connection') === 'close') this.close();
    this.#settle?.(answer);
  }

  #lose(reason: string | undefined): void {
    this.close();
    this.#settle?.(reason === undefined ? { kind: 'closed' } : { kind: 'broken', reason });
  }
}

/** The answer in these bytes, once they have all of it. The bank gives each answer a length. */
function wholeAnswer(received: string): Answered | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [first = '', ...lines] = received.slice(0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const text = received.slice(end + 4);
  const length = Number(headers.get('content-length'));
  if (Number.isNaN(length)) throw new Error(`An answer without a length: ${received}`);
  if (text.length < length) return undefined;
  return { kind: 'answered', status: Number(first.split(' ')[1]), headers, text };
}

/** Runs `run` for 0 to `count` − 1, so many at a time as there are connections, each on one of them. */
export async function overConnections(
  port: number,
  connections: number,
  count: number,
  run: (connection: Connection, index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async () => {
    const connection = new Connection(port);
    while (next < count) {
      const index = next;
      next += 1;
      await run(connection, index);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, work));
}
