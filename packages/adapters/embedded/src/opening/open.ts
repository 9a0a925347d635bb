import { randomUUID } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { StoreCorruptedError, StoreUnavailableError } from '@everfold/core';
import { sealed, unsealed } from '../checksum.js';
import {
  type Database,
  type DatabaseOptions,
  dataFile,
  openDatabase,
  readVolatile,
} from '../environment.js';
import { HEAD_KEY, IDENTITY_KEY, INDEX_KEY } from '../keys.js';
import { encodeHead } from '../log/head.js';
import { encodeManifest, NOTHING_INDEXED } from '../runs/manifest.js';
import {
  LOCK_TIMEOUT_MS,
  reasonOf,
  unlessAborted,
  withinLockTimeout,
  writeFailed,
} from '../writing.js';
import type { PreparedFolder } from './folder.js';
import { healInChild } from './heal.js';
import { isLockedExclusively } from './lock-file.js';
import { MARKER, nameIdentity, syncFolder } from './marker.js';
import { newestTransaction } from './meta-pages.js';
import { Openings, stoppedWhileOpening } from './openings.js';

/** How {@link openPatiently} opens. */
export interface PatientOptions extends DatabaseOptions {
  /** Gives up waiting. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the LMDB environment of a folder, and waits for others that are opening or closing it just now, with the event loop
 * free, for at most {@link LOCK_TIMEOUT_MS}.
 *
 * @throws {@link StoreUnavailableError} when LMDB refuses, or the others do not come to an end.
 * @throws The reason of the signal.
 */
export async function openPatiently(folder: string, options: PatientOptions): Promise<Database> {
  const { signal } = options;
  const end = performance.now() + LOCK_TIMEOUT_MS;
  for (;;) {
    signal?.throwIfAborted();
    const outcome = await tryToOpen(folder, options);
    if (!(outcome instanceof StoreUnavailableError)) return outcome;
    if (performance.now() >= end) throw outcome;
    // Of random length: processes that disturb each other must not go on in step.
    await delay(1 + Math.random() * LONGEST_PAUSE_MS);
  }
}

const LONGEST_PAUSE_MS = 20;

/** @returns The environment, or why it cannot be opened just now. */
async function tryToOpen(
  folder: string,
  options: DatabaseOptions,
): Promise<Database | StoreUnavailableError> {
  if (await isLockedExclusively(folder)) return stoppedWhileOpening(folder);
  const openings = new Openings(folder);
  const isAlive = (name: string): boolean => !openings.isDead(name);
  if (openings.announced().some(isAlive)) return stoppedWhileOpening(folder);
  // From here on nothing is waited for: other processes' commits wait for the end.
  const own = openings.announce();
  const names = own === undefined ? [] : [own];
  const others = openings.announced().filter((name) => name !== own);
  if (others.some(isAlive)) {
    openings.withdraw(names);
    return stoppedWhileOpening(folder);
  }
  try {
    const database = openDatabase(folder, options);
    if (!isBehind(database, folder)) {
      openings.withdraw(names);
      if (others.length > 0) whenWritersEnd(database, () => openings.withdraw(others));
      return database;
    }
    const reopened = await openUntilInSight(database, folder, options);
    whenWritersEnd(reopened, () => openings.withdraw([...names, ...others]));
    return reopened;
  } catch (cause) {
    openings.withdraw(names);
    const refusal = new StoreUnavailableError(`LMDB cannot open '${folder}': ${String(cause)}.`, {
      cause,
    });
    if (isPassing(cause)) return refusal;
    throw refusal;
  }
}

const TRIES_WITHOUT_CHILD = 3;
const MOST_TRIES = 10;

/** Opens anew until LMDB's note of the newest commit is right. */
async function openUntilInSight(
  opened: Database,
  folder: string,
  options: DatabaseOptions,
): Promise<Database> {
  let database = opened;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    // A commit that was just ending is no reason.
    await delay(1);
    if (!isBehind(database, folder)) return database;
    await database.close();
    // A process that has the folder open already gets what it has, and notes nothing anew.
    if (tries >= TRIES_WITHOUT_CHILD) await healInChild(folder);
    database = openDatabase(folder, options);
  }
  await database.close();
  throw new Error('LMDB does not find its newest commit');
}

const ends = new WeakMap<Database, Promise<unknown>>();

