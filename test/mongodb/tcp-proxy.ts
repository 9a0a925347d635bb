import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOPBACK = '127.0.0.1';
/** How long others may keep the port that was free a moment ago. */
const LISTEN_MS = 10_000;

/** Of a connection: from who connects to the server, or back. */
export type Direction = 'toServer' | 'toClient';

/** A connection from a client to the server, in which bytes wait where they are told to. */
class Link {
  readonly #ends: Readonly<Record<Direction, Socket>>;
  readonly #proxy: TcpProxy;
  readonly #halved = new Set<Direction>();
  #cutAt: Direction | undefined;

  constructor(proxy: TcpProxy, client: Socket, server: Socket) {
    this.#proxy = proxy;
    this.#ends = { toServer: server, toClient: client };
    this.#forward('toServer', client);
    this.#forward('toClient', server);
  }

  /** Both ends lose the connection; what was on its way is lost. */
  cut(): void {
    for (const socket of Object.values(this.#ends)) socket.resetAndDestroy();
  }

  /** One side hears that the other has ended, which goes on to hear. */
  halve(direction: Direction): void {
    this.#halved.add(direction);
    this.#ends[direction].end();
  }

  cutAt(direction: Direction): void {
    this.#cutAt = direction;
  }

  /** What a client has sent before it went away still reaches the server, however late. */
  #forward(direction: Direction, from: Socket): void {
    const to = this.#ends[direction];
    let last = Promise.resolve();
    const later = (run: () => void): void => {
      const due = performance.now() + this.#proxy.delayMs;
      last = last.then(() => this.#proxy.passes(due)).then(run);
    };
    from.on('data', (bytes) => later(() => this.#pass(direction, bytes)));
    from.on('close', () => later(() => to.end()));
    from.on('end', () => later(() => to.end()));
    from.on('error', () => undefined);
  }

  #pass(direction: Direction, bytes: Buffer): void {
    const to = this.#ends[direction];
    if (!to.writable || this.#halved.has(direction)) return;
    if (this.#cutAt !== direction) {
      to.write(bytes);
      return;
    }
    this.#cutAt = undefined;
    to.write(bytes.subarray(0, bytes.length >> 1), () => this.cut());
  }
}

/** Stands between clients and a server, and fails them as networks do. Everything but {@link delayMs} is about what is connected at the call. */
export class TcpProxy implements AsyncDisposable {
  readonly port: number;
  /** How long all bytes take from now on, in each direction. */
  delayMs = 0;
  readonly #target: number;
  readonly #links = new Set<Link>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #letGo: (() => void) | undefined;
  #flows: Promise<void> = Promise.resolve();

  /** A proxy on a free port of the loopback, before a server on another port of it. */
  static async open(target: number): Promise<TcpProxy> {
    const server = await listening(0);
    return new TcpProxy(target, server);
  }

  private constructor(target: number, server: Server) {
    this.#target = target;
    this.port = (server.address() as AddressInfo).port;
    this.#serve(server);
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#links.size;
  }

  /** Resets all connections. New ones are welcome. */
  cut(): void {
    this.#each((link) => link.cut());
  }

  /** Resets each connection in the middle of the next bytes that it carries in a direction. */
  cutAtNext(direction: Direction): void {
    for (const link of this.#links) link.cutAt(direction);
  }

  /** Ends one direction of all connections. */
  halfClose(direction: Direction): void {
    this.#each((link) => link.halve(direction));
  }

  /** From now on nobody can connect, as if no server ran; what is connected stays so. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Takes connections again. */
  async accept(): Promise<void> {
    if (this.#server === undefined) this.#serve(await listening(this.port));
  }

  /** From now on connections are accepted, and nothing gets through, until it is let go. */
  hang(): void {
    if (this.#letGo !== undefined) return;
    this.#flows = new Promise((resolve) => {
      this.#letGo = resolve;
    });
  }

  /** Ends what hangs: what was held back goes on its way. */
  letGo(): void {
    this.#letGo?.();
    this.#letGo = undefined;
  }

  /** Resolves when bytes may go on. */
  async passes(due: number): Promise<void> {
    await this.#flows;
    const left = due - performance.now();
    if (left > 0) await sleep(left);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.refuse();
    for (const socket of this.#sockets) socket.destroy();
    this.letGo();
  }

  /** All in one turn, as when a server dies. */
  #each(end: (link: Link) => void): void {
    for (const link of [...this.#links]) end(link);
  }

  #serve(server: Server): void {
    this.#server = server;
    server.on('connection', (client) => this.#connect(client));
  }

  #connect(client: Socket): void {
    const server = connect({ host: LOOPBACK, port: this.#target, allowHalfOpen: true });
    const link = new Link(this, client, server);
    this.#links.add(link);
    let open = 2;
    for (const socket of [client, server]) {
      socket.setNoDelay();
      this.#sockets.add(socket);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        open -= 1;
        if (open === 0) this.#links.delete(link);
      });
    }
  }
}

async function listening(port: number): Promise<Server> {
  const end = performance.now() + LISTEN_MS;
  for (;;) {
    const server = createServer({ allowHalfOpen: true });
    try {
      server.listen(port, LOOPBACK);
      await once(server, 'listening');
      return server;
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(20);
    }
  }
}
