import { createHash } from 'node:crypto';
import {
  compareDocuments,
  type DocumentQuery,
  evaluateQuery,
  matchesConditions,
  type Position,
  type StoredDocument,
} from '@everfold/core';
import type { Collection } from 'mongodb';
import type { Connection } from './connection.js';
import { fromMongo, isPlainField, type MongoDocument } from './document-form.js';
import { onceMore } from './once-more.js';
import { filterOf, isAskable, sortOf } from './query.js';

/** As many ids as a command may name, so that it stays far below the largest message. */
const IDS_A_COMMAND = 10_000;
const PURGED_AT_ONCE = 1_000;
/** Of a database's and a collection's name together, on any server, with the dot between them and room for the names of indexes. */
const MOST_NAMESPACE_BYTES = 90;
const DROP_ATTEMPTS = 10;

/** What is known of a collection. */
interface Declared {
  readonly _id: string;
  readonly indexes: readonly (readonly string[])[];
}

/** The collections of read models, one for each generation. */
export class MongoCollections {
  readonly #connection: Connection;
  readonly #name: string;
  /** The fields of declared indexes: they never change while a collection is there. */
  readonly #indexed = new Map<string, readonly string[]>();

  /** @param name - The collection that says which indexes were declared. */
  constructor(connection: Connection, name: string) {
    this.#connection = connection;
    this.#name = name;
  }

  of(name: string): Collection<MongoDocument> {
    return this.#connection.collection<MongoDocument>(this.#placeOf(name));
  }

  /** Names that servers have no room for, or keep for themselves, are told apart by a hash. */
  #placeOf(name: string): string {
    const room = MOST_NAMESPACE_BYTES - Buffer.byteLength(this.#connection.database.databaseName);
    if (name.length <= room && !/^(?:system|everfold)\./.test(name)) return name;
    const hash = createHash('sha256').update(name).digest('hex').slice(0, 24);
    return `model-${name.slice(0, Math.max(0, room - 32))}-${hash}`;
  }

  /** The fields by which documents of a collection are found. */
  async indexedOf(name: string): Promise<readonly string[]> {
    const known = this.#indexed.get(name);
    if (known !== undefined) return known;
    const declared = await this.#connection.collection<Declared>(this.#name).findOne({ _id: name });
    const fields = [...new Set((declared?.indexes ?? []).flat())];
    if (declared !== null) this.#indexed.set(name, fields);
    return fields;
  }

  async create(name: string, indexes: readonly (readonly string[])[]): Promise<void> {
    const declared = this.#connection.collection<Declared>(this.#name);
    const added = indexes.map((fields) => [...fields]);
    const update = { $addToSet: { indexes: { $each: added } } };
    await onceMore(() => declared.updateOne({ _id: name }, update, { upsert: true }));
    this.#indexed.delete(name);
    const specifications = indexes
      .filter((fields) => fields.every(isPlainField))
      .map((fields) => ({
        key: new Map<string, 1>([...fields.map((field) => [field, 1] as const), ['_id', 1]]),
      }));
    const removed = { key: new Map([['_everfold.removed', 1 as const]]), sparse: true };
    await this.of(name).createIndexes([removed, ...specifications]);
  }

  async drop(name: string): Promise<void> {
    this.#indexed.delete(name);
    for (let attempt = 1; ; attempt += 1)
      try {
        await this.of(name).drop();
        break;
      } catch (error) {
        // Not there, or being dropped by somebody else just now.
        if (!(await this.#isThere(name))) break;
        if (attempt === DROP_ATTEMPTS) throw error;
      }
    await this.#connection.collection<Declared>(this.#name).deleteOne({ _id: name });
  }

  async load(name: string, ids: readonly string[]): Promise<ReadonlyMap<string, StoredDocument>> {
    const loaded = new Map<string, StoredDocument>();
    for (let from = 0; from < ids.length; from += IDS_A_COMMAND) {
      const some = ids.slice(from, from + IDS_A_COMMAND);
      // At once: a server hands out the first 101 where nobody says otherwise.
      const all = { limit: some.length, batchSize: some.length };
      for await (const found of this.of(name).find({ _id: { $in: some } }, all))
        loaded.set(found._id, fromMongo(found));
    }
    return loaded;
  }

  async find(name: string, query: DocumentQuery): Promise<readonly StoredDocument[]> {
    const { where, orderBy, limit } = query;
    if (!isAskable(query)) return await this.#lookThrough(name, query);
    const found = new Map<string, StoredDocument>();
    const cursor = this.of(name).find(filterOf(query)).sort(sortOf(orderBy)).limit(limit);
    // A document that is changed while a cursor moves may be met twice.
    for await (const document of cursor) found.set(document._id, fromMongo(document));
    // And not every server hands out what it has looked at.
    const documents = [...found.values()].filter(
      ({ document }) => document !== undefined && matchesConditions(document, where),
    );
    return orderBy.length === 0 ? documents : documents.sort(compareDocuments(orderBy));
  }

  async purge(name: string, before: Position): Promise<number> {
    const markers = { '_everfold.removed': { $lte: before }, '_everfold.parkedSince': null };
    let purged = 0;
    for (;;) {
      const some = await this.of(name)
        .find(markers, { projection: { _id: 1 } })
        .limit(PURGED_AT_ONCE)
        .toArray();
      if (some.length === 0) return purged;
      // Conditions again: a document may have been made of the marker meanwhile.
      const ids = some.map(({ _id }) => _id);
      const { deletedCount } = await this.of(name).deleteMany({ _id: { $in: ids }, ...markers });
      purged += deletedCount;
    }
  }

  async #isThere(name: string): Promise<boolean> {
    const place = this.#placeOf(name);
    // Not every server heeds the filter.
    const found = this.#connection.database.listCollections({ name: place }, { nameOnly: true });
    return (await found.toArray()).some((collection) => collection.name === place);
  }

  /** For fields whose names the server would take for something else. */
  async #lookThrough(name: string, query: DocumentQuery): Promise<readonly StoredDocument[]> {
    const all: StoredDocument[] = [];
    for await (const document of this.of(name).find()) all.push(fromMongo(document));
    return evaluateQuery(all, query);
  }
}
