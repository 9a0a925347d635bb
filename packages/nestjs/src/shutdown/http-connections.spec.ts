import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { HttpConnections } from './http-connections.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

describe('HttpConnections', () => {
  let server: Server;
  let connections: HttpConnections;
  let client: Socket;
  beforeEach(async () => {
    server = createServer((_request, response) =>
      connections.admit(() => response.end('answered')),
    );
    connections = new HttpConnections();
    connections.attach(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('utf8');
  });
  afterEach(async () => {
    client.destroy();
    await connections.drain(0);
  });

  it('answer one more request of a client that was not told before to send none', async () => {
    client.write(REQUEST);
    const [first] = await once(client, 'data');
    const drained = connections.drain(60_000);
    while (server.listening) await nextTurn();

    client.write(REQUEST);
    const [second] = await once(client, 'data');
    await once(client, 'end');
    await drained;

    expect(first).toMatch(/^Connection: keep-alive\r$/m);
    expect(second).toMatch(/^HTTP\/1.1 200 /);
    expect(second).toMatch(/^Connection: close\r$/m);
  });

  it('are closed after a while when nothing more is asked on them', async () => {
    client.write(REQUEST);
    await once(client, 'data');

    const [ended] = await Promise.all([once(client, 'end'), connections.drain(60_000)]);

    expect(ended).toEqual([]);
  });

  it('come to one end, however often it is asked for', async () => {
    client.write(REQUEST);
    await once(client, 'data');

    const ends = await Promise.all([connections.drain(60_000), connections.drain(60_000)]);

    expect(ends).toHaveLength(2);
  });

  it('that have become something else are left to whom they were handed to', async () => {
    server.on('upgrade', (_request, socket: Socket) => socket.write('HTTP/1.1 101 On\r\n\r\n'));
    client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n');
    const [answer] = await once(client, 'data');

    await connections.drain(60_000);

    expect(answer).toMatch(/^HTTP\/1.1 101 /);
    expect(client.readyState).toBe('open');
  });
});
