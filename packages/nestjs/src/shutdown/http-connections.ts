import { Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import { Server as ListeningServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';

/** The longest that stopping waits for a moment in which nothing arrives. */
const SETTLE_MS = 250;

/**
 * How long it then waits for another request of a connection that has none and whose client was not told to send no more:
 * one may be on its way, and would be broken off.
 */
const LAST_REQUEST_MS = 500;

interface Connection {
  /** Requests that have not been answered yet. */
  readonly inFlight: Set<IncomingMessage>;
  /** The bytes received up to the end of the last answer: more than these are the beginning of another request. */
  seen: number;
  /** Whether it is closed as soon as these are answered. */
  last: boolean;
}

/**
 * Knows which HTTP connections of the application are in use, so that shutting down answers every request that has arrived,
 * and waits for no connection that is only kept alive. The module does so by itself; applications that handle `clientError`,
 * or answer before Nest's middleware, inject it.
 */
@Injectable()
export class HttpConnections {
  private readonly open = new Map<Socket, Connection>();
  private readonly answers = new Set<ServerResponse>();
  /** How many connections and requests have arrived, and how many answers have left. */
  private moves = 0;
  private isDraining: boolean = false;
  /** Whether connections without a request are closed, also when their clients were not told. */
  private isClosingUnused: boolean = false;
  /** Requests that wait until the port is closed. */
  private held: (() => void)[] | undefined;
  private server: HttpServer | HttpsServer | undefined;
  private onGone: (() => void) | undefined;
  private drained: Promise<void> | undefined;
  private readonly upgraded = new Set<Duplex>();
  private readonly logger = new Logger('Everfold');

  /**
   * Watches a server from now on; the module hands over that of the application before it listens.
   *
   * @param server - What is no HTTP/1.1 server of Node is closed by Nest alone.
   */
  attach(server: unknown): void {
    if (this.server !== undefined) return;
    if (!(server instanceof HttpServer || server instanceof HttpsServer)) return;
    this.server = server;
    const arrival = server instanceof HttpsServer ? 'secureConnection' : 'connection';
    server.on(arrival, (socket: Socket) => {
      this.moves += 1;
      this.open.set(socket, { inFlight: new Set(), seen: 0, last: false });
      socket.once('close', () => this.forget(socket));
    });
    server.prependListener('request', (request, response) => this.begin(request, response));
    this.leaveUpgraded(server);
  }

  /**
   * What has become a WebSocket is closed by whom it was handed to. Node hands it over only where somebody listens, so this
   * listens only beside others.
   */
  private leaveUpgraded(server: HttpServer | HttpsServer): void {
    const leave = (_request: IncomingMessage, socket: Duplex) => {
      this.forget(socket as Socket);
      this.upgraded.add(socket);
      socket.once('close', () => this.upgraded.delete(socket));
    };
    if (server.listenerCount('upgrade') > 0) server.prependListener('upgrade', leave);
    else
      server.once('newListener', (event: string) => {
        if (event === 'upgrade') server.prependListener('upgrade', leave);
        else this.leaveUpgraded(server);
      });
  }

  /**
   * Lets a request through: at once, and while the port is about to be closed, afterwards.
   *
   * @param proceed - Handles the request.
   */
  admit(proceed: () => void): void {
    if (this.held === undefined) proceed();
    else this.held.push(proceed);
  }

  /**
   * Answers what has arrived, accepts nothing new, and resolves when the last connection is closed; those that are still
   * open after `timeoutMs` are cut off. However often it is called, there is one end.
   */
  drain(timeoutMs: number): Promise<void> {
    this.drained ??= this.drainOnce(timeoutMs);
    return this.drained;
  }

  private async drainOnce(timeoutMs: number): Promise<void> {
    if (this.server === undefined) return;
    const deadline = performance.now() + timeoutMs;
    this.isDraining = true;
    // Whom they were handed to may close them later than this: they are not waited for, and not kept for ever either.
    setTimeout(() => {
      for (const socket of this.upgraded) socket.destroy();
    }, timeoutMs).unref();
    for (const answer of this.answers) sayLast(answer);
    await this.settle(Math.min(timeoutMs, SETTLE_MS));
    this.closePort();
    const gone = this.allGone();
    this.release();
    // After such a turn every request that has arrived is known.
    const unused = setTimeout(() => setImmediate(() => this.closeUnused()), LAST_REQUEST_MS);
    const left = Math.max(deadline - performance.now(), 0);
    const cutOff = setTimeout(() => this.cutOff(), left);
    await gone;
    clearTimeout(unused);
    clearTimeout(cutOff);
  }

  /**
   * Resolves in a turn of the event loop in which nothing arrived and nothing was answered. The operating system resets the
   * connections that it has accepted and nobody has taken over when the port is closed: after such a turn there are none, but for
   * those that have come since. Requests are held meanwhile, for clients that are answered come back.
   */
  private async settle(longestMs: number): Promise<void> {
    const deadline = performance.now() + longestMs;
    this.held = [];
    // The turn that this began in may be over already but for its end.
    await nextTurn();
    let before: number;
    do {
      before = this.moves;
      await nextTurn();
    } while (this.moves !== before && performance.now() < deadline);
  }

  /** Not as HTTP servers close: they break off every connection on which they do not know of a request yet. */
  private closePort(): void {
    // What an answer that it was not listening at all says is nothing to act on.
    if (this.server !== undefined)
      ListeningServer.prototype.close.call(this.server, () => undefined);
  }

  private allGone(): Promise<void> {
    if (this.open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.onGone = resolve;
    });
  }

  private forget(socket: Socket): void {
    this.open.delete(socket);
    if (this.open.size === 0) this.onGone?.();
  }

  private release(): void {
    const { held = [] } = this;
    this.held = undefined;
    for (const proceed of held) proceed();
  }

  private cutOff(): void {
    const inFlight = [...this.open.values()].filter((each) => each.inFlight.size > 0).length;
    if (inFlight > 0)
      this.logger.error(
        `Shutting down cut off ${inFlight} HTTP requests that were not answered in time. Raise shutdownTimeoutMs, or let their ` +
          'clients repeat them under the same Idempotency-Key.',
      );
    for (const socket of this.open.keys()) socket.destroy();
  }

  private closeUnused(): void {
    this.isClosingUnused = true;
    for (const socket of this.open.keys()) this.closeWhenUnused(socket);
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
    this.moves += 1;
    connection.inFlight.add(request);
    this.answers.add(response);
    if (this.isDraining) sayLast(response);
    response.once('close', () => {
      this.moves += 1;
      connection.inFlight.delete(request);
      connection.seen = socket.bytesRead;
      this.answers.delete(response);
      if (connection.last || this.isClosingUnused) this.closeWhenUnused(socket);
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
