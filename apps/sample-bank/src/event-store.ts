import type { EventStore, StoreFactory } from '@everfold/core';
import { embedded } from '@everfold/embedded';
import { memory } from '@everfold/memory';
import type { Configuration } from './configuration/configuration.js';

/** The store that the configuration asks for; not open yet. */
export function eventStoreOf({ eventStore, dataDir }: Configuration): StoreFactory<EventStore> {
  switch (eventStore) {
    case 'embedded':
      return embedded({ folder: dataDir });
    case 'memory':
      return memory();
  }
}
