import { setImmediate } from 'node:timers/promises';
import type { NonEmpty, Position, SegmentSave, StoredDocument } from '@everfold/core';
import {
  mutant,
  type ReadModelMutant,
  rightStore,
  WrongReadModelStore,
} from './wrong-read-model-store.js';

/** Loads and finds as asked, then changes each document. */
function showing(change: (stored: StoredDocument) => StoredDocument) {
  return class extends WrongReadModelStore {
    override async loadDocuments(collection: string, ids: readonly string[]) {
      const loaded = await this.inner.loadDocuments(collection, ids);
      return new Map([...loaded].map(([id, stored]) => [id, change(stored)]));
    }
  };
}

/** Changes the documents on their way in. */
function taking(change: (documents: SegmentSave['documents']) => SegmentSave['documents']) {
  return class extends WrongReadModelStore {
    override save(parts: NonEmpty<SegmentSave>) {
      const changed = parts.map((part) => ({ ...part, documents: change(part.documents) }));
      return this.inner.save(changed as unknown as NonEmpty<SegmentSave>);
    }
  };
}

/** Keeps one object for each document, which everybody gets. */
class HandedOutTwice extends WrongReadModelStore {
  readonly #shared = new Map<string, StoredDocument>();

  override async loadDocuments(collection: string, ids: readonly string[]) {
    const loaded = await this.inner.loadDocuments(collection, ids);
    return new Map([...loaded].map(([id, stored]) => [id, this.#one(id, stored)]));
  }

  #one(id: string, stored: StoredDocument): StoredDocument {
    const shared = this.#shared.get(`${id} ${stored.position}`) ?? stored;
    this.#shared.set(`${id} ${stored.position}`, shared);
    return shared;
  }
}

class CallersDocumentsKept extends WrongReadModelStore {
  readonly #given = new Map<string, object>();

  override async save(parts: NonEmpty<SegmentSave>) {
    for (const { id, document } of parts.flatMap(({ documents }) => documents))
      if (document !== undefined) this.#given.set(id, document);
    return this.inner.save(parts);
  }

  override async loadDocuments(collection: string, ids: readonly string[]) {
    const loaded = await this.inner.loadDocuments(collection, ids);
    return new Map(
      [...loaded].map(([id, it]) => [id, { ...it, document: this.#given.get(id) ?? it.document }]),
    );
  }
}

class WrittenLaterThanCalled extends WrongReadModelStore {
  override async save(parts: NonEmpty<SegmentSave>) {
    await setImmediate();
    return this.inner.save(parts);
  }
}

const DATE_LIKE = (value: unknown): value is { readonly $date: string } =>
  typeof value === 'object' &&
  value !== null &&
  '$date' in value &&
  typeof value.$date === 'string';

const datesFoundEverywhere = showing((stored) => ({
  ...stored,
  document: revived(stored.document) as object | undefined,
}));

function revived(value: unknown): unknown {
  if (DATE_LIKE(value)) return new Date(value.$date);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(revived);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revived(inner)]));
}

const datesAsText = showing((stored) => ({
  ...stored,
  document: JSON.parse(JSON.stringify(stored.document ?? null)) ?? undefined,
}));

class PurgesTooMuch extends WrongReadModelStore {
  override purgeMarkers(collection: string, before: Position) {
    const later = String(Number(before) + 1).padStart(16, '0') as Position;
    return this.inner.purgeMarkers(collection, later);
  }
}

class PurgesTooLittle extends WrongReadModelStore {
  override purgeMarkers(collection: string, before: Position) {
    const earlier = String(Math.max(0, Number(before) - 1)).padStart(16, '0') as Position;
    return this.inner.purgeMarkers(collection, earlier);
  }
}

class PurgesWhatIsParked extends WrongReadModelStore {
  readonly #parked = new Map<
    string,
    { readonly collection: string; readonly it: StoredDocument }
  >();

  override save(parts: NonEmpty<SegmentSave>) {
    for (const { collection = '', documents } of parts)
      for (const it of documents)
        if (it.parkedSince !== undefined && it.document === undefined)
          this.#parked.set(it.id, { collection, it });
    return this.inner.save(parts);
  }

  override async purgeMarkers(collection: string, before: Position) {
    for (const { it } of this.#parked.values()) {
      const { id, position } = it;
      const documents = [{ id, position, document: undefined, loadedAt: position }];
      await this.aside({ collection, documents });
    }
    return this.inner.purgeMarkers(collection, before);
  }
}

class DropLeavesDocuments extends WrongReadModelStore {
  override async dropCollection(_name: string) {}
}

class DropTakesNeighbours extends WrongReadModelStore {
  readonly #names = new Set<string>();

  override createCollection(name: string, indexes: readonly (readonly string[])[]) {
    this.#names.add(name);
    return this.inner.createCollection(name, indexes);
  }

  override async dropCollection(name: string) {
    for (const other of this.#names)
      if (other.startsWith(name)) await this.inner.dropCollection(other);
  }
}

class MadeAgainEmpty extends WrongReadModelStore {
  override async createCollection(name: string, indexes: readonly (readonly string[])[]) {
    await this.inner.dropCollection(name);
    await this.inner.createCollection(name, indexes);
  }
}

class NamesInOneCase extends WrongReadModelStore {
  override createCollection(name: string, indexes: readonly (readonly string[])[]) {
    return this.inner.createCollection(name.toLowerCase(), indexes);
  }

  override save(parts: NonEmpty<SegmentSave>) {
    const lower = parts.map((part) => ({ ...part, collection: part.collection?.toLowerCase() }));
    return this.inner.save(lower as unknown as NonEmpty<SegmentSave>);
  }

  override findDocuments(
    collection: string,
    query: Parameters<WrongReadModelStore['findDocuments']>[1],
  ) {
    return this.inner.findDocuments(collection.toLowerCase(), query);
  }
}

class ClosedOnlyOnce extends WrongReadModelStore {
  #closings = 0;

  override async [Symbol.asyncDispose]() {
    this.#closings += 1;
    if (this.#closings > 1) throw new Error('It is closed already.');
    await this.inner[Symbol.asyncDispose]();
  }
}

class WritesWhenClosed extends WrongReadModelStore {
  override save(parts: NonEmpty<SegmentSave>) {
    return this.inner.save(parts).catch((error: { readonly code?: unknown }) => {
      if (error.code === 'STORE_UNAVAILABLE') return rightStore(this.commit).save(parts);
      throw error;
    });
  }
}

const SHARING = 'what is handed in and out ›';

/** Stores that go wrong in what they keep: documents, markers and collections. */
export const KEEPING_MUTANTS: readonly ReadModelMutant[] = [
  mutant('a document is handed out twice', HandedOutTwice, `${SHARING} hands out a document`),
  mutant(
    'documents of callers are kept',
    CallersDocumentsKept,
    `${SHARING} keeps a document as it was when it was saved`,
  ),
  mutant(
    'documents are read later than called',
    WrittenLaterThanCalled,
    `${SHARING} keeps a document as it was when save was called`,
  ),
  mutant(
    'what looks like a date becomes one',
    datesFoundEverywhere,
    'documents › do not take for a date what looks like one: { $date: text }',
  ),
  mutant('dates become text', datesAsText, 'documents › keep a date of today'),
  mutant(
    'the parked mark is lost',
    taking((documents) => documents.map(({ parkedSince: _, ...it }) => it)),
    'parked documents › keep since when they are parked',
  ),
  mutant(
    'positions are lost',
    showing((it) => ({ ...it, position: '0'.repeat(16) as Position })),
    'loading › gives the header',
  ),
  mutant(
    'the last document of many is lost',
    taking((documents) => (documents.length > 1_000 ? documents.slice(0, -1) : documents)),
    'loading › gives 5,000 of 10,000 ids',
  ),
  mutant(
    'fields that are gone come back',
    showing((it) => ({ ...it, document: it.document && { a: 1, ...it.document } })),
    'documents › lose the fields',
  ),
  mutant(
    'markers are purged too early',
    PurgesTooMuch,
    'purging markers › leaves a marker that is one position later',
    'guarded',
  ),
  mutant(
    'markers are purged too late',
    PurgesTooLittle,
    'purging markers › removes those at or before',
    'guarded',
  ),
  mutant(
    'what is parked is purged',
    PurgesWhatIsParked,
    'purging markers › leaves alone what is parked',
    'guarded',
  ),
  mutant(
    'dropping leaves the documents',
    DropLeavesDocuments,
    'collections › are empty when they are made anew',
  ),
  mutant(
    'dropping takes what is named alike',
    DropTakesNeighbours,
    'collections › take their documents with them',
  ),
  mutant('making a collection again empties it', MadeAgainEmpty, 'collections › may be made again'),
  mutant('names of collections are in one case', NamesInOneCase, 'collections › are told apart'),
  mutant('closing twice is an error', ClosedOnlyOnce, 'closing › may be done twice'),
  mutant('a closed store saves', WritesWhenClosed, 'closing › refuses saving afterwards'),
];
