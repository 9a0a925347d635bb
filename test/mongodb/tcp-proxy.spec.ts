import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { until } from '../embedded/patience.js';
import { TcpProxy } from './tcp-proxy.js';

/** What one end of a connection has heard. */
class End {
  heard = '';
  isEnded: boolean = false;
  isClosed: boolean = false;

  constructor(readonly socket: Socket) {
    socket.setEncoding('utf8').on('data', (text) => {
      this.heard += text;
    });
    socket.on('end', () => {
      this.isEnded = true;
    });
    socket.on('close', () => {
      this.isClosed = true;
    });
    socket.on('error', () => undefined);
  }

  /** A reset that comes right behind an end is heard as that. */
  get isOver(): boolean {
    return this.isEnded || this.isClosed;
  }

  say(text: string): void {
    this.socket.write(text);
  }
}

describe('A TCP proxy for tests', () => {
  const ends: End[] = [];
  let server: Server;
  let proxy: TcpProxy;

  beforeEach(async () => {
    ends.length = 0;
    server = createServer({ allowHalfOpen: true }, (socket) => ends.push(new End(socket)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = await TcpProxy.open((server.address() as AddressInfo).port);
  });

  afterEach(async () => {
    await proxy[Symbol.asyncDispose]();
    for (const { socket } of ends) socket.destroy();
    server.close();
  });

  /** Both ends of a new connection. */
  async function connected(): Promise<{ readonly near: End; readonly far: End }> {
    const near = new End(connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true }));
    const before = ends.length;
    await until('a connection to the server', () => ends.length > before);
    const far = ends.at(-1);
    if (far === undefined) throw new Error('Nobody connected.');
    far.say('welcome');
    await until('its first words', () => near.heard === 'welcome');
    near.heard = '';
    return { near, far };
  }

  const isRefused = async () => {
    const near = new End(connect({ port: proxy.port, host: '127.0.0.1' }));
    await until('an end', () => near.isClosed);
    return near.socket.bytesRead === 0;
  };

  it('carries bytes both ways, and the end', async () => {
    const { near, far } = await connected();

    near.say('question');
    await until('the question', () => far.heard === 'question');
    far.socket.end('answer');
    await until('the answer', () => near.heard === 'answer' && near.isEnded);
    near.socket.end();

    await until('no connection', () => proxy.connections === 0);
  });

  it('cuts all connections, and takes new ones', async () => {
    const { near, far } = await connected();

    proxy.cut();
    await until('two ends', () => near.isOver && far.isOver);

    expect((await connected()).near.isClosed).toBe(false);
  });

  it('refuses new connections while others go on', async () => {
    const { near, far } = await connected();

    proxy.refuse();

    expect(await isRefused()).toBe(true);
    near.say('still there');
    await until('words', () => far.heard === 'still there');
    await proxy.accept();
    expect((await connected()).near.isClosed).toBe(false);
  });

  it('closes one direction and not the other', async () => {
    const { near, far } = await connected();

    proxy.halfClose('toServer');
    await until('the end of what the server hears', () => far.isEnded);
    near.say('lost');
    far.say('heard');
    await until('words', () => near.heard === 'heard');

    expect({ far: far.heard, isEnded: near.isEnded }).toEqual({ far: '', isEnded: false });
  });

  it('holds everything back until it lets go, also what a client sent that has gone since', async () => {
    const { near, far } = await connected();
    const other = await connected();

    proxy.hang();
    near.say('late');
    near.socket.destroy();
    other.far.say('later');
    await until('a client that has gone', () => near.isClosed);
    const held = { far: far.heard, near: other.near.heard };
    proxy.letGo();
    await until('what was held back', () => far.heard === 'late' && other.near.heard === 'later');

    expect(held).toEqual({ far: '', near: '' });
  });

  it('delays', async () => {
    const { near, far } = await connected();
    proxy.delayMs = 80;
    const before = performance.now();

    near.say('slow');
    await until('slow words', () => far.heard === 'slow');

    expect(performance.now() - before).toBeGreaterThan(70);
  });

  it('cuts in the middle of an answer', async () => {
    const { near, far } = await connected();

    proxy.cutAtNext('toClient');
    near.say('question');
    await until('the question', () => far.heard === 'question');
    far.say('answer');
    await until('two ends', () => near.isOver && far.isOver);

    expect(['', 'ans']).toContain(near.heard);
  });
});
