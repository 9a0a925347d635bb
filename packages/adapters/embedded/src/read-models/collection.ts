import { damaged, sealed, unsealed } from '../checksum.js';
import { type Database, readEntry } from '../environment.js';
import { collectionKey, ENTRY_PREFIX_BYTES, MAX_KEY_BYTES } from '../keys.js';
import { LEAST_TEXT_BYTES, textBytesFor } from './sort-key.js';

/** The most bytes of UTF-8 that the id of a document may have. */
export const MAX_ID_BYTES = 1_000;

/** What the values of one index entry may take of its key. */
export const MOST_VALUE_BYTES = MAX_KEY_BYTES - ENTRY_PREFIX_BYTES - MAX_ID_BYTES;

/** The most fields of one index: numbers of all of them fit into a key. */
const MAX_FIELDS = 64;
const MAX_INDEXES = 1_000;

/** A declared index. */
export interface CollectionIndex {
  readonly fields: readonly string[];
  /** Where the texts in its keys are cut. */
  readonly textBytes: number;
}

/** A collection as it was made. */
export interface Collection {
  /** Stands for the name in keys; no two collections have had the same. */
  readonly number: number;
  readonly indexes: readonly CollectionIndex[];
}

/** @throws TypeError when indexes are malformed. */
export function assertIndexes(indexes: readonly (readonly string[])[]): void {
  if (indexes.length > MAX_INDEXES)
    throw new TypeError(`${indexes.length} indexes are too many: ${MAX_INDEXES} at most.`);
  for (const fields of indexes)
    if (
      fields.length < 1 ||
      fields.length > MAX_FIELDS ||
      textBytesFor(fields.length, MOST_VALUE_BYTES) < LEAST_TEXT_BYTES
    )
      throw new TypeError(`An index has 1–${MAX_FIELDS} fields, not ${fields.length}.`);
}

/** A collection as it is stored; its number is the version of the entry. */
export function encodeCollection(
  name: string,
  number: number,
  indexes: readonly (readonly string[])[],
): Buffer {
  return sealed(Buffer.from(JSON.stringify({ name, number, indexes })));
}

/**
 * The collection of a name; `undefined` where there is none.
 *
 * @throws {@link StoreCorruptedError} when its definition is damaged.
 */
export function readCollection(database: Database, name: string): Collection | undefined {
  const entry = readEntry(database, collectionKey(name));
  return entry === undefined ? undefined : decodeCollection(entry.bytes, entry.version, name);
}

/** @throws {@link StoreCorruptedError} when a definition is damaged. */
export function decodeCollection(bytes: Buffer, version: number, name: string): Collection {
  const what = `the definition of collection '${name}'`;
  const stored = JSON.parse(unsealed(bytes, what).toString()) as {
    readonly name: string;
    readonly number: number;
    readonly indexes: readonly (readonly string[])[];
  };
  const { number, indexes } = stored;
  if (number !== version || stored.name !== name) throw damaged(what);
  return {
    number,
    indexes: indexes.map((fields) => ({
      fields,
      textBytes: textBytesFor(fields.length, MOST_VALUE_BYTES),
    })),
  };
}
