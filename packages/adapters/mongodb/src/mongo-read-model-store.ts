import {
  assertCollectionName,
  assertLoadedIds,
  collectionInUse,
  type DocumentQuery,
  type Json,
  type NonEmpty,
  type Position,
  type Projection,
  type ReadModelStore,
  type SaveOutcome,
  type SegmentSave,
  type StoredDocument,
  type StoredRecord,
} from '@everfold/core';
import type { Collection, Filter } from 'mongodb';
import { Connection, type MongoConnectionOptions } from './connection.js';
import { MongoCollections } from './documents.js';
import { GuardedSave } from './guarded-save.js';
import { MongoSnapshotStore } from './mongo-snapshot-store.js';
import { PRESENT } from './query.js';
import { MongoRecords } from './records.js';
import { TransactedSave } from './transacted-save.js';

/** Options of {@link MongoReadModelStore}. */
export interface MongoReadModelStoreOptions extends MongoConnectionOptions {
  /**
   * How what a batch has come to is written. `'guarded'` (default): documents, each only where it stands as it was loaded, then the
   * checkpoint; right on every topology. `'transaction'`: the same inside one transaction, so that others see all of it at once; on replica sets
   * and sharded clusters.
   */
  readonly writes?: 'guarded' | 'transaction' | undefined;
}

/** A document as it lies in its native collection: what the fold made, under its id. The framework's field, `_everfold`, is left out here. */
export type NativeDocument<D extends object> = D & { readonly _id: string };

/** A projection's native collection. */
export interface NativeReadModel<D extends object> {
  /** Of the generation in use; read from the primary. */
  readonly collection: Collection<NativeDocument<D>>;
  /** Hides the markers of removed documents: part of every filter, `{ ...present, owner: 'ada' }`. */
  readonly present: Filter<NativeDocument<D>>;
}

/** What MongoDB takes of one document. */
const MAX_BSON_BYTES = 16 * 1_024 * 1_024;
/** Room for the framework's own field. */
const MAX_DOCUMENT_BYTES = MAX_BSON_BYTES - 16 * 1_024;

/**
 * Read models on MongoDB: a collection for each generation of a projection, documents as users wrote them, the framework's header in
 * one field, `_everfold`. Everything is written to the majority and its journal, and read from the primary.
 */
export class MongoReadModelStore implements ReadModelStore {
  readonly commit = 'guarded';
  readonly maxDocumentBytes = MAX_DOCUMENT_BYTES;
  /** For operators: where it is, and how it writes. */
  readonly description: string;
  /** Snapshots of aggregates in the same database. */
  readonly snapshots: MongoSnapshotStore;
  readonly #connection: Connection;
  readonly #records: MongoRecords;
  readonly #collections: MongoCollections;
  readonly #guarded: GuardedSave;
  readonly #transacted: TransactedSave | undefined;

  /**
   * Reaches the server, for which it waits when it comes late.
   *
   * @throws {@link StoreUnavailableError} when it cannot be reached in time, {@link StoreRefusedError} when it refuses the credentials;
   * TypeError when an option is malformed.
   */
  static async open(
    options: MongoReadModelStoreOptions,
    signal?: AbortSignal,
  ): Promise<MongoReadModelStore> {
    const { writes = 'guarded' } = options;
    if (writes !== 'guarded' && writes !== 'transaction')
      throw new TypeError(`writes must be 'guarded' or 'transaction', not ${String(writes)}.`);
    return new MongoReadModelStore(await Connection.open(options, signal), writes);
  }

  private constructor(connection: Connection, writes: 'guarded' | 'transaction') {
    this.#connection = connection;
    this.#records = new MongoRecords(connection, 'everfold.records');
    this.#collections = new MongoCollections(connection, 'everfold.collections');
    this.#guarded = new GuardedSave({
      collections: this.#collections,
      records: this.#records,
      maxDocumentBytes: MAX_DOCUMENT_BYTES,
      maxBsonBytes: MAX_BSON_BYTES,
    });
    this.#transacted =
      writes === 'transaction'
        ? new TransactedSave(connection, this.#collections, this.#guarded)
        : undefined;
    this.snapshots = new MongoSnapshotStore(connection, 'everfold.snapshots');
    this.description = `${connection.failures.place}, ${writes === 'guarded' ? 'guarded writes' : 'transactions'}`;
  }

  async readRecord(key: string): Promise<StoredRecord | undefined> {
    return await this.#ask(() => this.#records.read(key));
  }

  async listRecords(prefix: string): Promise<readonly StoredRecord[]> {
    return await this.#ask(() => this.#records.list(prefix));
  }

  async writeRecord(
    key: string,
    value: Json,
    expected: number | undefined,
  ): Promise<number | undefined> {
    return await this.#ask(() => this.#records.write(key, value, expected));
  }

  async removeRecord(key: string, expected: number): Promise<boolean> {
    return await this.#ask(() => this.#records.remove(key, expected));
  }

  async createCollection(name: string, indexes: readonly (readonly string[])[]): Promise<void> {
    assertCollectionName(name);
    await this.#ask(() => this.#collections.create(name, indexes), true);
  }

  async dropCollection(name: string): Promise<void> {
    await this.#ask(() => this.#collections.drop(name), true);
  }

  async loadDocuments(
    collection: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, StoredDocument>> {
    assertLoadedIds(ids);
    return await this.#ask(() => this.#collections.load(collection, ids));
  }

  async findDocuments(
    collection: string,
    query: DocumentQuery,
  ): Promise<readonly StoredDocument[]> {
    return await this.#ask(() => this.#collections.find(collection, query));
  }

  async save(parts: NonEmpty<SegmentSave>): Promise<readonly SaveOutcome[]> {
    return await this.#ask(async () => {
      if (this.#transacted !== undefined) return await this.#transacted.run(parts);
      return await this.#guarded.run(await this.#guarded.prepare(parts));
    });
  }

  async purgeMarkers(collection: string, before: Position): Promise<number> {
    return await this.#ask(() => this.#collections.purge(collection, before), true);
  }

  /**
   * The native collection of a projection, for queries, aggregations and change streams beyond declared indexes. To read only: what
   * others write there is lost or taken for a projection's own.
   *
   * It is that of the generation in use at this moment: ask for it at each use, so that a rebuild is not missed.
   *
   * @throws {@link StoreUnavailableError} when the server cannot be reached.
   */
  async native<D extends object>(projection: Projection<D>): Promise<NativeReadModel<D>> {
    const name = await collectionInUse(this, projection);
    this.#connection.assertOpen();
    const collection = this.#collections.of(name) as unknown as Collection<NativeDocument<D>>;
    return { collection, present: PRESENT as Filter<NativeDocument<D>> };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }

  #ask<T>(run: () => Promise<T>, isLong = false): Promise<T> {
    return this.#connection.ask(run, isLong);
  }
}
