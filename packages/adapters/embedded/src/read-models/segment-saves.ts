import {
  type DocumentWrite,
  type NonEmpty,
  type SaveOutcome,
  type SegmentSave,
  StoreUnavailableError,
} from '@everfold/core';
import { damaged } from '../checksum.js';
import { type Database, readVersion, readVolatile } from '../environment.js';
import { collectionKey, DOCUMENT_PREFIX_BYTES, entryPrefix, recordKey } from '../keys.js';
import type { Collection } from './collection.js';
import type { Collections } from './collections.js';
import { type Commits, type EntryCondition, type EntryWrite, issueIf } from './commits.js';
import { DocumentEncoder } from './document-encoder.js';
import {
  DOCUMENT_VERSION,
  haveSameValues,
  isDocumentSealed,
  valuesByIndex,
  valuesIn,
} from './document-entry.js';
import { assertRecordKey, encodeRecord, recordText } from './records.js';

/** How many records one save may guard against others that write them at once: each is a condition within another one. */
const GUARDED_RECORDS = 500;

/** What an entry of an index takes beside its key. */
const ENTRY_BYTES = 64;

const NOTHING = Buffer.alloc(0);

/** A collection that is written to. */
interface Target {
  readonly name: string;
  readonly collection: Collection;
}

/** What a segment has come to, as bytes. */
interface EncodedPart {
  readonly target: Target | undefined;
  readonly documents: readonly EntryWrite[];
  readonly put: readonly { readonly key: Buffer; readonly text: string }[];
  readonly remove: readonly Buffer[];
  readonly segment: { readonly key: Buffer; readonly version: number; readonly value: Buffer };
  readonly sizes: readonly number[];
}

/** Writes what segments have come to: all of a save in one commit, each part of it under a condition of its own. */
export class SegmentSaves {
  readonly #commits: Commits;
  readonly #collections: Collections;

  constructor(commits: Commits, collections: Collections) {
    this.#commits = commits;
    this.#collections = collections;
  }

  async save(parts: NonEmpty<SegmentSave>): Promise<readonly SaveOutcome[]> {
    const encoded = this.#encodeAll(parts) ?? (await this.#encodeWithCollections(parts));
    const outcomes = encoded.map((): SaveOutcome | undefined => undefined);
    await this.#commits.untilDone(async () => {
      const open = encoded.filter((_, at) => outcomes[at] === undefined);
      const found = await this.#commit(open);
      for (const [at, part] of encoded.entries()) outcomes[at] ??= found.get(part);
      return outcomes.includes(undefined) ? undefined : true;
    });
    return outcomes.filter((outcome) => outcome !== undefined);
  }

  /** Before anything else runs: the caller may change what it handed in. `undefined` where a collection is missing. */
  #encodeAll(parts: readonly SegmentSave[]): readonly EncodedPart[] | undefined {
    this.#commits.refresh();
    const targets = parts.map(({ collection }) => this.#target(collection));
    if (targets.includes('missing')) return undefined;
    return parts.map((part, at) => encodePart(part, targets[at] as Target | undefined));
  }

  #target(name: string | undefined): Target | 'missing' | undefined {
    if (name === undefined) return undefined;
    const collection = this.#collections.find(name);
    return collection === undefined ? 'missing' : { name, collection };
  }

  /** A collection that is not there is made, without indexes. */
  async #encodeWithCollections(given: readonly SegmentSave[]): Promise<readonly EncodedPart[]> {
    const parts = structuredClone(given);
    return this.#commits.untilDone(async () => {
      for (const { collection } of parts)
        if (collection !== undefined) await this.#collections.create(collection, []);
      return this.#encodeAll(parts);
    });
  }

  /** Commits parts; those that are missing in what it returns are to be tried again. */
  async #commit(parts: readonly EncodedPart[]): Promise<ReadonlyMap<EncodedPart, SaveOutcome>> {
    const { database } = this.#commits;
    const outcomes = new Map<EncodedPart, SaveOutcome>();
    const sizes = parts.flatMap((part) => part.sizes);
    const issued = await this.#commits.commit('the read models', sizes, () =>
      issueParts(database, parts),
    );
    for (const [at, held] of issued.entries()) {
      const part = parts[at];
      const outcome = part && outcomeOf(database, part, held);
      if (part !== undefined && outcome !== undefined) outcomes.set(part, outcome);
    }
    return outcomes;
  }
}

function encodePart(part: SegmentSave, target: Target | undefined): EncodedPart {
  const { key, version, value } = part.segment;
  const put = part.put.map((record) => ({
    key: checkedKey(record.key),
    text: recordText(record.key, record.value),
  }));
  const segment = {
    key: checkedKey(key),
    version,
    value: encodeRecord(recordText(key, value), version + 1),
  };
  const documents = target === undefined ? [] : encodeDocuments(part.documents, target);
  const entries = 2 * (target?.collection.indexes.length ?? 0);
  const sizes = [segment.value.length, ...put.map((record) => 3 * record.text.length)];
  for (const { value: bytes } of documents) {
    sizes.push(bytes?.length ?? 0);
    for (let entry = 0; entry < entries; entry += 1) sizes.push(ENTRY_BYTES);
  }
  return { target, documents, put, remove: part.remove.map(checkedKey), segment, sizes };
}

