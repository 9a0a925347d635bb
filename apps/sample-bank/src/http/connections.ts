import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  /** Requests that have not been answered yet. */
  readonly inFlight: Set<IncomingMessage>;
  /** The bytes received up to the end of the last answer: more than these are the beginning of another request. */
  seen: number;
  /** Whether it is closed as soon as these are answered. */
  last: boolean;
}

/** Knows which connections of a server are in use, so that stopping waits for those and for no others. */
export class Connections {
  private readonly open = new Map<Socket, Connection>();
  private readonly answers = new Set<ServerResponse>();

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.open.set(socket, { inFlight: new Set(), seen: 0, last: false });
      socket.once('close', () => this.open.delete(socket));
    });
    server.prependListener('request', (request, response) => this.begin(request, response));
  }

  /**
   * Accepts nothing new, answers what has arrived, and resolves when the last connection is closed; those that are still
   * open after `timeoutMs` are cut off.
   */
  async drain(timeoutMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const answer of this.answers) sayLast(answer);
    for (const socket of this.open.keys()) this.closeWhenUnused(socket);
    const cutOff = setTimeout(() => {
      for (const socket of this.open.keys()) socket.destroy();
    }, timeoutMs);
    await closed.finally(() => clearTimeout(cutOff));
  }

  /**
   * Closes a connection on which nothing sensible comes any more, after the requests that came whole are answered.
   *
   * @returns Whether there are any; the answer to what came after them is then that the connection closes.
   */
  closeAfterAnswers(socket: Socket): boolean {
    const connection = this.open.get(socket);
    if (connection === undefined || connection.inFlight.size === 0) return false;
    connection.last = [...connection.inFlight].every(({ complete }) => complete);
    return connection.last;
  }

  private begin(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const connection = this.open.get(socket);
    if (connection === undefined) return;
    connection.inFlight.add(request);
    this.answers.add(response);
    if (!this.server.listening) sayLast(response);
    response.once('close', () => {
      connection.inFlight.delete(request);
      connection.seen = socket.bytesRead;
      this.answers.delete(response);
      if (connection.last || !this.server.listening) this.closeWhenUnused(socket);
    });
  }

  private closeWhenUnused(socket: Socket): void {
    const connection = this.open.get(socket);
    if (connection === undefined || connection.inFlight.size > 0) return;
    if (socket.bytesRead > connection.seen) return;
    // Destroyed only once what was written has left: the last answer must arrive.
    socket.destroySoon();
  }
}

function sayLast(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
