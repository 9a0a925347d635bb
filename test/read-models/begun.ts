import { setImmediate } from 'node:timers/promises';
import { createReadModel, type ReadModel, type ReadModelStore } from '@everfold/core';
import { type Account, accounts } from './events.js';
import { WatchedStore } from './watched-store.js';
import { WrittenModel } from './written-model.js';

export interface Begun {
  readonly store: WatchedStore;
  readonly written: WrittenModel;
  readonly model: ReadModel<Account>;
}

/** A read model whose first generation is in use, and empty. */
export async function begun(
  options: { readonly segments?: number; readonly commit?: ReadModelStore['commit'] } = {},
): Promise<Begun> {
  const { store, written, model } = unbegun(options);
  await written.begin();
  return { store, written, model };
}

/** A read model that nobody has fed yet. */
export function unbegun({
  segments = 1,
  commit = 'atomic',
}: {
  readonly segments?: number;
  readonly commit?: ReadModelStore['commit'];
} = {}): Begun {
  const store = new WatchedStore({ commit });
  const written = new WrittenModel(store, 'accounts', segments);
  return { store, written, model: createReadModel(store, accounts) };
}

/** Whether a read has not settled although those who wait have looked several times since. */
export async function stillWaits(read: Promise<unknown>, store: WatchedStore): Promise<boolean> {
  let settled = false;
  const note = () => {
    settled = true;
  };
  read.then(note, note);
  await looked(store, 4, () => settled);
  return !settled;
}

/** Waits until those who wait have looked at a store so often. */
export async function looked(
  store: WatchedStore,
  times: number,
  isEnough: () => boolean = () => false,
): Promise<void> {
  const before = store.calls.readRecord;
  while (store.calls.readRecord < before + times && !isEnough()) await setImmediate();
}
