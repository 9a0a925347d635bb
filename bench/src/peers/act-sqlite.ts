import { join } from 'node:path';
import type { NewEvent } from '@everfold/core';
import { count, emptyTally, type Log, type Tally } from '../log.js';
import { loadPeer } from './peer-module.js';

interface Committed {
  readonly name: string;
  readonly data: unknown;
  readonly meta: unknown;
}

/** What is used of `@rotorsoft/act-sqlite` 1.19. */
interface SqliteStore {
  readonly client: {
    execute(sql: string): Promise<{ readonly rows: readonly { readonly synchronous: number }[] }>;
  };
  seed(): Promise<void>;
  commit(
    stream: string,
    messages: readonly { name: string; data: unknown }[],
    meta: unknown,
    expectedVersion?: number,
  ): Promise<unknown>;
  query(
    callback: (event: Committed) => void,
    query?: { stream: string; stream_exact: boolean },
  ): Promise<number>;
  dispose(): Promise<void>;
}

/** The version that act takes an empty stream to have. */
const NO_EVENTS = -1;

/** `PRAGMA synchronous`: each commit is followed by a sync. */
const SYNCHRONOUS_FULL = 2;

/**
 * One store on one file, as its README says: WAL, and `synchronous` is FULL by default, so that each commit is synced. It has no
 * place for an event id: ours goes into the metadata.
 */
export async function openActSqliteLog(folder: string): Promise<Log> {
  const { SqliteStore } = await loadPeer<{
    SqliteStore: new (config: { url: string }) => SqliteStore;
  }>('@rotorsoft/act-sqlite');
  const store = new SqliteStore({ url: `file:${join(folder, 'events.db')}` });
  await store.seed();
  await assertDurable(store);
  return {
    append: (stream, event, place) => commit(store, stream, event, place === 'new'),
    scan: () => tallyOf(store),
    read: (stream) => tallyOf(store, { stream, stream_exact: true }),
    close: () => store.dispose(),
  };
}

/** Durability is what is compared: a default that changes must not pass unseen. */
async function assertDurable(store: SqliteStore): Promise<void> {
  const { rows } = await store.client.execute('PRAGMA synchronous');
  if (rows[0]?.synchronous !== SYNCHRONOUS_FULL) throw new Error('synchronous is not FULL');
}

async function commit(
  store: SqliteStore,
  stream: string,
  { id, type, data, metadata }: NewEvent,
  isNew: boolean,
): Promise<unknown> {
  const meta = { ...metadata, id };
  try {
    return await store.commit(stream, [{ name: type, data }], meta, isNew ? NO_EVENTS : undefined);
  } catch (cause) {
    throw reasonOf(cause);
  }
}

/** Its StoreError says `commit` only; the reason is its cause. */
function reasonOf(cause: unknown): unknown {
  return cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
}

async function tallyOf(
  store: SqliteStore,
  query?: { stream: string; stream_exact: boolean },
): Promise<Tally> {
  const tally = emptyTally();
  await store.query(({ data, meta }) => count(tally, data, meta), query);
  return tally;
}
