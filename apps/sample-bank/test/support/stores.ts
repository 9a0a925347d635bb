import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithMongo, type MongoServer } from '../../../../tools/servers/mongodb.mjs';
import { startTestBank, type TestBank } from './test-bank.js';

/** The stores of the banks of a suite. */
export interface Stores {
  /** Variables for banks on one folder: the same each time, and others for each folder. */
  environment(folder: string): Record<string, string>;
  /** Starts a bank that has all its stores for itself. */
  startTestBank(environment?: Record<string, string>): Promise<TestBank>;
}

/** Read models where the events are: in memory, or in the folder that banks are given. */
const BESIDE_EVENTS: Stores = {
  environment: (folder) => ({ EVENT_STORE: 'embedded', DATA_DIR: folder }),
  startTestBank,
};

/**
 * `describe` twice: with read models where the events are, and with embedded events and read models on MongoDB. Where no MongoDB is
 * found, the second is skipped.
 */
export async function describeOnStores(
  title: string,
  body: (stores: Stores) => void,
): Promise<void> {
  describe(title, () => body(BESIDE_EVENTS));
  await describeOnMongo(`${title} on MongoDB`, body);
}

/** `describe` with embedded events and read models on MongoDB; skipped where none is found. */
export async function describeOnMongo(
  title: string,
  body: (stores: Stores) => void,
): Promise<void> {
  await describeWithMongo(title, (mongo) => body(onMongo(mongo)));
}

function onMongo(mongo: MongoServer): Stores {
  const urls = new Map<string, string>();
  const environment = (folder: string) => {
    const url = urls.get(folder) ?? urlOf(mongo.url, mongo.database());
    urls.set(folder, url);
    const events = { EVENT_STORE: 'embedded', DATA_DIR: folder };
    return { ...events, READ_MODELS: 'mongodb', MONGODB_URL: url };
  };
  return {
    environment,
    async startTestBank(given = {}) {
      const folder = await mkdtemp(join(tmpdir(), 'sample-bank-'));
      const remove = () => rm(folder, { recursive: true, force: true });
      try {
        const bank = await startTestBank({ ...environment(folder), ...given });
        return { ...bank, stop: () => bank.stop().finally(remove) };
      } catch (error) {
        await remove();
        throw error;
      }
    },
  };
}

/** The URL of a database of a server, whose URL may name another one. */
function urlOf(server: string, database: string): string {
  const [, start = '', named = '', query = ''] =
    /^([^:]+:\/\/[^/?]+)\/?([^?]*)\??(.*)$/.exec(server) ?? [];
  const options = new URLSearchParams(query);
  // Users are looked for in the database that is named, unless told otherwise.
  if (start.includes('@') && !options.has('authSource'))
    options.set('authSource', named === '' ? 'admin' : named);
  return `${start}/${database}?${options}`;
}
