import { constants, type FileHandle, open as openFile } from 'node:fs/promises';
import type { Clock } from '@everfold/core';
import { AmpleSpace } from './ample-space.js';
import { AppendQueue, closedError } from './append/append-queue.js';
import { type Database, dataFile } from './environment.js';
import { BlockReader } from './log/block-reader.js';
import { LogTracker } from './log/log-tracker.js';
import { prepareFolder } from './opening/folder.js';
import { openingEnd, openLog, openPatiently } from './opening/open.js';
import { Openings } from './opening/openings.js';
import { positionAt } from './position.js';
import { LogReader } from './read/log-reader.js';
import { Reads } from './read/reads.js';
import { StreamReader } from './read/stream-reader.js';
import { Visibility } from './read/visibility.js';
import { ReadModels } from './read-models/read-models.js';
import { SpaceLimit } from './space-limit.js';
import { IndexWriter } from './stream/index-writer.js';
import { StoredIndex } from './stream/stored-index.js';
import { StreamDirectory } from './stream/stream-directory.js';
import { blockOf, indexOf } from './stream/window.js';
import { assertWhole } from './verify/verify-folder.js';
import { withinLockTimeout } from './writing.js';

/** How often the places of dead readers are given back: pages that they hold make the file grow. */
const READER_CHECK_MS = 5_000;

/** How {@link openParts} opens a store. */
export interface PartsOptions {
  readonly folder: string;
  readonly maxBytes: number | undefined;
  readonly clock: Clock;
  /** Gives up opening. */
  readonly signal?: AbortSignal | undefined;
}

/** An open store, put together. */
export interface StoreParts {
  /** The folder's real path. */
  readonly folder: string;
  readonly identity: string;
  readonly database: Database;
  readonly space: SpaceLimit;
  readonly tracker: LogTracker;
  readonly queue: AppendQueue;
  readonly reads: Reads;
  readonly readModels: ReadModels;
  readonly assertOpen: () => void;
  readonly close: () => Promise<void>;
}

/** Opens the folder and puts the parts of a store together. */
export async function openParts(options: PartsOptions): Promise<StoreParts> {
  const { maxBytes, clock, signal } = options;
  signal?.throwIfAborted();
  const folder = await prepareFolder(options.folder);
  const { path } = folder;
  if (folder.isShort) await assertWhole(path, signal);
  const database = await openPatiently(path, { signal });
  try {
    // To sync it, and to grow it: whatever is written through this goes behind everything else.
    const file = await openFile(dataFile(path), constants.O_RDWR | constants.O_APPEND);
    try {
      const identity = await openLog({ database, folder, file }, signal);
      signal?.throwIfAborted();
      const space = new SpaceLimit({ database, file, maxBytes, ample: new AmpleSpace(path) });
      return await assemble({ path, database, identity, file, clock, space });
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (error) {
    // Not awaited: a write that waits for another process's lock is left behind, and this with it.
    void database.close();
    throw error;
  }
}

interface Opened {
  readonly path: string;
  readonly database: Database;
  readonly identity: string;
  readonly file: FileHandle;
  readonly clock: Clock;
  readonly space: SpaceLimit;
}

async function assemble(opened: Opened): Promise<StoreParts> {
  const { path, database, identity, file, clock, space } = opened;
  const closing = new AbortController();
  const assertOpen = (): void => {
    if (closing.signal.aborted) throw closedError();
  };
  const blocks = new BlockReader(database);
  const stored = new StoredIndex(database);
  const directory = new StreamDirectory(stored);
  const openings = new Openings(path);
  const tracker = new LogTracker({ database, blocks, stored, directory, file, openings });
  const visibility = new Visibility(directory, clock);
  const streams = new StreamReader(blocks, directory, visibility);
  const index = new IndexWriter({ database, stored, directory, tracker, space, openings });
  const queue = createQueue(opened, { directory, tracker, streams, index, openings });
  await tracker.refresh();
  const readerCheck = setInterval(() => database.readerCheck(), READER_CHECK_MS).unref();
  const log = new LogReader(blocks, visibility);
  const readModels = new ReadModels({ database, space, openings, assertOpen });
  return {
    folder: path,
    identity,
    database,
    space,
    tracker,
    queue,
    reads: new Reads({ tracker, directory, streams, log, assertOpen }),
    readModels,
    assertOpen,
    close: async () => {
      closing.abort();
      clearInterval(readerCheck);
      tracker.close();
      await Promise.all([queue.close(), readModels.close()]);
      await closeDatabase(database, file, index, queue);
    },
  };
}

function createQueue(
  { database, identity, clock, space }: Opened,
  parts: {
    readonly directory: StreamDirectory;
    readonly tracker: LogTracker;
    readonly streams: StreamReader;
    readonly index: IndexWriter;
    readonly openings: Openings;
  },
): AppendQueue {
  const { directory, tracker, streams, index, openings } = parts;
  return new AppendQueue({
    database,
    directory,
    tracker,
    openings,
    clock,
    space,
    ground: {
      state: (stream) => directory.state(stream),
      idAt: (stream, revision) => streams.idAt(stream, revision),
    },
    results: { identity, positionOf: positionIn(directory) },
    committed: () => index.advance(),
  });
}

/** A write that waits for another process's lock is left behind with the environment open, which is closed when it is through. */
async function closeDatabase(
  database: Database,
  file: FileHandle,
  index: IndexWriter,
  queue: AppendQueue,
): Promise<void> {
  const end = Promise.all([queue.stuck, index.close(), openingEnd(database)]).then(async () => {
    await file.close();
    await database.close();
  });
  if (queue.stuck === undefined) await withinLockTimeout(end);
}

function positionIn(directory: StreamDirectory) {
  return (stream: string, revision: number) => {
    const [place = 0] = directory.places(stream, revision, 1);
    return positionAt(blockOf(place) + indexOf(place));
  };
}
