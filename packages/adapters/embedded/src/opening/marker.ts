import { randomUUID } from 'node:crypto';
import { link, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NotAStoreError, StoreFormatTooNewError } from '@everfold/core';

/**
 * The file that makes a folder a store, and says in which format. It is written before anything else; once the log's first
 * entries are on disk it is replaced, once, by one that names the store's identity: from then on a log must be there.
 */
export const MARKER = 'everfold.json';

/** The format that this version of the package reads and writes. */
export const FORMAT = 1;

/** What a marker says. */
export interface Marker {
  /** The identity of the log beside it; `undefined` where nobody has finished opening the folder for the first time. */
  readonly identity: string | undefined;
}

/**
 * Reads the marker of a folder; `undefined` where there is none.
 *
 * @throws {@link NotAStoreError} when it is not one of ours.
 * @throws {@link StoreFormatTooNewError} when a newer version wrote it.
 */
export async function readMarker(path: string): Promise<Marker | undefined> {
  const text = await readFile(join(path, MARKER), 'utf8').catch((error: unknown) => {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const marker = parse(text);
  if (marker === undefined)
    throw new NotAStoreError(`'${path}' is no store: its ${MARKER} names no format.`);
  if (marker.format > FORMAT) throw new StoreFormatTooNewError(path, marker.format, FORMAT);
  return { identity: marker.identity };
}

function parse(
  text: string,
): { readonly format: number; readonly identity: string | undefined } | undefined {
  try {
    const { store, format, identity } = JSON.parse(text) as Record<string, unknown>;
    if (store !== 'everfold' || !Number.isSafeInteger(format) || (format as number) < 1)
      return undefined;
    return {
      format: format as number,
      identity: typeof identity === 'string' ? identity : undefined,
    };
  } catch {
    return undefined;
  }
}

/** What may lie in a folder that is to become a store: what keeps it in version control, and what a file system puts there. */
const HARMLESS = new Set([MARKER, 'lost+found', '.gitkeep', '.gitignore', '.keep', '.DS_Store']);

/**
 * Makes a folder a store. Several processes may begin at once: the marker appears whole, and once.
 *
 * @throws {@link NotAStoreError} when the folder holds something else; nothing is changed.
 */
export async function createMarker(path: string): Promise<Marker> {
  const foreign = (await readdir(path)).find(
    (name) => !HARMLESS.has(name) && !name.startsWith(`.${MARKER}.`),
  );
  if (foreign !== undefined) {
    const marker = await readMarker(path);
    if (marker !== undefined) return marker;
    throw new NotAStoreError(
      `'${path}' is no store, and not empty ('${foreign}'): name an empty folder. Nothing was changed.`,
    );
  }
  await withDraft(path, {}, (draft) =>
    link(draft, join(path, MARKER)).catch((error: unknown) => {
      if (!isSystemError(error) || error.code !== 'EEXIST') throw error;
    }),
  );
  return { identity: undefined };
}

/**
 * Says in the marker which log lies beside it. The log must be on disk, and its file in the folder. Whoever finds no identity
 * in the marker may do this, at once with others: they write the same.
 */
export async function nameIdentity(path: string, identity: string): Promise<void> {
  try {
    await withDraft(path, { identity }, (draft) => rename(draft, join(path, MARKER)));
  } catch (error) {
    // A full disk or a folder that may not be written keeps nobody from reading: whoever opens next tries again.
    if (!isSystemError(error)) throw error;
  }
}

async function withDraft(
  path: string,
  more: Partial<Marker>,
  place: (draft: string) => Promise<void>,
): Promise<void> {
  const draft = join(path, `.${MARKER}.${randomUUID()}`);
  try {
    const text = JSON.stringify({ store: 'everfold', format: FORMAT, ...more });
    await writeDurably(draft, `${text}\n`);
    await place(draft);
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(path);
}

/** Writes a new file, and syncs it. */
export async function writeDurably(file: string, text: string | Buffer): Promise<void> {
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
export function isSystemError(
  error: unknown,
): error is NodeJS.ErrnoException & { readonly code: string } {
  return typeof error === 'object' && error !== null && 'errno' in error && 'code' in error;
}
