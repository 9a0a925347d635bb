import { setImmediate } from 'node:timers/promises';
import {
  assertCollectionName,
  assertLoadedIds,
  type DocumentQuery,
  type Json,
  type NonEmpty,
  type Position,
  type ReadModelStore,
  type SaveOutcome,
  type SegmentSave,
  type StoredDocument,
  type StoredRecord,
  StoreUnavailableError,
} from '@everfold/core';
import { MemoryCollection, type PreparedDocument, preparedDocument } from './memory-collection.js';
import { MemoryRecords, recordText } from './memory-records.js';

/** Options of {@link MemoryReadModelStore}. */
export interface MemoryReadModelStoreOptions {
  /**
   * How it writes. `'atomic'` (default): everything in one step. `'guarded'`: one thing after the other, with pauses in which others
   * write, as on a server without transactions: for tests of what must hold there too.
   */
  readonly commit?: ReadModelStore['commit'] | undefined;
  /** The most bytes of a document's JSON; larger ones are refused. Default 16 MiB. */
  readonly maxDocumentBytes?: number | undefined;
}

/** How many documents a guarded store writes before it lets timers and sockets have a turn. */
const DOCUMENTS_A_TURN = 64;

/**
 * The reference read-model store: everything the port promises but durability. What is written is gone when the store is.
 *
 * A collection that is not there is empty to readers, and writing to it makes it. Indexes are not needed: every query that the port
 * allows is answered, by looking at all documents of the collection unless it is ordered by id alone.
 */
export class MemoryReadModelStore implements ReadModelStore {
  readonly commit: ReadModelStore['commit'];
  readonly maxDocumentBytes: number;
  readonly #records = new MemoryRecords();
  readonly #collections = new Map<string, MemoryCollection>();
  readonly #closing = new AbortController();

  constructor({
    commit = 'atomic',
    maxDocumentBytes = 16_777_216,
  }: MemoryReadModelStoreOptions = {}) {
    if (commit !== 'atomic' && commit !== 'guarded')
      throw new TypeError(`commit must be 'atomic' or 'guarded', not ${String(commit)}.`);
    this.commit = commit;
    this.maxDocumentBytes = maxDocumentBytes;
  }

  async readRecord(key: string): Promise<StoredRecord | undefined> {
    this.#assertOpen();
    return this.#records.read(key);
  }

  async listRecords(prefix: string): Promise<readonly StoredRecord[]> {
    this.#assertOpen();
    return this.#records.list(prefix);
  }

  async writeRecord(
    key: string,
    value: Json,
    expected: number | undefined,
  ): Promise<number | undefined> {
    this.#assertOpen();
    if (this.#records.versionOf(key) !== expected) return undefined;
    return this.#records.put(key, recordText(value));
  }

  async removeRecord(key: string, expected: number): Promise<boolean> {
    this.#assertOpen();
    if (this.#records.versionOf(key) !== expected) return false;
    this.#records.remove(key);
    return true;
  }

  async createCollection(name: string, _indexes: readonly (readonly string[])[]): Promise<void> {
    this.#assertOpen();
    assertCollectionName(name);
    this.#collection(name);
  }

  async dropCollection(name: string): Promise<void> {
    this.#assertOpen();
    this.#collections.delete(name);
  }

  async loadDocuments(
    collection: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, StoredDocument>> {
    this.#assertOpen();
    assertLoadedIds(ids);
    const documents = this.#collections.get(collection);
    const loaded = ids.map((id) => documents?.load(id));
    return new Map(loaded.flatMap((stored) => (stored === undefined ? [] : [[stored.id, stored]])));
  }

  async findDocuments(
    collection: string,
    query: DocumentQuery,
  ): Promise<readonly StoredDocument[]> {
    this.#assertOpen();
    return this.#collections.get(collection)?.find(query) ?? [];
  }

  async save(parts: NonEmpty<SegmentSave>): Promise<readonly SaveOutcome[]> {
    this.#assertOpen();
    // Before anything is written: one that is too large holds back all of them.
    const prepared = parts.map((part) => preparedPart(part, this.maxDocumentBytes));
    if (this.commit === 'atomic') return prepared.map((part) => this.#saveAtOnce(part));
    const outcomes: SaveOutcome[] = [];
    for (const part of prepared) outcomes.push(await this.#saveGuarded(part));
    return outcomes;
  }

  async purgeMarkers(collection: string, before: Position): Promise<number> {
    this.#assertOpen();
    return this.#collections.get(collection)?.purgeMarkers(before) ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
  }

  #saveAtOnce({ collection, documents, put, remove, segment }: PreparedPart): SaveOutcome {
    if (this.#records.versionOf(segment.key) !== segment.version) return { kind: 'fenced' };
    for (const { key, text } of put) this.#records.put(key, text);
    for (const document of documents) this.#write(collection, document);
    for (const key of remove) this.#records.remove(key);
    return { kind: 'saved', version: this.#records.put(segment.key, segment.text) };
  }

  async #saveGuarded(part: PreparedPart): Promise<SaveOutcome> {
    const { put, remove, segment } = part;
    for (const { key, text } of put) {
      await this.#pause();
      this.#records.put(key, text);
    }
    const ids = await this.#writeGuarded(part);
    if (ids.length > 0) return { kind: 'stale', ids };
    for (const key of remove) {
      await this.#pause();
      this.#records.remove(key);
    }
    await this.#pause();
    if (this.#records.versionOf(segment.key) !== segment.version) return { kind: 'fenced' };
    return { kind: 'saved', version: this.#records.put(segment.key, segment.text) };
  }

  /** @returns The ids of documents that did not stand where they were loaded. */
  async #writeGuarded({ collection, documents }: PreparedPart): Promise<readonly string[]> {
    const stale: string[] = [];
    for (const [index, document] of documents.entries()) {
      await (index % DOCUMENTS_A_TURN === 0 ? this.#pause() : undefined);
      this.#assertOpen();
      const { id, loadedAt } = document;
      if (this.#collections.get(collection)?.positionOf(id) === loadedAt)
        this.#write(collection, document);
      else stale.push(id);
    }
    return stale;
  }

  #write(collection: string, document: PreparedDocument): void {
    const { id, text, parkedSince } = document;
    const stays = text !== undefined || parkedSince !== undefined || this.commit === 'guarded';
    if (stays) this.#collection(collection).put(document);
    else this.#collections.get(collection)?.remove(id);
  }

  #collection(name: string): MemoryCollection {
    const found = this.#collections.get(name) ?? new MemoryCollection();
    this.#collections.set(name, found);
    return found;
  }

  async #pause(): Promise<void> {
    await setImmediate();
    this.#assertOpen();
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted)
      throw new StoreUnavailableError('The memory read-model store was closed. Open another one.');
  }
}

/** A part that shares nothing with whoever handed it in. */
interface PreparedPart {
  readonly collection: string;
  readonly documents: readonly PreparedDocument[];
  readonly put: readonly { readonly key: string; readonly text: string }[];
  readonly remove: readonly string[];
  readonly segment: { readonly key: string; readonly version: number; readonly text: string };
}

function preparedPart(
  { collection, documents, put, remove, segment }: SegmentSave,
  maxDocumentBytes: number,
): PreparedPart {
  if (collection === undefined && documents.length > 0)
    throw new TypeError('A save with documents names their collection.');
  return {
    collection: collection ?? '',
    documents: documents.map((document) => preparedDocument(document, maxDocumentBytes)),
    put: put.map(({ key, value }) => ({ key, text: recordText(value) })),
    remove: [...remove],
    segment: { key: segment.key, version: segment.version, text: recordText(segment.value) },
  };
}
