import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import {
  DocumentTooLargeError,
  type DocumentWrite,
  Event,
  type Position,
  projection,
  StoreUnavailableError,
  UniqueIndexError,
} from '@everfold/core';
import { MongoClient } from 'mongodb';
import { describeWithMongo } from '../../../../tools/servers/mongodb.mjs';
import { MongoReadModelStore } from './mongo-read-model-store.js';

class Opened extends Event('mongo.opened')<{ owner: string }> {}

interface Account {
  readonly owner: string;
  readonly openedAt: Date;
}

const accounts = projection<Account>('accounts', { version: 3, indexes: ['owner'] }).start(
  Opened,
  ({ owner }, { recordedAt }) => ({ owner, openedAt: recordedAt }),
);

const COLLECTION = 'accounts@3.1';
const at = (n: number): Position => String(n).padStart(16, '0') as Position;

const write = (id: string, document: object | undefined, loadedAt?: Position): DocumentWrite => ({
  id,
  document,
  position: at(loadedAt === undefined ? 1 : Number(loadedAt) + 1),
  loadedAt,
});

await describeWithMongo('MongoReadModelStore', (mongo) => {
  let database: string;
  let store: MongoReadModelStore;
  let client: MongoClient;
  let version = 0;

  const native = () =>
    client.db(database).collection<{ _id: string; [field: string]: unknown }>(COLLECTION);

  const save = async (...documents: readonly DocumentWrite[]) => {
    const segment = { key: 's', version, value: {} };
    const [outcome] = await store.save([
      { collection: COLLECTION, documents, put: [], remove: [], segment },
    ]);
    if (outcome?.kind === 'saved') ({ version } = outcome);
    return outcome;
  };

  beforeEach(async () => {
    database = mongo.database();
    store = await MongoReadModelStore.open({ url: mongo.url, database });
    client = new MongoClient(mongo.url);
    await store.createCollection(COLLECTION, [['owner']]);
    version = (await store.writeRecord('s', {}, undefined)) ?? 0;
  });

  afterEach(async () => {
    await store[Symbol.asyncDispose]();
    await client.close();
  });

  it('keeps documents as they were written, under their ids, with BSON dates', async () => {
    const openedAt = new Date(1_700_000_000_000);

    await save(write('a', { owner: 'ada', openedAt, lines: [{ n: 1 }] }));

    const found = await native().findOne({ _id: 'a' });
    expect(found).toEqual({
      _id: 'a',
      owner: 'ada',
      openedAt,
      lines: [{ n: 1 }],
      _everfold: { position: at(1), write: expect.any(String) },
    });
    expect(await native().countDocuments({ openedAt: { $gt: new Date(0) } })).toBe(1);
  });

  it('makes the declared indexes', async () => {
    const indexes = await native().indexes();

    expect(indexes.map(({ key }) => key)).toContainEqual({ owner: 1, _id: 1 });
  });

  it.each([
    ['an id of its own', { _id: 'other', owner: 'x' }],
    ['the field of the framework', { _everfold: 1, owner: 'x' }],
    ['keys with dots and dollars', { owner: 'x', 'a.b': { $set: 1 }, $inc: 2 }],
    ['half a character', { owner: 'x', text: '\ud800' }],
    ['a key that reaches a prototype', JSON.parse('{"owner":"x","__proto__":{"a":1}}')],
    ['objects where it is indexed', { owner: { first: 'x' } }],
    ['deep nesting', { owner: 'x', deep: JSON.parse(`${'['.repeat(150)}1${']'.repeat(150)}`) }],
  ])('gives back a document that has %s', async (_, document) => {
    await save(write('a', document));

    const loaded = await store.loadDocuments(COLLECTION, ['a']);
    expect(JSON.stringify(loaded.get('a')?.document)).toBe(JSON.stringify(document));
    const found = await store.findDocuments(COLLECTION, {
      where: [{ field: 'owner', eq: 'x' }],
      orderBy: [],
      limit: 10,
    });
    expect(found.map(({ id }) => id)).toEqual(typeof document.owner === 'string' ? ['a'] : []);
  });

  it('refuses what is too large as BSON, though its JSON is not, and writes nothing', async () => {
    const numbers = { owner: 'x', numbers: Array.from({ length: 1_500_000 }, () => 1) };
    expect(JSON.stringify(numbers).length).toBeLessThan(store.maxDocumentBytes);

    const saved = save(write('small', { owner: 'x' }), write('large', numbers));

    await expect(saved).rejects.toThrow(DocumentTooLargeError);
    await expect(saved).rejects.toMatchObject({ documentId: 'large' });
    expect(await native().countDocuments()).toBe(0);
  });

  it("names the document and the index where a user's own unique index is violated", async () => {
    await native().createIndex({ owner: 1 }, { unique: true, name: 'one_each' });
    await save(write('a', { owner: 'ada' }), write('b', { owner: 'bob' }));

    const inserted = save(write('c', { owner: 'ada' }));
    await expect(inserted).rejects.toThrow(UniqueIndexError);
    await expect(inserted).rejects.toMatchObject({ documentId: 'c', index: 'one_each' });
    const replaced = save(write('b', { owner: 'ada' }, at(1)));
    await expect(replaced).rejects.toMatchObject({ documentId: 'b', index: 'one_each' });

    expect((await store.readRecord('s'))?.version).toBe(version);
  });

  it('hands out the native collection of the generation in use, and a filter that hides markers', async () => {
    await save(write('a', { owner: 'ada' }), write('b', { owner: 'bob' }));
    await save(write('b', undefined, at(1)));

    const first = await store.native(accounts);
    const names = await first.collection.find({ ...first.present }).toArray();
    const generations = { 1: { state: 'kept' }, 2: { state: 'serving' } };
    await store.writeRecord('models/accounts@3', { serving: 2, generations }, undefined);
    const second = await store.native(accounts);

    expect(names.map(({ _id, owner }) => [_id, owner])).toEqual([['a', 'ada']]);
    expect(await first.collection.countDocuments()).toBe(2);
    expect(first.collection.collectionName).toBe(COLLECTION);
    expect(second.collection.collectionName).toBe('accounts@3.2');
  });

  it('says where it is and how it writes', () => {
    expect(store.description).toMatch(new RegExp(`^MongoDB at .+/${database}, guarded writes$`));
  });

  it('takes no marker before all positions for a document that is not there', async () => {
    const parked = { ...write('a', undefined), position: '' as Position, parkedSince: at(1) };
    await save(parked, write('b', { owner: 'bob' }));

    const late = save(write('a', { owner: 'ada' }), write('b', { owner: 'eve' }, at(1)));

    expect(await late).toEqual({ kind: 'stale', ids: ['a'] });
    const loaded = await store.loadDocuments(COLLECTION, ['a']);
    expect(loaded.get('a')).toMatchObject({ document: undefined, parkedSince: at(1) });
  });

  it('puts one new record for 64 segments at once, and saves all of them', async () => {
    const segments = Array.from({ length: 64 }, (_, n) => `segment-${n}`);
    for (const key of segments) await store.writeRecord(key, {}, undefined);

    const saves = segments.map((key, n) => {
      const put = [{ key: 'parked', value: n }];
      return store.save([
        { documents: [], put, remove: [], segment: { key, version: 1, value: n } },
      ]);
    });

    const outcomes = (await Promise.all(saves)).flat();
    expect(outcomes.map(({ kind }) => kind)).toEqual(segments.map(() => 'saved'));
    expect(await store.readRecord('parked')).toMatchObject({ version: 64 });
    await Promise.all(
      segments.map((stream, n) =>
        store.snapshots.save({ stream: 'one', revision: n, content: stream }),
      ),
    );
    expect(await store.snapshots.load('one')).toBeDefined();
  });

  it('keeps a snapshot a stream', async () => {
    const { snapshots } = store;
    await snapshots.save({ stream: 'account-1', revision: 3, content: { 'a.b': [1, null] } });
    await snapshots.save({ stream: 'account-1', revision: 4, content: 'x' });

    expect(await snapshots.load('account-1')).toEqual({
      stream: 'account-1',
      revision: 4,
      content: 'x',
    });
    expect(await snapshots.load('account-2')).toBeUndefined();
    await snapshots.remove('account-1');
    expect(await snapshots.load('account-1')).toBeUndefined();
  });
});

