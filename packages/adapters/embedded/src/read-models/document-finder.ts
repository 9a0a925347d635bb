import { type DocumentQuery, evaluateQuery, type StoredDocument } from '@everfold/core';
import { type Database, readVolatile } from '../environment.js';
import { documentPrefix, ENTRY_PREFIX_BYTES } from '../keys.js';
import { Turns } from '../turns.js';
import type { Collection } from './collection.js';
import type { Collections } from './collections.js';
import type { Commits } from './commits.js';
import { decodeEntry, isDocumentSealed, valuesByIndex, valuesIn } from './document-entry.js';
import { planQuery, type QueryPlan, successor } from './query-plan.js';
import { endOfScalar } from './sort-key.js';

/** How many keys are read at once, at most: few documents are looked at for a short page. */
const MOST_KEYS = 512;

/** How many documents of one group are kept before all but the first are let go. */
const LEAST_KEPT = 1_000;

/** Finds the documents that queries ask for. */
export class DocumentFinder {
  readonly #commits: Commits;
  readonly #collections: Collections;

  constructor(commits: Commits, collections: Collections) {
    this.#commits = commits;
    this.#collections = collections;
  }

  /** Others get a turn now and then: what is written meanwhile may be found or not. */
  async find(name: string, query: DocumentQuery): Promise<readonly StoredDocument[]> {
    const database = this.#commits.refresh();
    const collection = this.#collections.find(name);
    if (collection === undefined) return [];
    const turns = new Turns();
    const walk = new Walk(database, collection, query);
    while (walk.step() === 'more')
      if (turns.isOver()) {
        await turns.next();
        this.#commits.refresh();
      }
    return walk.found;
  }
}

/** A walk over the keys of a plan, in steps. */
class Walk {
  readonly #database: Database;
  readonly #collection: Collection;
  readonly #plan: QueryPlan;
  readonly #found: Findings;
  #start: Buffer;
  #end: Buffer;
  #keys: number;
  #group: Buffer = Buffer.alloc(0);

  constructor(database: Database, collection: Collection, query: DocumentQuery) {
    this.#database = database;
    this.#collection = collection;
    this.#plan = planQuery(collection, query);
    this.#found = new Findings(query);
    this.#start = this.#plan.start;
    this.#end = this.#plan.end;
    this.#keys = Math.min(MOST_KEYS, query.limit + 1);
  }

  get found(): readonly StoredDocument[] {
    return this.#found.documents;
  }

  /** Reads some keys and their documents. */
  step(): 'more' | 'end' {
    let last: Buffer | undefined;
    for (const key of this.#nextKeys()) {
      last = Buffer.from(key.buffer, key.byteOffset, key.length);
      this.#visit(last);
      if (this.#found.isComplete) return 'end';
    }
    if (last === undefined) {
      this.#found.endGroup();
      return 'end';
    }
    if (this.#plan.reverse) this.#end = last;
    else this.#start = successor(last);
    return 'more';
  }

  #nextKeys(): Iterable<Uint8Array> {
    if (Buffer.compare(this.#start, this.#end) >= 0) return [];
    const limit = this.#keys;
    this.#keys = MOST_KEYS;
    const [start, end] = [this.#start, this.#end];
    if (!this.#plan.reverse) return this.#database.getKeys({ start, end, limit });
    const downwards = { start: end, end: start, reverse: true, limit };
    return this.#database.getKeys({ ...downwards, exclusiveStart: true, inclusiveEnd: true });
  }

  #visit(key: Buffer): void {
    const { end, isOrdered } = this.#plan.groupOf(key);
    const group = key.subarray(0, end);
    if (isOrdered || !this.#group.equals(group)) {
      this.#found.endGroup();
      if (this.#found.isComplete) return;
      this.#group = group;
    }
    const document = this.#read(key);
    if (document !== undefined) this.#found.add(document);
  }

  #read(key: Buffer): StoredDocument | undefined {
    const { index } = this.#plan;
    return index === undefined ? this.#readDocument(key) : this.#readIndexed(key, index);
  }

  #readDocument(key: Buffer): StoredDocument | undefined {
    const value = readVolatile(this.#database, key);
    return value === undefined ? undefined : decodeEntry(key, value);
  }

  /** The document that an entry leads to, if that says the same of itself: an entry may be older than what is read now. */
  #readIndexed(entry: Buffer, index: number): StoredDocument | undefined {
    const { number, indexes } = this.#collection;
    const { fields = [], textBytes = 0 } = indexes[index] ?? {};
    let end = ENTRY_PREFIX_BYTES;
    for (let field = 0; field < fields.length; field += 1) end = endOfScalar(entry, end, textBytes);
    const key = Buffer.concat([documentPrefix(number), entry.subarray(end)]);
    const value = readVolatile(this.#database, key);
    if (value === undefined) return undefined;
    if (isDocumentSealed(key, value)) {
      const [values] = [...valuesByIndex(valuesIn(value))].slice(index);
      if (values?.equals(entry.subarray(ENTRY_PREFIX_BYTES, end)) !== true) return undefined;
    }
    return decodeEntry(key, value);
  }
}

/** What was found: the documents of groups that are complete, and of the one that is walked over. */
class Findings {
  readonly #query: DocumentQuery;
  readonly #ids = new Set<string>();
  #group = new Map<string, StoredDocument>();
  readonly documents: StoredDocument[] = [];

  constructor(query: DocumentQuery) {
    this.#query = query;
  }

  get isComplete(): boolean {
    return this.#wanted === 0;
  }

  get #wanted(): number {
    return this.#query.limit - this.documents.length;
  }

  /** A document whose values change during a walk may be met twice: the first time counts, or within a group the last. */
  add(stored: StoredDocument): void {
    if (this.#ids.has(stored.id)) return;
    this.#group.set(stored.id, stored);
    if (this.#group.size >= Math.max(LEAST_KEPT, 2 * this.#wanted)) {
      const kept = this.#first();
      this.#group = new Map(kept.map((one) => [one.id, one]));
    }
  }

  endGroup(): void {
    if (this.#group.size === 0) return;
    for (const stored of this.#first()) {
      this.documents.push(stored);
      this.#ids.add(stored.id);
    }
    this.#group.clear();
  }

  #first(): readonly StoredDocument[] {
    return evaluateQuery(this.#group.values(), { ...this.#query, limit: this.#wanted });
  }
}
