import type {
  DocumentQuery,
  Json,
  NonEmpty,
  Position,
  ReadModelStore,
  SaveOutcome,
  SegmentSave,
  StoredDocument,
  StoredRecord,
} from '@everfold/core';
import { Collections } from './collections.js';
import { type CommitParts, Commits } from './commits.js';
import { MAX_DOCUMENT_BYTES } from './document-encoder.js';
import { DocumentFinder } from './document-finder.js';
import { loadDocuments } from './document-loader.js';
import { Records } from './records.js';
import { SegmentSaves } from './segment-saves.js';

/** The read models in the folder of an embedded store. */
export class ReadModels implements Omit<ReadModelStore, typeof Symbol.asyncDispose> {
  readonly commit = 'atomic';
  readonly maxDocumentBytes = MAX_DOCUMENT_BYTES;
  readonly #commits: Commits;
  readonly #records: Records;
  readonly #collections: Collections;
  readonly #saves: SegmentSaves;
  readonly #finder: DocumentFinder;

  constructor(parts: CommitParts) {
    this.#commits = new Commits(parts);
    this.#records = new Records(this.#commits);
    this.#collections = new Collections(this.#commits);
    this.#saves = new SegmentSaves(this.#commits, this.#collections);
    this.#finder = new DocumentFinder(this.#commits, this.#collections);
  }

  async readRecord(key: string): Promise<StoredRecord | undefined> {
    return this.#records.read(key);
  }

  async listRecords(prefix: string): Promise<readonly StoredRecord[]> {
    return this.#records.list(prefix);
  }

  async writeRecord(
    key: string,
    value: Json,
    expected: number | undefined,
  ): Promise<number | undefined> {
    return this.#records.write(key, value, expected);
  }

  async removeRecord(key: string, expected: number): Promise<boolean> {
    return this.#records.remove(key, expected);
  }

  async createCollection(name: string, indexes: readonly (readonly string[])[]): Promise<void> {
    return this.#collections.create(name, indexes);
  }

  async dropCollection(name: string): Promise<void> {
    return this.#collections.drop(name);
  }

  async loadDocuments(
    collection: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, StoredDocument>> {
    return loadDocuments(this.#commits, this.#collections, collection, ids);
  }

  async findDocuments(
    collection: string,
    query: DocumentQuery,
  ): Promise<readonly StoredDocument[]> {
    return this.#finder.find(collection, query);
  }

  async save(parts: NonEmpty<SegmentSave>): Promise<readonly SaveOutcome[]> {
    return this.#saves.save(parts);
  }

  /** There are none: what is removed is gone. */
  async purgeMarkers(_collection: string, _before: Position): Promise<number> {
    this.#commits.assertOpen();
    return 0;
  }

  /** Resolves when nothing is being written any more. The store takes nothing more by then. */
  close(): Promise<void> {
    return this.#commits.close();
  }
}