/** Does something when no write is under way any more that was begun before this call. */
function whenWritersEnd(database: Database, act: () => void): void {
  // Who may only read cannot know: what was announced stays, until somebody comes who can.
  const end = database.transaction(() => true).then(act, (error: unknown) => reasonOf(error));
  ends.set(database, end);
}

/** Resolves when nothing is left to be done of opening; whoever closes waits for that. `undefined` where nothing is. */
export function openingEnd(database: Database): Promise<unknown> | undefined {
  return ends.get(database);
}

/** Whether LMDB has lost sight of the newest commit: see {@link Openings}. A commit that is just ending looks like it. */
function isBehind(database: Database, folder: string): boolean {
  const newest = newestTransaction(dataFile(folder));
  database.resetReadTxn();
  // Begins to read, and reads no page: one may be missing.
  database.getStats();
  return transactionRead(database) < newest;
}

/** The transaction that this process reads now, by LMDB's list of readers: process, thread, transaction. */
function transactionRead(database: Database): number {
  const own = new RegExp(`^ *${process.pid} +\\S+ +(\\d+)`, 'gm');
  const { readerList } = database as Database & { readerList(): string };
  const read = [...readerList.call(database).matchAll(own)].map(([, transaction]) =>
    Number(transaction),
  );
  return Math.max(...read, 0);
}

const EINVAL = 22;

/**
 * The last process to close destroys the mutexes in the lock file, and one that comes in at that moment finds them destroyed.
 * When both have gone, the next to come makes them anew.
 */
function isPassing(cause: unknown): boolean {
  return (cause as { readonly code?: unknown }).code === EINVAL;
}

/** A folder that is being opened. */
export interface OpeningLog {
  readonly database: Database;
  readonly folder: PreparedFolder;
  /** The data file. */
  readonly file: FileHandle;
}

/**
 * The identity of the log. Where nobody has finished opening the folder for the first time, an empty log is begun, once,
 * whoever comes first, and its identity is named in the marker.
 *
 * @throws {@link StoreCorruptedError} when the log is another one, or has lost its identity.
 * @throws {@link StoreUnavailableError} when it had to be begun and another process holds the write lock.
 */
export async function openLog(
  { database, folder, file }: OpeningLog,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (folder.identity !== undefined) {
    const identity = readIdentity(database);
    if (identity === folder.identity) return identity;
    throw new StoreCorruptedError(
      undefined,
      `'${folder.path}' holds the data file of another store than the one that its ${MARKER} names`,
    );
  }
  // What a commit made while somebody opens is sure only when they have come to an end.
  do {
    await beginLog(database, signal);
    await new Openings(folder.path).ended();
    database.resetReadTxn();
  } while (readVolatile(database, HEAD_KEY) === undefined);
  const identity = readIdentity(database);
  // What another process wrote is visible before it is on disk, and the marker must not outlive it.
  await file.datasync();
  await syncFolder(folder.path);
  await nameIdentity(folder.path, identity);
  return identity;
}

async function beginLog(database: Database, signal: AbortSignal | undefined): Promise<void> {
  if (readVolatile(database, HEAD_KEY) !== undefined) return;
  const begun = database.ifNoExists(HEAD_KEY, () => {
    void database.put(HEAD_KEY, encodeHead({ next: 1, mark: 1 }), 1);
    void database.put(INDEX_KEY, encodeManifest(NOTHING_INDEXED), NOTHING_INDEXED.mark);
    void database.put(IDENTITY_KEY, sealed(Buffer.from(randomUUID())), 1);
  });
  begun.catch((error: unknown) => void reasonOf(error));
  const outcome = await unlessAborted(withinLockTimeout(begun), signal).catch(async (error) => {
    throw signal?.aborted === true ? error : writeFailed(await reasonOf(error));
  });
  if (outcome === 'lock-held') throw stoppedWhileBeginning();
  database.resetReadTxn();
}

function readIdentity(database: Database): string {
  const bytes = readVolatile(database, IDENTITY_KEY);
  if (bytes === undefined) throw new StoreCorruptedError(undefined, 'the identity is missing');
  return unsealed(bytes, 'the identity').toString();
}

function stoppedWhileBeginning(): StoreUnavailableError {
  return new StoreUnavailableError(
    `Another process holds the write lock of the store for more than ${LOCK_TIMEOUT_MS} ms: it was stopped inside its first commit. ` +
      'Let it go on, or end it, and open again.',
  );
}
