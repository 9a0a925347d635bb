import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, realpath, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { NotAStoreError, StoreCorruptedError, StoreUnavailableError } from '@everfold/core';
import { dataFile } from '../environment.js';
import { createMarker, isSystemError, readMarker, writeDurably } from './marker.js';
import { holdsAllPages, LEAST_BYTES, readMeta } from './meta-pages.js';

/** A folder that may be opened. */
export interface PreparedFolder {
  /** Its real path: LMDB must not open one file under two names. */
  readonly path: string;
  /** The identity that its log must have; `undefined` where nobody has finished opening it for the first time. */
  readonly identity: string | undefined;
  /** Whether its data file is shorter than it was: its pages must be looked for before LMDB does. */
  readonly isShort: boolean;
}

/**
 * Makes sure that a folder is a store of a format that is known here: creates it where there is nothing.
 *
 * @throws {@link NotAStoreError} when there is something else; it is not changed.
 * @throws {@link StoreFormatTooNewError} when a newer version wrote it; it is not changed.
 * @throws {@link StoreCorruptedError} when its data file is none, or gone although it had been written; it is not changed.
 * @throws {@link StoreUnavailableError} when the folder cannot be made or read, or has no room.
 */
export async function prepareFolder(folder: string): Promise<PreparedFolder> {
  try {
    await mkdirWithin(folder);
    const path = await realpath(folder);
    const { identity } = (await readMarker(path)) ?? (await createMarker(path));
    const isShort = await inspectDataFile(path, identity);
    await assertRoom(path);
    return { path, identity, isShort };
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new StoreUnavailableError(
      `The folder '${folder}' cannot be used (${cause.code}): check that it exists and may be written.`,
      { cause },
    );
  }
}

async function mkdirWithin(folder: string): Promise<void> {
  const present = await stat(folder).catch(() => undefined);
  if (present === undefined) await makeFolder(resolve(folder));
  else if (!present.isDirectory())
    throw new NotAStoreError(`'${folder}' is a file: name a folder for the store.`);
}

/** Not `mkdir` with `recursive`: under /proc that one never comes back. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (isSystemError(error) && error.code === 'EEXIST') return;
    if (!isSystemError(error) || error.code !== 'ENOENT' || (await isThere(dirname(path))))
      throw error;
    await makeFolder(dirname(path));
    await makeFolder(path);
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** A file that LMDB refuses crashes the process when lmdb cleans up behind it, and so do missing pages: look first. */
async function inspectDataFile(path: string, identity: string | undefined): Promise<boolean> {
  const name = dataFile(path);
  await using file = await openIfThere(name);
  const { size = 0 } = (await file?.stat()) ?? {};
  if (file === undefined || size === 0) {
    if (identity !== undefined) throw logIsGone(name, file === undefined ? 'missing' : 'empty');
    // Whoever opens first has not written anything yet.
    return false;
  }
  if (size < LEAST_BYTES) throw new StoreCorruptedError(undefined, `'${name}' was cut short`);
  const meta = readMeta(file.fd);
  if (meta === undefined) throw new StoreCorruptedError(undefined, `'${name}' is no data file`);
  // The size once more: others may have written since, and the pages of a commit come before its meta page.
  return !holdsAllPages(meta, (await file.stat()).size);
}

function logIsGone(name: string, how: 'missing' | 'empty'): StoreCorruptedError {
  return new StoreCorruptedError(
    undefined,
    `'${name}' is ${how}, and with it the log that was written there. Nothing was changed; ` +
      'put the file back, or name an empty folder to begin anew',
  );
}

const LOCK_FILE_BYTES = 80_000;

/** Where there is no room for the lock file, LMDB crashes the process: an error of the system comes first. */
async function assertRoom(path: string): Promise<void> {
  if ((await stat(join(path, 'lock.mdb')).catch(() => undefined))?.size) return;
  const draft = join(path, `.room.${randomUUID()}`);
  try {
    await writeDurably(draft, Buffer.alloc(LOCK_FILE_BYTES));
  } finally {
    await rm(draft, { force: true });
  }
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  return open(file, 'r').catch((error: unknown) => {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  });
}
