import { describeEventStoreContract } from '@everfold/core/testing';
import { MemoryEventStore } from './memory-event-store.js';

describeEventStoreContract('MemoryEventStore', {
  create: async () => new MemoryEventStore(),
  createWithClock: async (clock) => new MemoryEventStore({ clock }),
});
