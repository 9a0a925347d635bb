import type { EventStore, RecordedEvent } from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';

/** A store for one test, and how to be rid of it. */
export interface OpenedStore {
  readonly store: EventStore;
  close(): Promise<void>;
}

/** Every adapter, by name: what aggregates promise holds on each. */
export const stores: readonly (readonly [string, () => Promise<OpenedStore>])[] = [
  [
    'memory',
    async () => {
      const store = new MemoryEventStore();
      return { store, close: () => store[Symbol.asyncDispose]() };
    },
  ],
];

/** A stream as it is stored. */
export async function eventsOf(
  store: EventStore,
  stream: string,
): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.read(stream)) events.push(event);
  return events;
}
