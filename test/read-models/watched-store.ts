import type { DocumentQuery, StoredDocument, StoredRecord } from '@everfold/core';
import { MemoryReadModelStore } from '@everfold/memory';

type Call = 'readRecord' | 'listRecords' | 'loadDocuments' | 'findDocuments';

/** A store that counts its calls, and lets something happen just before one of them. */
export class WatchedStore extends MemoryReadModelStore {
  readonly calls: Record<Call, number> = {
    readRecord: 0,
    listRecords: 0,
    loadDocuments: 0,
    findDocuments: 0,
  };
  #before: { readonly call: Call; readonly run: () => Promise<void> } | undefined;

  /** Runs once, before the next call of this kind. */
  before(call: Call, run: () => Promise<void>): void {
    this.#before = { call, run };
  }

  override async readRecord(key: string): Promise<StoredRecord | undefined> {
    await this.#note('readRecord');
    return super.readRecord(key);
  }

  override async listRecords(prefix: string): Promise<readonly StoredRecord[]> {
    await this.#note('listRecords');
    return super.listRecords(prefix);
  }

  override async loadDocuments(
    collection: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, StoredDocument>> {
    await this.#note('loadDocuments');
    return super.loadDocuments(collection, ids);
  }

  override async findDocuments(
    collection: string,
    query: DocumentQuery,
  ): Promise<readonly StoredDocument[]> {
    await this.#note('findDocuments');
    return super.findDocuments(collection, query);
  }

  async #note(call: Call): Promise<void> {
    this.calls[call] += 1;
    if (this.#before?.call !== call) return;
    const { run } = this.#before;
    this.#before = undefined;
    await run();
  }
}