describe('Opening a MongoReadModelStore', () => {
  it('gives up when nobody answers in time, and shows no password', async () => {
    const url = 'mongodb://ada:se%2Fcret@127.0.0.1:1/bank?serverSelectionTimeoutMS=50';

    const opened = MongoReadModelStore.open({ url, connectTimeoutMs: 100 });

    await expect(opened).rejects.toThrow(StoreUnavailableError);
    await expect(opened).rejects.toThrow(/^MongoDB at 127\.0\.0\.1:1\/bank as ada: /);
    const error: unknown = await opened.catch((reason: unknown) => reason);
    expect(textsOf(error)).not.toMatch(/se(?:%2F|\/)cret/i);
  });

  it('ends waiting with the signal', async () => {
    const url = 'mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50';
    const reason = new Error('The application stops.');

    const opened = MongoReadModelStore.open({ url }, AbortSignal.abort(reason));

    await expect(opened).rejects.toBe(reason);
  });

  it('ends waiting for a server that does not answer at once with the signal', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const url = `mongodb://127.0.0.1:${port}/?serverSelectionTimeoutMS=60000`;
    const stopping = new AbortController();
    const reason = new Error('The application stops.');

    const opened = MongoReadModelStore.open({ url }, stopping.signal);
    await once(silent, 'connection');
    stopping.abort(reason);

    await expect(opened).rejects.toBe(reason);
    silent.close();
  });

  it.each([
    [{ url: 'http://ada:secret@localhost' }],
    [{ url: 'mongodb://ada:sec/ret@localhost' }],
    [{}],
    [{ url: 'mongodb://localhost', client: new MongoClient('mongodb://localhost') }],
    [{ url: 'mongodb://localhost', writes: 'somehow' as 'guarded' }],
  ])('refuses %j without repeating a password', async (options) => {
    const error: unknown = await MongoReadModelStore.open(options).catch(
      (reason: unknown) => reason,
    );

    expect(error).toBeInstanceOf(TypeError);
    expect(textsOf(error)).not.toMatch(/sec\/?ret/);
  });
});

/** Everything that a log may show of an error. */
function textsOf(error: unknown): string {
  const texts: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    texts.push(at.message, at.stack ?? '', JSON.stringify(at));
  return texts.join('\n');
}
