import { EmbeddedEventStore, type VerifyReport } from '@everfold/embedded';
import { apply, copyStore, type Flip } from './damage.js';
import type { Folders } from './folders.js';

/** Copies that are worked through at once. */
const LANES = 2;

/** Works through a list in several copies of a store at once. */
export async function inCopies<T>(
  sample: string,
  folders: Folders,
  list: readonly T[],
  work: (item: T, folder: string, store: EmbeddedEventStore) => Promise<void>,
): Promise<void> {
  const left = [...list];
  const lane = async (): Promise<void> => {
    const folder = await copyStore(sample, await folders.create());
    await using store = await EmbeddedEventStore.open(folder);
    for (let item = left.shift(); item !== undefined; item = left.shift())
      await work(item, folder, store);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** What {@link EmbeddedEventStore.verify} says while a byte is changed. */
export async function verifyWith(
  flip: Flip,
  folder: string,
  store: EmbeddedEventStore,
): Promise<VerifyReport> {
  await apply(folder, flip);
  try {
    return await store.verify();
  } finally {
    await apply(folder, flip);
  }
}

/** The numbers of the records that problems name. */
export function positions({ problems }: VerifyReport): readonly number[] {
  return problems.map(({ position }) => Number(position));
}
