import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore, RecordedEvent } from '@everfold/core';
import { EmbeddedEventStore } from '@everfold/embedded';
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
  [
    'embedded',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'everfold-aggregate-'));
      const store = await EmbeddedEventStore.open({ folder });
      const close = async () => {
        await store[Symbol.asyncDispose]();
        await rm(folder, { recursive: true, force: true });
      };
      return { store, close };
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
