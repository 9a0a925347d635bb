// A store of read models that several processes share although it lies in the memory of one: the others call it over a socket.
import { createConnection, createServer } from 'node:net';
import { deserialize, serialize } from 'node:v8';

const METHODS = [
  'readRecord',
  'listRecords',
  'writeRecord',
  'removeRecord',
  'createCollection',
  'dropCollection',
  'loadDocuments',
  'findDocuments',
  'save',
  'purgeMarkers',
];

/** Serves a store; resolves to the port, and to what ends it. */
export async function serveStore(store) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
    receive(socket, async ({ call, name, args }) => {
      const answer = await store[name](...args).then(
        (result) => ({ call, result }),
        (error) => ({ call, error: String(error) }),
      );
      if (!socket.destroyed) send(socket, answer);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const end = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return { port: server.address().port, end };
}

/** The store of another process. */
export async function remoteStore(port, commit) {
  const socket = createConnection({ port, host: '127.0.0.1' });
  await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  const waiting = new Map();
  let last = 0;
  receive(socket, ({ call, result, error }) => {
    const { resolve, reject } = waiting.get(call);
    waiting.delete(call);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  });
  const store = { commit, maxDocumentBytes: 2 ** 24, [Symbol.asyncDispose]: async () => socket.destroy() };
  for (const name of METHODS)
    store[name] = (...args) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, { resolve, reject });
        send(socket, { call: last, name, args });
      });
  return store;
}

function send(socket, message) {
  const bytes = serialize(message);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(bytes.length);
  socket.write(Buffer.concat([head, bytes]));
}

function receive(socket, handle) {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0);
      handle(deserialize(rest.subarray(4, end)));
      rest = rest.subarray(end);
    }
  });
}
