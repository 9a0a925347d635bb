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
import { MemoryEventStore, type MemoryEventStoreOptions } from './memory-event-store.js';
import {
  MemoryReadModelStore,
  type MemoryReadModelStoreOptions,
} from './memory-read-model-store.js';

/** Options of {@link MemoryStore}. */
export interface MemoryStoreOptions extends MemoryEventStoreOptions, MemoryReadModelStoreOptions {}

/** Events, snapshots and read models in one store. */
export class MemoryStore extends MemoryEventStore implements ReadModelStore {
  readonly #readModels: MemoryReadModelStore;

  constructor(options: MemoryStoreOptions = {}) {
    super(options);
    this.#readModels = new MemoryReadModelStore(options);
  }

  get commit(): ReadModelStore['commit'] {
    return this.#readModels.commit;
  }

  get maxDocumentBytes(): number {
    return this.#readModels.maxDocumentBytes;
  }

  readRecord(key: string): Promise<StoredRecord | undefined> {
    return this.#readModels.readRecord(key);
  }

  listRecords(prefix: string): Promise<readonly StoredRecord[]> {
    return this.#readModels.listRecords(prefix);
  }

  writeRecord(key: string, value: Json, expected: number | undefined): Promise<number | undefined> {
    return this.#readModels.writeRecord(key, value, expected);
  }

  removeRecord(key: string, expected: number): Promise<boolean> {
    return this.#readModels.removeRecord(key, expected);
  }

  createCollection(name: string, indexes: readonly (readonly string[])[]): Promise<void> {
    return this.#readModels.createCollection(name, indexes);
  }

  dropCollection(name: string): Promise<void> {
    return this.#readModels.dropCollection(name);
  }

  loadDocuments(
    collection: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, StoredDocument>> {
    return this.#readModels.loadDocuments(collection, ids);
  }

  findDocuments(collection: string, query: DocumentQuery): Promise<readonly StoredDocument[]> {
    return this.#readModels.findDocuments(collection, query);
  }

  save(parts: NonEmpty<SegmentSave>): Promise<readonly SaveOutcome[]> {
    return this.#readModels.save(parts);
  }

  purgeMarkers(collection: string, before: Position): Promise<number> {
    return this.#readModels.purgeMarkers(collection, before);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#readModels[Symbol.asyncDispose]();
  }
}
