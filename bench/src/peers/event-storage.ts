import type { EventEmitter } from 'node:events';
import { count, emptyTally, type Log, type Tally } from '../log.js';
import { loadPeer } from './peer-module.js';

interface Stored {
  readonly data: unknown;
  readonly metadata: unknown;
}

/** What is used of `event-storage` 0.8. */
interface EventStorage extends EventEmitter {
  commit(
    stream: string,
    events: readonly object[],
    expectedVersion: number,
    callback: () => void,
  ): void;
  getAllEvents(): Iterable<Stored>;
  getEventStream(stream: string): Iterable<Stored> | false;
  close(): void;
}

/** `ExpectedVersion` of event-storage. */
const ANY = -1;
const EMPTY_STREAM = 0;

/** Where its events lie: one file a stream, which is its default, or all in one, which lets it commit in groups. */
export type Partitions = 'per-stream' | 'one';

/**
 * `syncOnFlush: true`, without which it acknowledges what only the page cache has. The rest is its defaults, but for the
 * partitioner where that is asked for.
 */
export async function openEventStorageLog(folder: string, partitions: Partitions): Promise<Log> {
  const { default: EventStorage } = await loadPeer<{
    default: new (name: string, config: object) => EventStorage;
  }>('event-storage');
  const partitioner = partitions === 'one' ? { partitioner: () => 'all' } : {};
  const store = new EventStorage('bench', {
    storageDirectory: folder,
    storageConfig: { syncOnFlush: true, ...partitioner },
  });
  await new Promise((ready) => store.once('ready', ready));
  return {
    append: (stream, event, place) =>
      new Promise<void>((resolve) =>
        store.commit(stream, [event], place === 'new' ? EMPTY_STREAM : ANY, resolve),
      ),
    scan: async () => tallyOf(store.getAllEvents()),
    read: async (stream) => tallyOf(store.getEventStream(stream) || []),
    close: async () => store.close(),
  };
}

function tallyOf(events: Iterable<Stored>): Tally {
  const tally = emptyTally();
  for (const { data, metadata } of events) count(tally, data, metadata);
  return tally;
}
