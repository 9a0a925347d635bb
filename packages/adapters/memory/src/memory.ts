import type { StoreFactory } from '@everfold/core';
import {
  MemoryReadModelStore,
  type MemoryReadModelStoreOptions,
} from './memory-read-model-store.js';
import { MemoryStore, type MemoryStoreOptions } from './memory-store.js';

/** A store in memory for an application, its events and its read models: each `open` makes a new, empty one. */
export function memory(options: MemoryStoreOptions = {}): StoreFactory<MemoryStore> {
  return {
    open: async (signal) => {
      signal.throwIfAborted();
      return new MemoryStore(options);
    },
  };
}

/** Read models in memory, for events that lie elsewhere: each `open` makes a new, empty store. */
export function memoryReadModels(
  options: MemoryReadModelStoreOptions = {},
): StoreFactory<MemoryReadModelStore> {
  return {
    open: async (signal) => {
      signal.throwIfAborted();
      return new MemoryReadModelStore(options);
    },
  };
}
