import type { AggregateRepository, RecordedEvent } from '@everfold/core';
import { createRepository } from '@everfold/core';
import { account, opened } from './account.js';
import type { OpenedStore } from './stores.js';
import { eventsOf } from './stores.js';
import type { TappedStore } from './tapped-store.js';
import { tapped } from './tapped-store.js';

/** A store of one test, in which account 1 is open. */
export interface OpenedAccount {
  /** The store itself. */
  readonly untapped: OpenedStore['store'];
  /** The store as repositories are given it. */
  readonly store: TappedStore;
  readonly accounts: AggregateRepository<typeof account>;
  /** The stream of account 1. */
  readonly stream: string;
  /** What that stream holds. */
  stored(): Promise<readonly RecordedEvent[]>;
}

/** Opens account 1 in a store of its own before each test of the present block; the members may be read from then on. */
export function openedAccount(open: () => Promise<OpenedStore>): OpenedAccount {
  const stream = 'specsAccount-1';
  const present = {} as { -readonly [K in keyof OpenedAccount]: OpenedAccount[K] };
  let opening: OpenedStore;
  beforeEach(async () => {
    opening = await open();
    const store = tapped(opening.store);
    const accounts = createRepository(store, account);
    await accounts.create('1', () => opened());
    const stored = () => eventsOf(opening.store, stream);
    Object.assign(present, { untapped: opening.store, store, accounts, stream, stored });
  });
  afterEach(() => opening.close());
  return present;
}

/** A change that must not run. */
export function never(): never {
  throw new Error('decided again');
}
