import { randomUUID } from 'node:crypto';
import {
  type FileHandle,
  link,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  NotAStoreError,
  StoreCorruptedError,
  StoreFormatTooNewError,
  StoreUnavailableError,
} from '@everfold/core';

/** The file that makes a folder a store, and says in which format. It is written first and never changed. */
export const MARKER = 'everfold.json';

/** The format that this version of the package reads and writes. */
export const FORMAT = 1;

/**
 * Makes sure that a folder is a store of a format that is known here: creates it where there is nothing.
 *
 * @returns The folder's real path: LMDB must not open one file under two names.
 * @throws {@link NotAStoreError} when there is something else; it is not changed.
 * @throws {@link StoreFormatTooNewError} when a newer version wrote it; it is not changed.
 * @throws {@link StoreCorruptedError} when its data file is none.
 * @throws {@link StoreUnavailableError} when the folder cannot be made or read, or has no room.
 */
export async function prepareFolder(folder: string): Promise<string> {
  try {
    await mkdirWithin(folder);
    const path = await realpath(folder);
    if (!(await readMarker(path))) await createMarker(path);
    await assertDataFile(path);
    await assertRoom(path);
    return path;
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

async function readMarker(path: string): Promise<boolean> {
  const text = await readFile(join(path, MARKER), 'utf8').catch((error: unknown) => {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return false;
  const format = formatIn(text);
  if (format === undefined)
    throw new NotAStoreError(`'${path}' is no store: its ${MARKER} names no format.`);
  if (format > FORMAT) throw new StoreFormatTooNewError(path, format, FORMAT);
  return true;
}

function formatIn(text: string): number | undefined {
  try {
    const { store, format } = JSON.parse(text) as { store?: unknown; format?: unknown };
    const known = store === 'everfold' && Number.isSafeInteger(format) && (format as number) >= 1;
    return known ? (format as number) : undefined;
  } catch {
    return undefined;
  }
}

/** What may lie in a folder that is to become a store: what keeps it in version control, and what a file system puts there. */
const HARMLESS = new Set([MARKER, 'lost+found', '.gitkeep', '.gitignore', '.keep', '.DS_Store']);

/** Several processes may begin at once: the marker appears whole, and once. */
async function createMarker(path: string): Promise<void> {
  const foreign = (await readdir(path)).find(
    (name) => !HARMLESS.has(name) && !name.startsWith(`.${MARKER}.`),
  );
  if (foreign !== undefined) {
    if (await readMarker(path)) return;
    throw new NotAStoreError(
      `'${path}' is no store, and not empty ('${foreign}'): name an empty folder. Nothing was changed.`,
    );
  }
  const draft = join(path, `.${MARKER}.${randomUUID()}`);
  try {
    await writeDurably(draft, `${JSON.stringify({ store: 'everfold', format: FORMAT })}\n`);
    await link(draft, join(path, MARKER)).catch((error: unknown) => {
      if (!isSystemError(error) || error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(path);
}

const MAGIC = { at: 24, value: 0xbeefc0de };

/** LMDB writes its two meta pages before anything else, at once. */
const LEAST_BYTES = 2 * 4_096;

/** A file that LMDB refuses crashes the process when lmdb cleans up behind it: look first. */
async function assertDataFile(path: string): Promise<void> {
  await using file = await openIfThere(join(path, 'data.mdb'));
  const size = (await file?.stat())?.size ?? 0;
  // Whoever opens first has not written anything yet.
  if (file === undefined || size === 0) return;
  if (size < LEAST_BYTES)
    throw new StoreCorruptedError(undefined, `'${join(path, 'data.mdb')}' was cut short`);
  const magic = Buffer.alloc(4);
  await file.read(magic, 0, 4, MAGIC.at);
  if (magic.readUInt32LE() !== MAGIC.value)
    throw new StoreCorruptedError(undefined, `'${join(path, 'data.mdb')}' is no data file`);
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

async function writeDurably(file: string, text: string | Buffer): Promise<void> {
  await using handle = await open(file, 'wx');
  await handle.writeFile(text);
  await handle.sync();
}

/** A new file is durable when its folder is: otherwise a power loss may leave a store without its name. */
export async function syncFolder(path: string): Promise<void> {
  await using handle = await open(path, 'r');
  await handle.sync();
}

/** Told by its fields: an error of Node's own is no instance of a test runner's Error. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return typeof error === 'object' && error !== null && 'errno' in error && 'code' in error;
}
