import {
  assertDocumentSize,
  DocumentTooLargeError,
  type DocumentWrite,
  encodeDocument,
  type Json,
  newEventId,
  type SaveOutcome,
  type SegmentSave,
  UniqueIndexError,
} from '@everfold/core';
import { type AnyBulkWriteOperation, BSON, type Filter } from 'mongodb';
import { type MongoDocument, toMongo } from './document-form.js';
import type { MongoCollections } from './documents.js';
import { failedWritesOf } from './failures.js';
import type { MongoRecords } from './records.js';
import type { Within } from './within.js';

/** How much longer than its BSON the JSON of a document may be: a control character is one byte there, and six here. */
const MOST_JSON_BYTES_A_BYTE = 6;

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

  /**
   * Copies what is to be written before it waits for anything: its owner goes on meanwhile.
   *
   * @throws {@link DocumentTooLargeError}: before anything is written.
   */
  async prepare(given: readonly SegmentSave[]): Promise<PreparedSave> {
    const write = newEventId();
    const parts = given.map(copyOf);
    const documents = new Map<string, Prepared[]>();
    for (const [part, { collection, documents: writes }] of parts.entries()) {
      if (writes.length === 0) continue;
      if (collection === undefined)
        throw new TypeError('A save with documents names their collection.');
      const indexed = await this.#parts.collections.indexedOf(collection);
      const prepared = writes.map((each) => this.#prepared(each, part, indexed, write));
      const others = documents.get(collection);
      if (others === undefined) documents.set(collection, prepared);
      else others.push(...prepared);
    }
    return { parts, documents, write };
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
    for (const [collection, writes] of documents) {
      for (const { part, document } of await this.#write(collection, writes, write, within)) {
        const ids = stale.get(part);
        if (ids === undefined) stale.set(part, [document._id]);
        else ids.push(document._id);
      }
      // A transaction in which something was refused is at its end, and takes nothing more.
      if (stale.size > 0 && within.session !== undefined) return unsaved(parts, stale);
    }
    const sound = parts.filter((_, part) => !stale.has(part));
    const settled = await records.settle(
      sound.flatMap(({ remove }) => remove),
      sound.map(({ segment }) => segment),
      write,
      within,
    );
    return parts.map((each, part): SaveOutcome => {
      const ids = stale.get(part);
      if (ids !== undefined) return { kind: 'stale', ids };
      const isSettled = settled[sound.indexOf(each)] === true;
      return isSettled ? { kind: 'saved', version: each.segment.version + 1 } : { kind: 'fenced' };
    });
  }

  #prepared(
    { id, document, position, parkedSince, loadedAt }: DocumentWrite,
    part: number,
    indexed: readonly string[],
    write: string,
  ): Prepared {
    const { maxDocumentBytes, maxBsonBytes } = this.#parts;
    const form = toMongo({ id, document, position, parkedSince, write }, indexed);
    const bytes = BSON.calculateObjectSize(form);
    if (bytes > maxBsonBytes) throw new DocumentTooLargeError(id, bytes, maxBsonBytes);
    if (document !== undefined && bytes * MOST_JSON_BYTES_A_BYTE > maxDocumentBytes)
      assertDocumentSize(id, document, encodeDocument(document), maxDocumentBytes);
    return { part, document: form, loadedAt };
  }

  /** @returns Those that did not stand where they were loaded. */
  async #write(
    collection: string,
    writes: readonly Prepared[],
    write: string,
    within: Within,
  ): Promise<readonly Prepared[]> {
    const doubtful = await this.#writeAll(collection, writes, within);
    if (doubtful.length === 0 || within.session !== undefined) return doubtful;
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
        .bulkWrite(operationsOf(writes), { ordered: false, ...within });
      return matchedCount === replaced.length ? [] : replaced;
    } catch (error) {
      return doubtfulOf(writes, error);
    }
  }
}

function unsaved(
  parts: readonly SegmentSave[],
  stale: ReadonlyMap<number, readonly string[]>,
): readonly SaveOutcome[] {
  return parts.map((_, part) => {
    const ids = stale.get(part);
    return ids === undefined ? { kind: 'fenced' } : { kind: 'stale', ids };
  });
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

/** A bulk write is a command for each kind of operation: where some replace, all do, so that there is one. */
function operationsOf(writes: readonly Prepared[]): AnyBulkWriteOperation<MongoDocument>[] {
  const allBegin = writes.every(({ loadedAt }) => loadedAt === undefined);
  return writes.map(({ document, loadedAt }) => {
    if (allBegin) return { insertOne: { document } };
    const replacement = { filter: guardOf(document._id, loadedAt), replacement: document };
    return { replaceOne: { ...replacement, upsert: loadedAt === undefined } };
  });
}

/** A document that was not there is none to replace: nothing meets this, not even a marker before all positions, so that it fails at its id. */
function guardOf(_id: string, loadedAt: string | undefined): Filter<MongoDocument> {
  return { _id, '_everfold.position': loadedAt ?? { $in: [] } };
}

/** What is written later must be what was handed in. */
function copyOf({ documents, put, remove, segment, ...part }: SegmentSave): SegmentSave {
  return {
    ...part,
    documents: documents.map(({ document, ...header }) => ({
      ...header,
      document: document === undefined ? undefined : (copyValue(document) as object),
    })),
    put: put.map(({ key, value }) => ({ key, value: copyValue(value) as Json })),
    remove: [...remove],
    segment: { ...segment, value: copyValue(segment.value) as Json },
  };
}

/** JSON plus dates: much faster than a structured clone. */
function copyValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return new Date(value);
  if (Array.isArray(value)) return value.map(copyValue);
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value))
    if (key === '__proto__') return structuredClone(value);
    else copy[key] = copyValue(member);
  return copy;
}
