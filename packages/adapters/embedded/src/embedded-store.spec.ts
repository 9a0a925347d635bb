import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DocumentWrite,
  isReadModelStore,
  type Position,
  type SegmentSave,
  StoreUnavailableError,
} from '@everfold/core';
import { EmbeddedStore, embedded } from './embedded-store.js';

const SEGMENT = 'segments/c/00';

describe('EmbeddedStore', () => {
  const folders: string[] = [];

  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });

  async function newFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'everfold-'));
    folders.push(folder);
    return folder;
  }

  async function opened(indexes: readonly (readonly string[])[] = [['n']]): Promise<EmbeddedStore> {
    const store = await EmbeddedStore.open(await newFolder());
    await store.createCollection('c', indexes);
    await store.writeRecord(SEGMENT, {}, undefined);
    return store;
  }

  it('is an event store and a store of read models', async () => {
    await using store = await embedded({ folder: await newFolder() }).open(
      new AbortController().signal,
    );

    expect(isReadModelStore(store)).toBe(true);
    expect(await store.head()).toBeUndefined();
    expect(store).toMatchObject({ commit: 'atomic', maxDocumentBytes: 16_777_216 });
  });

  it('gives back what was saved, and moves the record of the segment', async () => {
    await using store = await opened();

    const outcomes = await store.save([
      part([written('a', { n: 1, at: new Date(5) })], { put: [{ key: 'p', value: [1] }] }),
    ]);

    expect(outcomes).toEqual([{ kind: 'saved', version: 2 }]);
    expect(await store.loadDocuments('c', ['a', 'b'])).toEqual(
      new Map([['a', { id: 'a', document: { n: 1, at: new Date(5) }, position: at(1) }]]),
    );
    expect(await store.listRecords('')).toEqual([
      { key: 'p', version: 1, value: [1] },
      { key: SEGMENT, version: 2, value: {} },
    ]);
  });

  it('has everything again when it is opened again', async () => {
    const folder = await newFolder();
    {
      await using store = await EmbeddedStore.open(folder);
      await store.createCollection('c', [['n']]);
      await store.writeRecord(SEGMENT, {}, undefined);
      await store.save([part([written('a', { n: 1 }), written('b', { n: 2 })])]);
    }

    await using again = await EmbeddedStore.open(folder);

    expect(await found(again, { where: [{ field: 'n', eq: 2 }] })).toEqual(['b']);
    expect(await again.readRecord(SEGMENT)).toMatchObject({ version: 2 });
  });

  it('makes a collection that is saved into without having been made', async () => {
    await using store = await opened();

    await store.save([part([written('a', { n: 1 })], { collection: 'new' })]);

    expect(await store.loadDocuments('new', ['a'])).toMatchObject(new Map([['a', { id: 'a' }]]));
  });

  it('finds by index what came, changed and went', async () => {
    await using store = await opened([['n'], ['t', 'n']]);
    await store.save([
      part([
        written('a', { n: 1, t: 'x' }),
        written('b', { n: 2, t: 'x' }),
        written('c', { n: 3 }),
      ]),
    ]);

    await store.save([part([written('a', { n: 5, t: 'x' }), written('b', undefined)], {}, 2)]);

    expect(await found(store, { where: [{ field: 't', eq: 'x' }] })).toEqual(['a']);
    expect(await found(store, { where: [{ field: 'n', gte: 1, lte: 4 }] })).toEqual(['c']);
    expect(await found(store, { orderBy: [{ field: 'n', direction: 'desc' }] })).toEqual([
      'a',
      'c',
    ]);
  });

  it('empties a collection that is dropped, and begins anew under its name', async () => {
    await using store = await opened();
    const many = Array.from({ length: 2_500 }, (_, n) => written(`d${n}`, { n }));
    await store.save([part(many)]);

    await store.dropCollection('c');
    await store.dropCollection('c');

    expect(await found(store)).toEqual([]);
    await store.createCollection('c', []);
    await store.save([part([written('d1', { n: 1 })], {}, 2)]);
    expect(await found(store)).toEqual(['d1']);
  });

  it('writes nothing of a part whose segment has another owner', async () => {
    await using store = await opened();

    const outcomes = await store.save([
      part([written('a', { n: 1 })], { put: [{ key: 'p', value: 1 }], remove: [SEGMENT] }, 7),
      part([written('b', { n: 1 })]),
    ]);

    expect(outcomes).toEqual([{ kind: 'fenced' }, { kind: 'saved', version: 2 }]);
    expect(await found(store)).toEqual(['b']);
    expect(await store.readRecord('p')).toBeUndefined();
  });

  it('finishes a save that was begun before it was closed', async () => {
    const store = await opened();

    const saving = store.save([part([written('a', { n: 1 })])]);
    await store[Symbol.asyncDispose]();

    expect(await saving).toEqual([{ kind: 'saved', version: 2 }]);
  });

  it('rejects everything once it is closed', async () => {
    const store = await opened();
    await store[Symbol.asyncDispose]();

    const calls = [
      store.readRecord('k'),
      store.listRecords(''),
      store.writeRecord('k', 1, undefined),
      store.removeRecord('k', 1),
      store.createCollection('d', []),
      store.dropCollection('c'),
      store.loadDocuments('c', []),
      store.findDocuments('c', all()),
      store.save([part([])]),
      store.purgeMarkers('c', at(1)),
    ];

    for (const { status, ...outcome } of await Promise.allSettled(calls)) {
      expect(status).toBe('rejected');
      expect(outcome).toMatchObject({ reason: expect.any(StoreUnavailableError) });
    }
  });
});

function all() {
  return { where: [], orderBy: [], limit: 1_000 };
}

async function found(store: EmbeddedStore, query: object = {}): Promise<readonly string[]> {
  const stored = await store.findDocuments('c', { ...all(), ...query });
  return stored.map(({ id }) => id);
}

function part(
  documents: readonly DocumentWrite[],
  more: Partial<SegmentSave> = {},
  version = 1,
): SegmentSave {
  const segment = { key: SEGMENT, version, value: {} };
  return { collection: 'c', documents, put: [], remove: [], segment, ...more };
}

function written(id: string, document: object | undefined): DocumentWrite {
  return { id, document, position: at(1), loadedAt: undefined };
}

function at(place: number): Position {
  return String(place).padStart(16, '0') as Position;
}