function encodeDocuments(
  documents: readonly DocumentWrite[],
  { collection }: Target,
): readonly EntryWrite[] {
  const encoder = new DocumentEncoder(collection);
  return documents.map((document) => encoder.encode(document));
}

function checkedKey(key: string): Buffer {
  assertRecordKey(key);
  return recordKey(key);
}

/** Hands parts to LMDB as one commit. @returns Of each part which conditions held; nothing of one that is fenced already. */
function issueParts(
  database: Database,
  parts: readonly EncodedPart[],
): Promise<readonly (readonly boolean[])[]> {
  const ready = parts.map((part) => readyPart(database, part));
  const issued: Promise<readonly boolean[]>[] = [];
  const whole = database.batch(() => {
    for (const part of ready)
      issued.push(part === undefined ? FENCED : issueIf(database, part.conditions, part.writes));
  });
  return Promise.all([Promise.all(issued), whole]).then(([outcomes]) => outcomes);
}

const FENCED: Promise<readonly boolean[]> = Promise.resolve([false]);

/**
 * Finds out what a part writes beside its documents: nobody else writes a segment's documents while its record stands, so that what is
 * read here holds if the commit's conditions do. `undefined` when the segment has another owner.
 */
function readyPart(
  database: Database,
  { target, documents, put, remove, segment }: EncodedPart,
): { conditions: readonly EntryCondition[]; writes: readonly EntryWrite[] } | undefined {
  if (readVersion(database, segment.key) !== segment.version) return undefined;
  const conditions: EntryCondition[] = [segment];
  const writes: EntryWrite[] = [];
  if (target !== undefined)
    conditions.push({ key: collectionKey(target.name), version: target.collection.number });
  for (const { key, text: value } of put) {
    const version = readVersion(database, key);
    if (conditions.length < GUARDED_RECORDS) conditions.push({ key, version });
    const next = (version ?? 0) + 1;
    writes.push({ key, value: encodeRecord(value, next), version: next });
  }
  if (target !== undefined) addEntries(writes, database, target.collection, documents);
  for (const document of documents) writes.push(document);
  for (const key of remove) writes.push({ key, value: undefined, version: 0 });
  writes.push({ ...segment, version: segment.version + 1 });
  return { conditions, writes };
}

/** Adds the index entries that come and go with documents. */
function addEntries(
  writes: EntryWrite[],
  database: Database,
  { number, indexes }: Collection,
  documents: readonly EntryWrite[],
): void {
  if (indexes.length === 0) return;
  const prefixes = indexes.map((_, index) => entryPrefix(number, index));
  for (const { key, value } of documents) {
    const old = readVolatile(database, key);
    if (old === value || (old !== undefined && value !== undefined && haveSameValues(value, old)))
      continue;
    const id = key.subarray(DOCUMENT_PREFIX_BYTES);
    const [gone, come] = [valuesOf(key, old), valuesOf(key, value)];
    for (const [index, prefix] of prefixes.entries())
      addEntry(writes, gone[index], come[index], (values) => Buffer.concat([prefix, values, id]));
  }
}

function addEntry(
  writes: EntryWrite[],
  old: Buffer | undefined,
  next: Buffer | undefined,
  keyOf: (values: Buffer) => Buffer,
): void {
  if (old !== undefined && next?.equals(old) === true) return;
  if (old !== undefined) writes.push({ key: keyOf(old), value: undefined, version: 0 });
  if (next !== undefined)
    writes.push({ key: keyOf(next), value: NOTHING, version: DOCUMENT_VERSION });
}

/** What each index holds of an entry. @throws {@link StoreCorruptedError} when it is damaged. */
function valuesOf(key: Buffer, value: Buffer | undefined): readonly Buffer[] {
  if (value === undefined) return [];
  if (isDocumentSealed(key, value)) return [...valuesByIndex(valuesIn(value))];
  throw damaged(`document '${key.toString('utf8', DOCUMENT_PREFIX_BYTES)}'`);
}

/** What became of a part; `undefined` when it is to be tried again. */
function outcomeOf(
  database: Database,
  { target, segment }: EncodedPart,
  held: readonly boolean[],
): SaveOutcome | undefined {
  const [isOwn, isCollectionThere] = held;
  if (isOwn !== true) return { kind: 'fenced' };
  if (target !== undefined && isCollectionThere !== true)
    throw new StoreUnavailableError(
      `Collection '${target.name}' was dropped while it was written to. Nothing was written to it.`,
    );
  if (held.includes(false) || readVersion(database, segment.key) === segment.version)
    return undefined;
  return { kind: 'saved', version: segment.version + 1 };
}
