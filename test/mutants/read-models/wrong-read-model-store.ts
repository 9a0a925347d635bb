import {
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
import { MemoryReadModelStore } from '@everfold/memory';

/** Small, so that filling a document is quick. */
const MAX_DOCUMENT_BYTES = 262_144;

/** How a store commits. */
export type Commit = ReadModelStore['commit'];

/** The memory store behind an object of its own: right in everything, until a mutant overrides one thing. */
export class WrongReadModelStore implements ReadModelStore {
  readonly commit: Commit;
  #asides = 0;

  constructor(
    commit: Commit,
    protected readonly inner: ReadModelStore = rightStore(commit),
  ) {
    this.commit = commit;
  }

  get maxDocumentBytes(): number {
    return this.inner.maxDocumentBytes;
  }

  readRecord(key: string): Promise<StoredRecord | undefined> {
    return this.inner.readRecord(key);
  }

  listRecords(prefix: string): Promise<readonly StoredRecord[]> {
    return this.inner.listRecords(prefix);
  }

  writeRecord(key: string, value: Json, expected: number | undefined): Promise<number | undefined> {
    return this.inner.writeRecord(key, value, expected);
  }

  removeRecord(key: string, expected: number): Promise<boolean> {
    return this.inner.removeRecord(key, expected);
  }

  createCollection(name: string, indexes: readonly (readonly string[])[]): Promise<void> {
    return this.inner.createCollection(name, indexes);
  }

  dropCollection(name: string): Promise<void> {
    return this.inner.dropCollection(name);
  }

  loadDocuments(
    collection: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, StoredDocument>> {
    return this.inner.loadDocuments(collection, ids);
  }

  findDocuments(collection: string, query: DocumentQuery): Promise<readonly StoredDocument[]> {
    return this.inner.findDocuments(collection, query);
  }

  save(parts: NonEmpty<SegmentSave>): Promise<readonly SaveOutcome[]> {
    return this.inner.save(parts);
  }

  purgeMarkers(collection: string, before: Position): Promise<number> {
    return this.inner.purgeMarkers(collection, before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.inner[Symbol.asyncDispose]();
  }

  /** Writes everything of a part but its segment's record. */
  protected async aside(part: Partial<SegmentSave>): Promise<SaveOutcome> {
    this.#asides += 1;
    const key = `~aside/${this.#asides}`;
    const version = (await this.inner.writeRecord(key, null, undefined)) ?? 0;
    const segment = { key, version, value: null };
    const [outcome] = await this.inner.save([
      { documents: [], put: [], remove: [], ...part, segment },
    ]);
    await this.inner.removeRecord(key, (await this.inner.readRecord(key))?.version ?? 0);
    if (outcome === undefined) throw new Error('A save of one part came to no outcome.');
    return outcome;
  }

  /** Saves parts one after the other. */
  protected async saveEach(
    parts: readonly SegmentSave[],
    save: (part: SegmentSave) => Promise<SaveOutcome>,
  ): Promise<readonly SaveOutcome[]> {
    const outcomes: SaveOutcome[] = [];
    for (const part of parts) outcomes.push(await save(part));
    return outcomes;
  }

  /** Saves one part as it should be. */
  protected async saveOne(part: SegmentSave): Promise<SaveOutcome> {
    const [outcome] = await this.inner.save([part]);
    if (outcome === undefined) throw new Error('A save of one part came to no outcome.');
    return outcome;
  }
}

/** A store that is right. */
export function rightStore(commit: Commit): MemoryReadModelStore {
  return new MemoryReadModelStore({ commit, maxDocumentBytes: MAX_DOCUMENT_BYTES });
}

/** A store that is wrong in one way, and one of the behaviours by which the contract must notice. */
export interface ReadModelMutant {
  readonly wrong: string;
  readonly store: new (commit: Commit, inner?: ReadModelStore) => ReadModelStore;
  /** How the store commits. */
  readonly commit: Commit;
  /** The beginning of what the runner calls that behaviour: `theme › sentence`. */
  readonly caughtBy: string;
}

/** Says in a line what is wrong with a store. */
export function mutant(
  wrong: string,
  store: ReadModelMutant['store'],
  caughtBy: string,
  commit: ReadModelMutant['commit'] = 'atomic',
): ReadModelMutant {
  return { wrong, store, caughtBy, commit };
}

/** A store on data that outlive it, and that others may have open too. */
export function opened(data: ReadModelStore): ReadModelStore {
  let isClosed = false;
  const methods = new Map<PropertyKey, unknown>([
    [
      Symbol.asyncDispose,
      async () => {
        isClosed = true;
      },
    ],
  ]);
  return new Proxy(data, {
    get(_, name) {
      const value: unknown = methods.get(name) ?? Reflect.get(data, name);
      if (typeof value !== 'function' || methods.has(name)) return value;
      return async (...args: unknown[]) => {
        if (isClosed) throw new StoreUnavailableError('It was closed.');
        const result: unknown = await Reflect.apply(value, data, args);
        return result;
      };
    },
  });
}
