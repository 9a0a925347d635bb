import { join } from 'node:path';
import { StoreUnavailableError } from '@everfold/core';
import { open, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';

/** The one database of a store: binary keys and values, and a version beside each value. */
export type Database = RootDatabase<Buffer, Buffer>;

/** Address space, not memory: the file grows as it is written, and the map never moves. */
const MAP_BYTES = 2 ** 40;

const READERS = 1_024;

/** The file that LMDB keeps its pages in. */
export function dataFile(folder: string): string {
  return join(folder, 'data.mdb');
}

/** How {@link openDatabase} opens. */
export interface DatabaseOptions {
  /** Default `false`. */
  readonly readOnly?: boolean | undefined;
}

/**
 * Opens the LMDB environment of a folder with the settings that durability asks for:
 * a commit is on disk before it is visible (`overlappingSync: false`), and it starts at once, not at the end of the turn
 * (`eventTurnBatching: false`), which also keeps its errors in our hands.
 *
 * @throws {@link StoreUnavailableError} when LMDB refuses.
 */
export function openDatabase(folder: string, options: DatabaseOptions = {}): Database {
  try {
    const settings: RootDatabaseOptionsWithPath & { txnStartThreshold: number } = {
      path: folder,
      noSubdir: false,
      keyEncoding: 'binary',
      encoding: 'binary',
      useVersions: true,
      overlappingSync: false,
      eventTurnBatching: false,
      txnStartThreshold: 1,
      mapSize: MAP_BYTES,
      maxReaders: READERS,
      readOnly: options.readOnly ?? false,
    };
    return open<Buffer, Buffer>(settings);
  } catch (cause) {
    throw new StoreUnavailableError(`LMDB cannot open '${folder}': ${String(cause)}.`, { cause });
  }
}

/** The value of an entry without copying it: valid until anything else is read. */
export function readVolatile(database: Database, key: Buffer): Buffer | undefined {
  const bytes = database.getBinaryFast(key);
  return bytes === undefined
    ? undefined
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/**
 * An entry with its version.
 *
 * `getLastVersion` of lmdb would save a copy, but where a process has loaded lmdb as an ES module and as CommonJS, the
 * CommonJS one fails.
 */
export function readEntry(
  database: Database,
  key: Buffer,
): { readonly bytes: Buffer; readonly version: number } | undefined {
  const entry = database.getEntry(key);
  return entry?.version === undefined ? undefined : { bytes: entry.value, version: entry.version };
}

/** The version of an entry; `undefined` where there is none. */
export function readVersion(database: Database, key: Buffer): number | undefined {
  return database.getEntry(key)?.version;
}
