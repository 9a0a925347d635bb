// A real MongoDB of this machine, as a replica set of one node in a temporary folder, so that it has transactions.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { output, startServer } from './child.mjs';

const SET = 'everfold';
const START_MS = 60_000;

/** @returns {Promise<{ url: string, stop: () => Promise<void> } | undefined>} undefined where there is no `mongod` on PATH. */
export async function startMongod() {
  const found = await output('mongod', ['--version']).catch(() => undefined);
  if (found === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'everfold-mongod-'));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    const { port, stop } = await start(folder);
    const end = () => stop().finally(remove);
    await initiate(port).catch(async (error) => {
      await stop();
      throw error;
    });
    return { url: `mongodb://127.0.0.1:${port}/?replicaSet=${SET}`, stop: end };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** `mongod` takes no port 0: another process may take the free one first, and then there are more. */
async function start(folder) {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const wrapper = fileURLToPath(new URL('./ends-with-its-input.mjs', import.meta.url));
    const options = ['--replSet', SET, '--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', folder];
    try {
      const { stop } = await startServer(
        process.execPath,
        [wrapper, 'mongod', ...options, '--wiredTigerCacheSizeGB', '0.25'],
        /waiting for connections/i,
      );
      return { port, stop };
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function initiate(port) {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`);
  try {
    const admin = client.db('admin');
    const members = [{ _id: 0, host: `127.0.0.1:${port}` }];
    await admin.command({ replSetInitiate: { _id: SET, members } });
    const end = performance.now() + START_MS;
    while (!(await admin.command({ hello: 1 })).isWritablePrimary) {
      if (performance.now() > end) throw new Error(`mongod became no primary within ${START_MS} ms.`);
      await delay(50);
    }
  } finally {
    await client.close();
  }
}
