// Finds a MongoDB for tests. In this order: MONGODB_URL, `mongod` on PATH, mongodb-memory-server-core where somebody installed
// it, mongo-java-server where Java 17 and Maven are.
import { randomBytes } from 'node:crypto';
import { MongoClient, MongoNetworkError } from 'mongodb';
import { startMongoJavaServer } from './mongo-java-server.mjs';
import { startMongod } from './mongod.mjs';

/** @import { MongoServer, MongoServerKind } from './mongodb.mjs' */
/** @typedef {{ kind: MongoServerKind, url: string, stop?: () => Promise<void> }} Found */

const SHARED = 'EVERFOLD_TEST_MONGODB';
const WANTED = 'MongoDB for tests: none. Every suite that needs one is skipped. Set MONGODB_URL, or install mongod, or Java 17 and Maven.';

/** @returns {Promise<MongoServer | undefined>} */
export async function resolveMongo() {
  const shared = process.env[SHARED];
  if (shared !== undefined) return shared === '' ? undefined : server(JSON.parse(shared));
  const found = (await given()) ?? (await mongod()) ?? (await memoryServer()) ?? (await javaServer());
  if (found === undefined) return say(WANTED);
  const refused = await whyNoTransactions(found.url).catch(async (error) => {
    await found.stop?.();
    throw new Error(`The MongoDB for tests (${found.kind}) cannot be used: ${error.message}`, { cause: error });
  });
  say(`MongoDB for tests: ${found.kind}, ${refused === undefined ? 'with transactions' : `without transactions (${refused})`}`);
  return server({ ...found, hasTransactions: refused === undefined });
}

/** @returns {Promise<() => Promise<void>>} */
export async function shareMongo() {
  const mongo = await resolveMongo();
  const before = process.env[SHARED];
  const { url, kind, hasTransactions } = mongo ?? {};
  process.env[SHARED] = mongo === undefined ? '' : JSON.stringify({ url, kind, hasTransactions });
  return async () => {
    if (before === undefined) delete process.env[SHARED];
    else process.env[SHARED] = before;
    await mongo?.close();
  };
}

/** @param {string} title @param {(mongo: MongoServer) => void} body */
export async function describeWithMongo(title, body) {
  const mongo = await resolveMongo();
  if (mongo === undefined) return describe.skip(`${title} (needs mongodb)`, () => body(absent()));
  describe(title, () => {
    afterAll(() => mongo.close());
    body(mongo);
  });
}

/** @param {Found & { hasTransactions: boolean }} found @returns {MongoServer} */
function server({ url, kind, hasTransactions, stop }) {
  const given = new Set();
  let closing;
  const close = async () => {
    if (stop !== undefined) return stop();
    if (given.size > 0) await drop(url, given);
  };
  return {
    url,
    kind,
    hasTransactions,
    database() {
      const name = freshName();
      given.add(name);
      return name;
    },
    close() {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
}

/** Stands in a suite that is skipped, where nothing may run. @returns {MongoServer} */
function absent() {
  const none = () => {
    throw new Error('There is no MongoDB here.');
  };
  return {
    kind: 'MONGODB_URL',
    hasTransactions: false,
    get url() {
      return none();
    },
    database: none,
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** 63 bytes are the most that a name may have. */
function freshName() {
  return `everfold-test-${process.pid}-${randomBytes(8).toString('hex')}`;
}

/** A server that others use too is left as it was. */
async function drop(url, names) {
  const client = new MongoClient(url);
  try {
    for (const name of names) await client.db(name).dropDatabase();
  } catch (error) {
    say(`MongoDB for tests: databases named everfold-test-${process.pid}-… were left behind: ${error.message}`);
  } finally {
    await client.close();
  }
}

/** @returns {Promise<Found | undefined>} */
async function given() {
  const url = process.env.MONGODB_URL;
  return url === undefined || url === '' ? undefined : { kind: 'MONGODB_URL', url };
}

/** @returns {Promise<Found | undefined>} */
async function mongod() {
  const started = await startMongod().catch((error) => notThis('mongod', error));
  return started && { kind: 'mongod', ...started };
}

/** @returns {Promise<Found | undefined>} */
async function memoryServer() {
  const kind = 'mongodb-memory-server';
  const library = await import('mongodb-memory-server-core').catch(() => undefined);
  if (library === undefined) return undefined;
  try {
    const { MongoMemoryReplSet } = library;
    const set = await MongoMemoryReplSet.create({ replSet: { count: 1, storageEngine: 'wiredTiger' } });
    return { kind, url: set.getUri(), stop: async () => void (await set.stop()) };
  } catch (error) {
    return notThis(kind, error);
  }
}

/** @returns {Promise<Found | undefined>} */
async function javaServer() {
  const kind = 'mongo-java-server';
  const started = await startMongoJavaServer().catch((error) => notThis(kind, error));
  return started && { kind, url: `mongodb://127.0.0.1:${started.port}`, stop: started.stop };
}

function notThis(kind, error) {
  return say(`MongoDB for tests: not ${kind}: ${error.message}`);
}

/** Runs one. @returns {Promise<string | undefined>} Why there are none. */
async function whyNoTransactions(url) {
  const client = new MongoClient(url);
  try {
    await client.db('admin').command({ ping: 1 });
    const database = client.db(freshName());
    return await transact(client, database).catch((error) => {
      if (error instanceof MongoNetworkError) throw error;
      return error.message;
    });
  } finally {
    await client.close();
  }
}

async function transact(client, database) {
  const session = client.startSession();
  try {
    const collection = await database.createCollection('transactions');
    session.startTransaction({ writeConcern: { w: 'majority' } });
    await collection.insertOne({ _id: 1 }, { session });
    if ((await collection.countDocuments()) !== 0) return 'others see what is not committed';
    await session.commitTransaction();
    return (await collection.countDocuments()) === 1 ? undefined : 'what was committed is not there';
  } finally {
    await session.endSession();
    await database.dropDatabase();
  }
}

/** @param {string} line @returns {undefined} */
function say(line) {
  process.stderr.write(`${line}\n`);
}
