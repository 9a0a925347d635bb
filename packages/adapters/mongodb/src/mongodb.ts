import type { StoreFactory } from '@everfold/core';
import { MongoReadModelStore, type MongoReadModelStoreOptions } from './mongo-read-model-store.js';

/** Opens a {@link MongoReadModelStore} when the application starts. */
export function mongodb(options: MongoReadModelStoreOptions): StoreFactory<MongoReadModelStore> {
  return {
    async open(signal) {
      return await MongoReadModelStore.open(options, signal);
    },
  };
}
