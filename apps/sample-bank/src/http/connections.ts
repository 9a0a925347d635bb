import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  /** Requests that have not been answered yet. */
  inFlight: number;
  /** The bytes received up to the end of the last answer: more than these are the beginning of another request. */
  seen: number;
}

/** Knows which connections of a server are in use, so that stopping waits for those and for no others. */
export class Connections {
  private readonly open = new Map<Socket, Connection>();
  private readonly answers = new Set<ServerResponse>();

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.open.set(socket, { inFlight: 0, seen: 0 });
      socket.once('close', () => this.open.delete(socket));
    });
    server.prependListener('request', ({ socket }, response) => this.begin(socket, response));
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

  private begin(socket: Socket, response: ServerResponse): void {
    const connection = this.open.get(socket);
    if (connection === undefined) return;
    connection.inFlight += 1;
    this.answers.add(response);
    if (!this.server.listening) sayLast(response);
    response.once('close', () => {
      connection.inFlight -= 1;
      connection.seen = socket.bytesRead;
      this.answers.delete(response);
      if (!this.server.listening) this.closeWhenUnused(socket);
    });
  }

  private closeWhenUnused(socket: Socket): void {
    const connection = this.open.get(socket);
    if (connection === undefined || connection.inFlight > 0) return;
    if (socket.bytesRead > connection.seen) return;
    // Destroyed only once what was written has left: the last answer must arrive.
    socket.destroySoon();
  }
}

function sayLast(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
