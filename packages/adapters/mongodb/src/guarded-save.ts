import {
  assertDocumentSize,
  DocumentTooLargeError,
  type DocumentWrite,
  encodeDocument,
  newEventId,
  type SaveOutcome,
  type SegmentSave,
  UniqueIndexError,
} from '@everfold/core';
import { type AnyBulkWriteOperation, BSON } from 'mongodb';
import { type MongoDocument, toMongo } from './document-form.js';
import type { MongoCollections } from './documents.js';
import { failedWritesOf } from './failures.js';
import type { MongoRecords } from './records.js';
import type { Within } from './within.js';

/** What a save works with. */
export interface SaveParts {
  readonly collections: MongoCollections;
  readonly records: MongoRecords;
  readonly maxDocumentBytes: number;
  /** The most that the server takes of a document as BSON. */
  readonly maxBsonBytes: number;
}

/** A write that shares nothing with whoever handed it in, and its place among the parts. */
interface Prepared {
  readonly part: number;
  readonly document: MongoDocument;
  readonly loadedAt: string | undefined;
}

/** What one segment has come to, ready to be written. */
export interface PreparedSave {
  readonly parts: readonly SegmentSave[];
  /** By collection. */
  readonly documents: ReadonlyMap<string, readonly Prepared[]>;
  /** How what this save has written is told from what others have. */
  readonly write: string;
}

/** Guarded writes: each document only where it stands at the position at which it was loaded, segments' records last. */
export class GuardedSave {
  readonly #parts: SaveParts;

  constructor(parts: SaveParts) {
    this.#parts = parts;
  }

  /** @throws {@link DocumentTooLargeError}: before anything is written. */
  async prepare(parts: readonly SegmentSave[]): Promise<PreparedSave> {
    const write = newEventId();
    const documents = new Map<string, Prepared[]>();
    for (const [part, { collection, documents: writes }] of parts.entries()) {
      if (writes.length === 0) continue;
      if (collection === undefined)
        throw new TypeError('A save with documents names their collection.');
      const indexed = await this.#parts.collections.indexedOf(collection);
      const prepared = writes.map((each) => this.#prepared(each, part, indexed, write));
      documents.set(collection, [...(documents.get(collection) ?? []), ...prepared]);
    }
    return { parts: parts.map(copyOf), documents, write };
  }

  /** @throws {@link UniqueIndexError}: other documents may have been written, no segment's record was. */
  async run(save: PreparedSave, within: Within = {}): Promise<readonly SaveOutcome[]> {
    const { parts, documents, write } = save;
    const { records } = this.#parts;
    await records.put(
      parts.flatMap(({ put }) => put),
      within,
    );
    const stale = new Map<number, string[]>();
    for (const [collection, writes] of documents)
      for (const { part, document } of await this.#write(collection, writes, write, within)) {
        const ids = stale.get(part) ?? [];
        stale.set(part, [...ids, document._id]);
      }
    const sound = parts.filter((_, part) => !stale.has(part));
    const settled = await records.settle(
      sound.flatMap(({ remove }) => remove),
      sound.map(({ segment }) => segment),
      write,
      within,
    );
    return parts.map(({ segment: { key, version } }, part): SaveOutcome => {
      const ids = stale.get(part);
      if (ids !== undefined) return { kind: 'stale', ids };
      return settled.has(key) ? { kind: 'saved', version: version + 1 } : { kind: 'fenced' };
    });
  }

  #prepared(
    { id, document, position, parkedSince, loadedAt }: DocumentWrite,
    part: number,
    indexed: readonly string[],
    write: string,
  ): Prepared {
    const { maxDocumentBytes, maxBsonBytes } = this.#parts;
    if (document !== undefined)
      assertDocumentSize(id, document, encodeDocument(document), maxDocumentBytes);
    const form = toMongo({ id, document, position, parkedSince, write }, indexed);
    const bytes = BSON.calculateObjectSize(form);
    if (bytes > maxBsonBytes) throw new DocumentTooLargeError(id, bytes, maxBsonBytes);
    return { part, document: structuredClone(form), loadedAt };
  }

  /** @returns Those that did not stand where they were loaded. */
  async #write(
    collection: string,
    writes: readonly Prepared[],
    write: string,
    within: Within,
  ): Promise<readonly Prepared[]> {
    const doubtful = await this.#writeAll(collection, writes, within);
    if (doubtful.length === 0) return [];
    // A write that was repeated on its way finds what it has written itself.
    const ids = doubtful.map(({ document }) => document._id);
    const own = new Set<string>();
    const projection = { _id: 1 } as const;
    const found = this.#parts.collections
      .of(collection)
      .find({ _id: { $in: ids }, '_everfold.write': write }, { projection, ...within });
    for await (const { _id } of found) own.add(_id);
    return doubtful.filter(({ document }) => !own.has(document._id));
  }

  /** @returns Those of which it is not known that they were written. */
  async #writeAll(
    collection: string,
    writes: readonly Prepared[],
    within: Within,
  ): Promise<readonly Prepared[]> {
    const replaced = writes.filter(({ loadedAt }) => loadedAt !== undefined);
    try {
      const { matchedCount } = await this.#parts.collections
        .of(collection)
        .bulkWrite(writes.map(operationOf), { ordered: false, ...within });
      return matchedCount === replaced.length ? [] : replaced;
    } catch (error) {
      return doubtfulOf(writes, error);
    }
  }
}

/** Inserts that found a document in their place, and all replacements, of which it is not said which found none. */
function doubtfulOf(writes: readonly Prepared[], error: unknown): readonly Prepared[] {
  const doubtful = writes.filter(({ loadedAt }) => loadedAt !== undefined);
  for (const { index, violated, error: cause } of failedWritesOf(error)) {
    const write = writes[index];
    if (violated === undefined || write === undefined) throw error;
    if (violated !== '_id_') throw new UniqueIndexError(write.document._id, violated, { cause });
    if (write.loadedAt === undefined) doubtful.push(write);
  }
  return doubtful;
}

function operationOf({ document, loadedAt }: Prepared): AnyBulkWriteOperation<MongoDocument> {
  if (loadedAt === undefined) return { insertOne: { document } };
  const filter = { _id: document._id, '_everfold.position': loadedAt };
  return { replaceOne: { filter, replacement: document } };
}

/** What is written later must be what was handed in. */
function copyOf({ put, remove, segment, ...part }: SegmentSave): SegmentSave {
  return {
    ...part,
    documents: [],
    put: structuredClone(put),
    remove: [...remove],
    segment: structuredClone(segment),
  };
}
