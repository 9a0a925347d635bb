import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Collection, MongoClient } from 'mongodb';
import { describeWithMongo, type MongoServer, resolveMongo } from '../../tools/servers/mongodb.mjs';
import { until } from '../embedded/patience.js';

interface Named {
  readonly _id: string;
  readonly count?: number;
}

const RESOLVER = fileURLToPath(new URL('../../tools/servers/mongodb.mjs', import.meta.url));
/** In the order of MongoDB; in UTF-16 units the last two change places. */
const BY_CODE_POINT = ['Z', 'a', 'a\u{1F600}', 'é', '\uFF21', '\u{1F600}'];

/** A process that finds a MongoDB, says where, and then waits to be killed. */
function holder(env: NodeJS.ProcessEnv = {}) {
  const script = `
    const { resolveMongo } = await import(process.argv[1]);
    const mongo = await resolveMongo();
    console.log(mongo.url);
    setInterval(() => undefined, 1e9);
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', script, RESOLVER], {
    env: { ...process.env, EVERFOLD_TEST_MONGODB: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Whether a server answers there. */
async function answers(url: string): Promise<boolean> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 500 });
  try {
    await client.db('admin').command({ ping: 1 });
    return true;
  } catch {
    return false;
  } finally {
    await client.close();
  }
}

await describeWithMongo('A MongoDB for tests', (mongo) => {
  let client: MongoClient;
  let documents: Collection<Named>;

  beforeEach(() => {
    client = new MongoClient(mongo.url);
    documents = client.db(mongo.database()).collection('documents');
  });

  afterEach(() => client.close());

  it('keeps what is written', async () => {
    await documents.insertOne({ _id: 'a', count: 1 });

    const found = await documents.findOne({ _id: 'a' });

    expect(found).toEqual({ _id: 'a', count: 1 });
  });

  it('sorts strings by code point', async () => {
    await documents.insertMany([...BY_CODE_POINT].reverse().map((_id) => ({ _id })));

    const sorted = await documents.find().sort({ _id: 1 }).toArray();

    expect(sorted.map(({ _id }) => _id)).toEqual(BY_CODE_POINT);
  });

  it.each(BY_CODE_POINT.map((last, at) => [last, BY_CODE_POINT.slice(at + 1)] as const))(
    'finds what is greater than %j by code point',
    async (last, greater) => {
      await documents.insertMany(BY_CODE_POINT.map((_id) => ({ _id })));

      const found = await documents.find({ _id: { $gt: last } }).toArray();

      expect(new Set(found.map(({ _id }) => _id))).toEqual(new Set(greater));
    },
  );

  it('loses none of 64 increments at once', async () => {
    await documents.insertOne({ _id: 'a', count: 0 });

    await Promise.all(
      Array.from({ length: 64 }, () => documents.updateOne({ _id: 'a' }, { $inc: { count: 1 } })),
    );

    expect((await documents.findOne({ _id: 'a' }))?.count).toBe(64);
  });

  it('writes by _id only where the other fields of a filter match too', async () => {
    await documents.insertMany([
      { _id: 'a', count: 1 },
      { _id: 'b', count: 1 },
    ]);

    const stale = await documents.replaceOne({ _id: 'a', count: 0 }, { count: 2 });
    const fresh = await documents.replaceOne({ _id: 'a', count: 1 }, { count: 3 });

    expect([stale.matchedCount, fresh.matchedCount]).toEqual([0, 1]);
    expect(await documents.find().sort({ _id: 1 }).toArray()).toEqual([
      { _id: 'a', count: 3 },
      { _id: 'b', count: 1 },
    ]);
  });

  it('gives each test a database of its own', () => {
    const names = new Set(Array.from({ length: 100 }, () => mongo.database()));

    expect(names.size).toBe(100);
  });

  it('has transactions exactly where one can be run', async () => {
    await documents.insertOne({ _id: 'a', count: 1 });

    const aborted = client.withSession(async (session) => {
      session.startTransaction();
      await documents.updateOne({ _id: 'a' }, { $set: { count: 2 } }, { session });
      await session.abortTransaction();
    });

    await expect(
      aborted.then(
        () => true,
        () => false,
      ),
    ).resolves.toBe(mongo.hasTransactions);
    expect((await documents.findOne({ _id: 'a' }))?.count).toBe(1);
  });

  it('loses what was written to a server that others use too, once that is closed', async () => {
    const before = process.env['MONGODB_URL'];
    process.env['MONGODB_URL'] = mongo.url;
    const given = await resolveMongo().finally(() => {
      if (before === undefined) delete process.env['MONGODB_URL'];
      else process.env['MONGODB_URL'] = before;
    });
    const name = given?.database() ?? '';
    await client.db(name).collection<Named>('documents').insertOne({ _id: 'a' });
    await documents.insertOne({ _id: 'b' });

    await given?.close();

    const { databases } = await client.db().admin().listDatabases();
    const names = databases.map((database) => database.name);
    expect(names).toContain(documents.dbName);
    expect(names).not.toContain(name);
  });

  // What stands at MONGODB_URL, or serves all spec files, was started by nobody here.
  const ours = mongo.kind !== 'MONGODB_URL' && process.env['EVERFOLD_TEST_MONGODB'] === undefined;
  const started = ours ? it : it.skip;

  started('is another one than that of the next, and each ends when it is closed', async () => {
    const [first, second] = [await resolveMongo(), await resolveMongo()] as [
      MongoServer,
      MongoServer,
    ];
    try {
      expect(first.url).not.toBe(second.url);

      await first.close();

      expect(await answers(first.url)).toBe(false);
      expect(await answers(second.url)).toBe(true);
    } finally {
      await Promise.all([first.close(), second[Symbol.asyncDispose]()]);
    }
  });

  started('ends when the process is killed that started it', async () => {
    const owner = holder();
    const [said] = (await once(owner.stdout, 'data')) as [Buffer];
    const url = String(said).trim();
    const before = await answers(url);

    owner.kill('SIGKILL');

    expect(before).toBe(true);
    await until('the server ends with its process', async () => !(await answers(url)));
  });

  started('is another kind where mongod is there but does not start', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'everfold-broken-mongod-'));
    await writeFile(
      join(folder, 'mongod'),
      '#!/bin/sh\n[ "$1" = --version ] || { echo broken; exit 1; }\n',
      {
        mode: 0o755,
      },
    );
    const owner = holder({ PATH: `${folder}:${process.env['PATH']}` });
    let errors = '';
    owner.stderr.on('data', (text) => {
      errors += text;
    });
    try {
      await once(owner.stdout, 'data');

      expect(errors).toMatch(/not mongod: .*ended with 1[\s\S]*broken/);
      expect(errors).toMatch(/^MongoDB for tests: mongo[a-z-]+, with/m);
    } finally {
      owner.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('A MongoDB given by MONGODB_URL', () => {
  it('is never passed over when it does not answer', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as { port: number };
    closed.close();
    await once(closed, 'close');
    const url = `mongodb://user:secret@127.0.0.1:${port}/?serverSelectionTimeoutMS=200`;

    const owner = holder({ MONGODB_URL: url });
    let errors = '';
    owner.stderr.on('data', (text) => {
      errors += text;
    });
    const [code] = await once(owner, 'close');

    expect(code).toBe(1);
    expect(errors).toContain('MONGODB_URL');
    expect(errors).not.toContain('secret');
  });
});
