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
import { StoreUnavailableError } from '@everfold/core';

/** @internal The application's store of read models, which read models can stand on before it is open. */
export class ApplicationReadModels implements ReadModelStore {
  #store: ReadModelStore | undefined;

  /** Hands over to a store that is open. */
  attach(store: ReadModelStore): void {
    this.#store = store;
  }

  get commit(): 'atomic' | 'guarded' {
    return this.#open.commit;
  }

  get description(): string | undefined {
    return this.#open.description;
  }

  get maxDocumentBytes(): number {
    return this.#open.maxDocumentBytes;
  }

  async readRecord(key: string): Promise<StoredRecord | undefined> {
    return this.#open.readRecord(key);
  }

  async listRecords(prefix: string): Promise<readonly StoredRecord[]> {
    return this.#open.listRecords(prefix);
  }

  async writeRecord(
    key: string,
    value: Json,
    expected: number | undefined,
  ): Promise<number | undefined> {
    return this.#open.writeRecord(key, value, expected);
  }

  async removeRecord(key: string, expected: number): Promise<boolean> {
    return this.#open.removeRecord(key, expected);
  }

  async createCollection(name: string, indexes: readonly (readonly string[])[]): Promise<void> {
    return this.#open.createCollection(name, indexes);
  }

  async dropCollection(name: string): Promise<void> {
    return this.#open.dropCollection(name);
  }

  async loadDocuments(
    collection: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, StoredDocument>> {
    return this.#open.loadDocuments(collection, ids);
  }

  async findDocuments(
    collection: string,
    query: DocumentQuery,
  ): Promise<readonly StoredDocument[]> {
    return this.#open.findDocuments(collection, query);
  }

  async save(parts: NonEmpty<SegmentSave>): Promise<readonly SaveOutcome[]> {
    return this.#open.save(parts);
  }

  async purgeMarkers(collection: string, before: Position): Promise<number> {
    return this.#open.purgeMarkers(collection, before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.[Symbol.asyncDispose]();
  }

  get #open(): ReadModelStore {
    if (this.#store !== undefined) return this.#store;
    throw new StoreUnavailableError(
      'The store of read models is not open yet: the application opens it when it initialises. Read from onModuleInit on, and ' +
        'not in constructors or provider factories; in a test, await app.init() first.',
    );
  }
}
