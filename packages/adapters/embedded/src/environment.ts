import { join } from 'node:path';
import { openAsClass, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';

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
 * It does not take the write lock, which another process may hold for as long as it is stopped.
 *
 * @throws What LMDB throws when it refuses; then nothing is left open.
 */
export function openDatabase(folder: string, options: DatabaseOptions = {}): Database {
  const settings: RootDatabaseOptionsWithPath & { txnStartThreshold: number; isRoot: true } = {
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
    isRoot: true,
  };
  const Opened = openAsClass<Buffer, Buffer>({ ...settings }) as unknown as DatabaseConstructor;
  return construct(Opened, settings);
}

/** What lmdb calls on itself while it opens, beside what it declares. */
interface Opening extends Database {
  ensureReadTxn(): void;
  isRoot: boolean;
}

/** What `openAsClass` of lmdb returns; its own type has no constructor. */
type DatabaseConstructor = new (name: null, settings: RootDatabaseOptionsWithPath) => Opening;

/**
 * lmdb opens even the unnamed database, which is always there, within a write transaction, and waits for the lock on the
 * thread of the event loop. A read transaction serves as well: it is what lmdb itself takes when it opens for reading only.
 */
function construct(Opened: DatabaseConstructor, settings: RootDatabaseOptionsWithPath): Database {
  let opening: Opening | undefined;
  class WithoutLock extends Opened {
    override ensureReadTxn(): void {
      opening = this;
      super.ensureReadTxn();
    }
    override transactionSync<T>(action: () => T): T {
      this.resetReadTxn();
      this.ensureReadTxn();
      return action();
    }
  }
  try {
    return new WithoutLock(null, settings);
  } catch (error) {
    // An environment that is left open keeps the lock file from being made anew, in every process.
    if (opening !== undefined) {
      opening.isRoot = true;
      void opening.close();
    }
    throw error;
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
