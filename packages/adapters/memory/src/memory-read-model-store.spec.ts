import { setImmediate } from 'node:timers/promises';
import {
  type DocumentWrite,
  type Position,
  type SegmentSave,
  StoreUnavailableError,
} from '@everfold/core';
import { MemoryReadModelStore } from './memory-read-model-store.js';

const SEGMENT = 'segments/c/00';

describe.each(['atomic', 'guarded'] as const)('MemoryReadModelStore, %s', (commit) => {
  it('gives back what was saved, and moves the record of the segment', async () => {
    const store = await opened(commit);

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

  it('shares nothing with those who hand in and those who are handed out', async () => {
    const store = await opened(commit);
    const document = { list: [1] };
    const saving = store.save([part([written('a', document)])]);
    document.list.push(2);
    await saving;
    const [found] = await store.findDocuments('c', { where: [], orderBy: [], limit: 1 });

    (found?.document as typeof document | undefined)?.list.push(3);

    const loaded = await store.loadDocuments('c', ['a']);
    expect(loaded.get('a')?.document).toEqual({ list: [1] });
    expect(await store.findDocuments('c', all())).toMatchObject([{ document: { list: [1] } }]);
  });

  it('keeps the place of a parked document that is not there, and hides it', async () => {
    const store = await opened(commit);

    await store.save([part([{ ...written('a', undefined), parkedSince: at(1) }])]);

    expect((await store.loadDocuments('c', ['a'])).get('a')).toEqual({
      id: 'a',
      document: undefined,
      position: at(1),
      parkedSince: at(1),
    });
    expect(await store.findDocuments('c', all())).toEqual([]);
    expect(await store.findDocuments('c', { ...all(), orderBy: byN })).toEqual([]);
    expect(await store.purgeMarkers('c', at(9))).toBe(0);
  });

  it('writes nothing of all parts when a document is too large', async () => {
    const store = await opened(commit, 20);
    const parts = [written('b', { at: new Date(0) })];

    const saving = store.save([part([written('a', {})]), part(parts)]);

    await expect(saving).rejects.toMatchObject({
      code: 'DOCUMENT_TOO_LARGE',
      documentId: 'b',
      bytes: 33,
      maxBytes: 20,
    });
    expect(await store.loadDocuments('c', ['a', 'b'])).toEqual(new Map());
    expect(await store.readRecord(SEGMENT)).toMatchObject({ version: 1 });
  });

  it('finds by id whatever came and went since the last time', async () => {
    const store = await opened(commit);
    const texts = ['b', 'd', 'a', '\u{1F600}', '\uFFFD'];
    await store.save([part(texts.map((id) => written(id, { n: id.length })))]);
    const first = await found(store);

    await store.save([
      part([written('b', undefined, at(1)), written('c', { n: 1 })], {}, 2),
      part([written('b', { n: 2 }, commit === 'atomic' ? undefined : at(1))], {}, 3),
    ]);

    expect(first).toEqual(['a', 'b', 'd', '\uFFFD', '\u{1F600}']);
    expect(await found(store)).toEqual(['a', 'b', 'c', 'd', '\uFFFD', '\u{1F600}']);
    expect(await found(store, { limit: 2, after: { values: [], id: 'aa' } })).toEqual(['b', 'c']);
    expect(await found(store, { limit: 1, after: { values: [], id: 'b' } })).toEqual(['c']);
    expect(await found(store, { where: [{ field: 'n', eq: 2 }] })).toEqual(['b', '\u{1F600}']);
    expect(await found(store, { orderBy: byN, limit: 2 })).toEqual(['\u{1F600}', 'b']);
  });

  it('rejects everything once it is closed', async () => {
    const store = await opened(commit);
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
    await store[Symbol.asyncDispose]();
  });
});

describe('a MemoryReadModelStore', () => {
  it('refuses a way to commit that there is not', () => {
    expect(() => new MemoryReadModelStore({ commit: 'maybe' as 'atomic' })).toThrow(TypeError);
  });
});

describe('an atomic MemoryReadModelStore', () => {
  it('writes nothing when the segment has another owner, and carries on with the next part', async () => {
    const store = await opened('atomic');

    const outcomes = await store.save([
      part([written('a', {})], { put: [{ key: 'p', value: 1 }], remove: [SEGMENT] }, 7),
      part([written('b', {})]),
    ]);

    expect(outcomes).toEqual([{ kind: 'fenced' }, { kind: 'saved', version: 2 }]);
    expect(await found(store)).toEqual(['b']);
    expect(await store.readRecord('p')).toBeUndefined();
  });

  it('leaves no marker of a removed document', async () => {
    const store = await opened('atomic');
    await store.save([part([written('a', {})])]);

    await store.save([part([written('a', undefined, at(1), at(2))], {}, 2)]);

    expect(await store.loadDocuments('c', ['a'])).toEqual(new Map());
  });
});

describe('a guarded MemoryReadModelStore', () => {
  it('writes only documents that stand where they were loaded, and no checkpoint then', async () => {
    const store = await opened('guarded');
    await store.writeRecord('gone', 1, undefined);
    await store.save([part([written('a', { n: 1 }), written('b', { n: 1 })])]);

    const outcomes = await store.save([
      part(
        [
          written('a', { n: 2 }, at(1), at(2)),
          written('b', { n: 2 }, undefined, at(2)),
          written('c', { n: 2 }, at(1), at(2)),
          written('d', { n: 2 }, undefined, at(2)),
        ],
        { put: [{ key: 'p', value: 1 }], remove: ['gone'] },
        2,
      ),
    ]);

    expect(outcomes).toEqual([{ kind: 'stale', ids: ['b', 'c'] }]);
    expect(await store.findDocuments('c', all())).toEqual([
      { id: 'a', document: { n: 2 }, position: at(2) },
      { id: 'b', document: { n: 1 }, position: at(1) },
      { id: 'd', document: { n: 2 }, position: at(2) },
    ]);
    expect(await store.readRecord(SEGMENT)).toMatchObject({ version: 2 });
    expect(await store.readRecord('p')).toMatchObject({ value: 1 });
    expect(await store.readRecord('gone')).toMatchObject({ value: 1 });
  });

  it('has written the documents when only the segment has another owner', async () => {
    const store = await opened('guarded');

    const outcomes = await store.save([part([written('a', {})], {}, 7)]);

    expect(outcomes).toEqual([{ kind: 'fenced' }]);
    expect(await found(store)).toEqual(['a']);
  });

  it('keeps a marker of a removed document until it is purged', async () => {
    const store = await opened('guarded');
    await store.save([part([written('a', {}), written('b', {})])]);
    await store.save([part([written('a', undefined, at(1), at(3))], {}, 2)]);

    const early = await store.purgeMarkers('c', at(2));
    const marker = (await store.loadDocuments('c', ['a'])).get('a');
    const late = await store.purgeMarkers('c', at(3));

    expect([early, late]).toEqual([0, 1]);
    expect(marker).toEqual({ id: 'a', document: undefined, position: at(3) });
    expect(await store.loadDocuments('c', ['a', 'b'])).toMatchObject(new Map([['b', {}]]));
  });

  it('lets others write between two of its steps', async () => {
    const store = await opened('guarded');
    const ids = Array.from({ length: 200 }, (_, index) => `d${index}`);
    const writes = (n: number) => ids.map((id) => written(id, { n }));

    const [first, second] = await Promise.all([
      store.save([part(writes(1))]),
      store.save([part(writes(2).reverse())]),
    ]);

    expect([first[0]?.kind, second[0]?.kind]).toEqual(['stale', 'stale']);
    expect(await found(store, { where: [{ field: 'n', eq: 1 }] })).not.toEqual([]);
    expect(await found(store, { where: [{ field: 'n', eq: 2 }] })).not.toEqual([]);
  });

  it('shows what it has written so far to others, whatever they wait for', async () => {
    const store = await opened('guarded');
    const documents = Array.from({ length: 200 }, (_, index) => written(`d${index}`, {}));
    const seen: number[] = [];

    const saving = store.save([part(documents)]);
    for (let version = 1; version === 1; ) {
      await setImmediate();
      seen.push((await found(store)).length);
      version = (await store.readRecord(SEGMENT))?.version ?? 0;
    }

    expect(seen.some((count) => count > 0 && count < 200)).toBe(true);
    expect(await saving).toEqual([{ kind: 'saved', version: 2 }]);
  });

  it('stops in the middle when it is closed', async () => {
    const store = await opened('guarded');

    const saving = store.save([part([written('a', {})])]);
    await store[Symbol.asyncDispose]();

    await expect(saving).rejects.toBeInstanceOf(StoreUnavailableError);
  });
});

const byN = [{ field: 'n', direction: 'desc' }] as const;

function all() {
  return { where: [], orderBy: [], limit: 1_000 };
}

async function found(store: MemoryReadModelStore, query: object = {}): Promise<readonly string[]> {
  const stored = await store.findDocuments('c', { ...all(), ...query });
  return stored.map(({ id }) => id);
}

async function opened(
  commit: 'atomic' | 'guarded',
  maxDocumentBytes?: number,
): Promise<MemoryReadModelStore> {
  const store = new MemoryReadModelStore({ commit, maxDocumentBytes });
  await store.createCollection('c', [['n']]);
  await store.writeRecord(SEGMENT, {}, undefined);
  return store;
}

function part(
  documents: readonly DocumentWrite[],
  more: Partial<SegmentSave> = {},
  version = 1,
): SegmentSave {
  const segment = { key: SEGMENT, version, value: {} };
  return { collection: 'c', documents, put: [], remove: [], segment, ...more };
}

function written(
  id: string,
  document: object | undefined,
  loadedAt?: Position,
  position = at(1),
): DocumentWrite {
  return { id, document, position, loadedAt };
}

function at(place: number): Position {
  return String(place).padStart(16, '0') as Position;
}
