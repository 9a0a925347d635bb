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
  StoreFactory,
} from '@everfold/core';
import { EmbeddedEventStore } from './embedded-event-store.js';
import type { EmbeddedOptions } from './embedded-options.js';
import { openStore } from './open-store.js';
import type { ReadModels } from './read-models/read-models.js';
import type { StoreParts } from './store-parts.js';

/**
 * An event store and its read models in one folder on disk, on LMDB. A save resolves when it was synced, all of it in one commit.
 * Several processes on one host may have the same folder open and write.
 *
 * A collection that is not there is empty to readers; a save makes it, without indexes. Queries use the indexes that the collection
 * was made with, and look at all its documents where none fits.
 *
 * Opened by {@link EmbeddedStore.open} or by the factory {@link embedded}.
 */
export class EmbeddedStore extends EmbeddedEventStore implements ReadModelStore {
  readonly commit = 'atomic';
  readonly maxDocumentBytes: number;
  readonly #readModels: ReadModels;

  /** @internal Use {@link EmbeddedStore.open}. */
  protected constructor(opened: object) {
    super(opened);
    const { readModels } = opened as StoreParts;
    this.#readModels = readModels;
    this.maxDocumentBytes = readModels.maxDocumentBytes;
  }

  /** Opens a store as {@link EmbeddedEventStore.open} does, and throws what that throws. */
  static override async open(
    options: EmbeddedOptions | string,
    signal?: AbortSignal | undefined,
  ): Promise<EmbeddedStore> {
    return new EmbeddedStore(await openStore(options, signal));
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
}

/** Opens an {@link EmbeddedStore} when the application starts. */
export function embedded(options: EmbeddedOptions): StoreFactory<EmbeddedStore> {
  return {
    async open(signal) {
      return EmbeddedStore.open(options, signal);
    },
  };
}
