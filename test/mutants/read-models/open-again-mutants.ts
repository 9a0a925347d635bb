import type { Position, ReadModelStore, StoredRecord } from '@everfold/core';
import { type Commit, opened, WrongReadModelStore } from './wrong-read-model-store.js';

/** Data that are opened again, or a second time, in a wrong way. */
export interface OpenAgainMutant {
  readonly wrong: string;
  readonly commit: Commit;
  readonly reopen?: (data: ReadModelStore) => Promise<ReadModelStore>;
  readonly beside?: (data: ReadModelStore, commit: Commit) => Promise<ReadModelStore>;
  readonly caughtBy: string;
}

/** Opens the data as another process would. */
export async function openAgain(data: ReadModelStore): Promise<ReadModelStore> {
  return opened(data);
}

/** Believes what it once read of a record. */
class RecordsCached extends WrongReadModelStore {
  readonly #known = new Map<string, StoredRecord | undefined>();

  override async readRecord(key: string) {
    if (!this.#known.has(key)) this.#known.set(key, await this.inner.readRecord(key));
    return this.#known.get(key);
  }
}

async function* segmentsOf(data: ReadModelStore) {
  yield* await data.listRecords('segments/');
}

/** Stores that go wrong when their data are opened again, or twice. */
export const OPEN_AGAIN_MUTANTS: readonly OpenAgainMutant[] = [
  {
    wrong: 'versions begin anew',
    commit: 'atomic',
    reopen: async (data) => {
      for await (const { key, version, value } of segmentsOf(data)) {
        await data.removeRecord(key, version);
        await data.writeRecord(key, value, undefined);
      }
      return opened(data);
    },
    caughtBy: 'a store that is opened again › lets a segment go on where it stood',
  },
  {
    wrong: 'markers are gone',
    commit: 'guarded',
    reopen: async (data) => {
      await data.purgeMarkers('things@1.1', '9' as Position);
      return opened(data);
    },
    caughtBy: 'a store that is opened again › still has, where it guards, its markers',
  },
  {
    wrong: 'a second store believes what it once read',
    commit: 'atomic',
    beside: async (data, commit) => new RecordsCached(commit, opened(data)),
    caughtBy: 'racing writers of a record › counts every write of many who come again',
  },
];
