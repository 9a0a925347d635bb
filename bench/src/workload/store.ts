import type { EventStore, StoreFactory } from '@everfold/core';
import { embedded } from '@everfold/embedded';
import { memory } from '@everfold/memory';

/** Which of Everfold's stores is measured. */
export type StoreName = 'embedded' | 'memory';

/** How long a store may take to open, in ms. */
export const OPEN_TIMEOUT_MS = 10_000;

/** Opens one of Everfold's stores; only `embedded` uses the folder, and only it finds there what was left. */
export async function openStore(name: StoreName, folder: string): Promise<EventStore> {
  const factory: StoreFactory<EventStore> = name === 'embedded' ? embedded({ folder }) : memory();
  return factory.open(AbortSignal.timeout(OPEN_TIMEOUT_MS));
}
