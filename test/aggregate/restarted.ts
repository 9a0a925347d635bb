import type { AggregateRepository, EventStore } from '@everfold/core';
import { createRepository } from '@everfold/core';
import { MemorySnapshotStore } from '@everfold/memory';
import { account, deposited } from './account.js';

/**
 * Repositories that share nothing but the store, as after a restart: without anything, from a snapshot, and from a cache. Makes
 * a deposit of 0 to account 1.
 */
export async function restarted(
  store: EventStore,
): Promise<readonly AggregateRepository<typeof account>[]> {
  const snapshots = { store: new MemorySnapshotStore(), every: 1 };
  await createRepository(store, account, { snapshots }).update('1', () => deposited(0));
  const caching = createRepository(store, account, { cache: { maxAggregates: 8 } });
  await caching.find('1');
  return [
    createRepository(store, account),
    createRepository(store, account, { snapshots }),
    caching,
  ];
}
