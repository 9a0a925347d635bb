import { StoreCorruptedError } from '@everfold/core';
import { isSealed } from '../checksum.js';
import { type Database, readEntry, readVersion, readVolatile } from '../environment.js';
import {
  beginningOf,
  collectionOfKey,
  DOCUMENT_PREFIX_BYTES,
  documentPrefix,
  ENTRY_PREFIX_BYTES,
  endOf,
  entryPrefix,
  indexOfEntryKey,
  NEWEST_COLLECTION_KEY,
  nameOfKey,
} from '../keys.js';
import { type Collection, decodeCollection } from '../read-models/collection.js';
import {
  DOCUMENT_VERSION,
  isDocumentSealed,
  valuesByIndex,
  valuesIn,
} from '../read-models/document-entry.js';
import { decodeRecord } from '../read-models/records.js';
import { endOfScalar } from '../read-models/sort-key.js';
import type { VerifyProblem } from './verify-folder.js';

interface StoredEntry {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly version: number | undefined;
}

/** Checks what is stored of read models: their checksums, and documents and index entries against each other. */
export class ReadModelCheck {
  readonly #database: Database;
  readonly #report: (problem: VerifyProblem) => void;
  /** By number; those that are being removed have no definition any more. */
  readonly #collections = new Map<number, Collection | 'dropped'>();
  /** Documents that were read. */
  documents = 0;

  constructor(database: Database, report: (problem: VerifyProblem) => void) {
    this.#database = database;
    this.#report = report;
  }

  run(): void {
    this.#checkCollections();
    for (const { key, value, version = 0 } of this.#entries('record'))
      this.#tolerate('record', () => {
        decodeRecord(nameOfKey(key), value, version);
        if (!this.#isFound(key, value))
          this.#problem('record', `a search for record '${nameOfKey(key)}' does not find it`);
      });
    for (const entry of this.#entries('document')) this.#checkDocument(entry);
    for (const { key, version } of this.#entries('entry')) this.#checkEntry(key, version);
  }

  #checkCollections(): void {
    const newest = readEntry(this.#database, NEWEST_COLLECTION_KEY);
    if (newest !== undefined && !isSealed(newest.bytes))
      this.#problem('record', 'the number of the newest collection is damaged');
    for (const { key, value, version = 0 } of this.#entries('collection'))
      this.#tolerate('record', () => {
        const collection = decodeCollection(value, version, nameOfKey(key));
        this.#collections.set(collection.number, collection);
      });
    for (const { key } of this.#entries('dropped'))
      this.#collections.set(collectionOfKey(key), 'dropped');
  }

  #checkDocument({ key, value, version }: StoredEntry): void {
    const id = key.toString('utf8', DOCUMENT_PREFIX_BYTES);
    const collection = this.#collections.get(collectionOfKey(key));
    this.documents += 1;
    if (collection === 'dropped') return;
    if (collection === undefined)
      this.#problem('document', `document '${id}' belongs to no collection`);
    else if (version !== DOCUMENT_VERSION || !isDocumentSealed(key, value))
      this.#problem('document', `document '${id}' is damaged`);
    else if (!this.#isFound(key, value))
      this.#problem('document', `a search for document '${id}' does not find it`);
    else this.#checkIndexed(id, collection, value);
  }

  #checkIndexed(id: string, { number }: Collection, value: Buffer): void {
    const byIndex = [...valuesByIndex(valuesIn(value))];
    for (const [index, values] of byIndex.entries()) {
      const key = Buffer.concat([entryPrefix(number, index), values, Buffer.from(id)]);
      if (readVersion(this.#database, key) !== DOCUMENT_VERSION)
        this.#problem('document', `document '${id}' is missing in an index of its collection`);
    }
  }

  #checkEntry(key: Buffer, version: number | undefined): void {
    const number = collectionOfKey(key);
    const collection = this.#collections.get(number);
    if (collection === 'dropped') return;
    const index = indexOfEntryKey(key);
    const declared = collection?.indexes[index];
    let end = ENTRY_PREFIX_BYTES;
    for (const _ of declared?.fields ?? []) end = endOfScalar(key, end, declared?.textBytes ?? 0);
    const id = key.subarray(end);
    const documentKey = Buffer.concat([documentPrefix(number), id]);
    const value = readVolatile(this.#database, documentKey);
    // A damaged one was reported already.
    if (value !== undefined && !isDocumentSealed(documentKey, value)) return;
    const values = value === undefined ? [] : [...valuesByIndex(valuesIn(value))];
    const isRight = values[index]?.equals(key.subarray(ENTRY_PREFIX_BYTES, end)) === true;
    if (declared === undefined || version !== DOCUMENT_VERSION || !isRight)
      this.#problem('document', `an index entry of document '${id.toString()}' does not fit it`);
  }

  /** Readers search for it: a changed key on the way to it leads them astray. */
  #isFound(key: Buffer, value: Buffer): boolean {
    return readVolatile(this.#database, key)?.equals(value) === true;
  }

  #tolerate(what: VerifyProblem['what'], check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#problem(what, error instanceof StoreCorruptedError ? error.message : String(error));
    }
  }

  #problem(what: VerifyProblem['what'], detail: string): void {
    this.#report({ what, position: undefined, detail });
  }

  /** The entries of a kind, in order; a damaged tree that goes round in a circle ends them. */
  *#entries(
    kind: 'collection' | 'dropped' | 'record' | 'document' | 'entry',
  ): Generator<StoredEntry, void> {
    let before = Buffer.alloc(0);
    const range = this.#database.getRange({
      start: beginningOf(kind),
      end: endOf(kind),
      versions: true,
    });
    for (const { key, value, version } of range) {
      if (Buffer.compare(before, key) >= 0) break;
      before = Buffer.from(key);
      yield { key: before, value, version };
    }
  }
}
