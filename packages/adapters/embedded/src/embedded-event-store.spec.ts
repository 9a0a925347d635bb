import { describeEventStoreContract } from '@everfold/core/testing';
import { EmbeddedEventStore } from './embedded-event-store.js';

describeEventStoreContract('EmbeddedEventStore', {
  create: (folder) => EmbeddedEventStore.open({ folder }),
  createWithClock: (clock, folder) => EmbeddedEventStore.open({ folder, clock }),
  reopen: (_, folder) => EmbeddedEventStore.open({ folder }),
});
