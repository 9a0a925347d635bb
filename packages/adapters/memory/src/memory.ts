import type { StoreFactory } from '@everfold/core';
import { MemoryEventStore, type MemoryEventStoreOptions } from './memory-event-store.js';

/** A store in memory for an application: each `open` makes a new, empty one. */
export function memory(options: MemoryEventStoreOptions = {}): StoreFactory<MemoryEventStore> {
  return {
    open: async (signal) => {
      signal.throwIfAborted();
      return new MemoryEventStore(options);
    },
  };
}
