import type { EventStore, RepositoryOptions } from '@everfold/core';
import { createRepository } from '@everfold/core';
import { account, deposited, opened } from './account.js';
import { tapped } from './tapped-store.js';
import type { WatchedSnapshots } from './watched-snapshots.js';

/** A repository of accounts that takes a snapshot every second event, unless told otherwise. */
export function snapshotting(
  store: EventStore,
  snapshots: WatchedSnapshots,
  options: Partial<RepositoryOptions['snapshots'] & object> = {},
) {
  return createRepository(store, account, {
    snapshots: { store: snapshots, every: 2, onError: () => undefined, ...options },
  });
}

/** Five events of account 1, the last snapshot at revision 3. */
export async function fiveEvents(store: EventStore, snapshots: WatchedSnapshots): Promise<void> {
  const accounts = snapshotting(store, snapshots);
  await accounts.create('1', () => opened());
  for (const amount of [1, 2, 4, 8]) await accounts.update('1', () => deposited(amount));
}

/** How many events the next `find` of account 1 reads, and what it finds. */
export async function foundIn(store: EventStore, snapshots: WatchedSnapshots) {
  let events = 0;
  const counting = tapped(store);
  const { read } = counting;
  counting.read = (name, options) => {
    const reading = read(name, options);
    return {
      ...reading,
      async *batches() {
        for await (const batch of reading.batches()) {
          events += batch.length;
          yield batch;
        }
      },
    };
  };
  const balance = (await snapshotting(counting, snapshots).find('1'))?.state.balance;
  return { balance, events };
}
