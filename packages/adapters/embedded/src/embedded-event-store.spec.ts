import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, EventStore } from '@everfold/core';
import { describeEventStoreContract } from '@everfold/core/testing';
import { EmbeddedEventStore } from './embedded-event-store.js';

const folders = new Map<EventStore, string>();

async function open(folder: string, clock?: Clock): Promise<EventStore> {
  const store = await EmbeddedEventStore.open({ folder, clock });
  folders.set(store, folder);
  return store;
}
const newFolder = () => mkdtemp(join(tmpdir(), 'everfold-contract-'));

afterAll(async () => {
  for (const folder of folders.values()) await rm(folder, { recursive: true, force: true });
});

describeEventStoreContract('EmbeddedEventStore', {
  create: async () => open(await newFolder()),
  createWithClock: async (clock) => open(await newFolder(), clock),
  reopen: (store) => open(folders.get(store) ?? ''),
});
