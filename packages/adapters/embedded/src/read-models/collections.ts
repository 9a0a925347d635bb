import { assertCollectionName } from '@everfold/core';
import { damaged, sealed, unsealed } from '../checksum.js';
import { type Database, readEntry, readVersion } from '../environment.js';
import {
  beginningOf,
  collectionKey,
  collectionOfKey,
  documentPrefix,
  droppedKey,
  endOf,
  entryPrefix,
  NEWEST_COLLECTION_KEY,
} from '../keys.js';
import { Turns } from '../turns.js';
import { assertIndexes, type Collection, encodeCollection, readCollection } from './collection.js';
import { type Commits, issueIf } from './commits.js';

/** How much one commit removes: others share the write lock, and must not wait long for it. */
const KEYS_A_COMMIT = 1_000;

/** Makes collections and removes them. */
export class Collections {
  readonly #commits: Commits;

  constructor(commits: Commits) {
    this.#commits = commits;
  }

  /** A collection as it stands in what is read now; `undefined` where there is none. */
  find(name: string): Collection | undefined {
    return readCollection(this.#commits.database, name);
  }

  /** Makes a collection, once, whoever comes first. */
  async create(name: string, indexes: readonly (readonly string[])[]): Promise<void> {
    assertCollectionName(name);
    assertIndexes(indexes);
    const key = collectionKey(name);
    await this.#commits.untilDone(async () => {
      const database = this.#commits.refresh();
      if (readVersion(database, key) !== undefined) return true;
      const newest = readNewest(database);
      const number = (newest ?? 0) + 1;
      const definition = encodeCollection(name, number, indexes);
      const conditions = [
        { key: NEWEST_COLLECTION_KEY, version: newest },
        { key, version: undefined },
      ];
      await this.#commits.commit(name, [definition.length, 8], () =>
        issueIf(database, conditions, [
          {
            key: NEWEST_COLLECTION_KEY,
            value: sealed(Buffer.from(String(number))),
            version: number,
          },
          { key, value: definition, version: number },
        ]),
      );
      return readVersion(database, key) === undefined ? undefined : true;
    });
  }

  /**
   * Removes a collection: its name at once, in one commit with a note of what is left to be removed, then its documents and entries
   * in small commits. What an earlier call left behind is removed too.
   */
  async drop(name: string): Promise<void> {
    const key = collectionKey(name);
    await this.#commits.untilDone(async () => {
      const database = this.#commits.refresh();
      const number = readVersion(database, key);
      if (number === undefined) return true;
      await this.#commits.commit(name, [name.length, 0], () =>
        issueIf(
          database,
          [{ key, version: number }],
          [
            { key: droppedKey(number), value: sealed(Buffer.from(name)), version: number },
            { key, value: undefined, version: 0 },
          ],
        ),
      );
      return readVersion(database, key) === number ? undefined : true;
    });
    for (const number of this.#dropped()) await this.#clear(name, number);
  }

  #dropped(): readonly number[] {
    const range = this.#commits
      .refresh()
      .getKeys({ start: beginningOf('dropped'), end: endOf('dropped') });
    return [...range.map(collectionOfKey)];
  }

  async #clear(name: string, number: number): Promise<void> {
    await this.#clearRange(name, entryPrefix(number), entryPrefix(number + 1));
    await this.#clearRange(name, documentPrefix(number), documentPrefix(number + 1));
    await this.#remove(name, [droppedKey(number)]);
  }

  async #clearRange(name: string, start: Buffer, end: Buffer): Promise<void> {
    const turns = new Turns();
    for (;;) {
      const keys = [
        ...this.#commits
          .refresh()
          .getKeys({ start, end, limit: KEYS_A_COMMIT })
          .map((key) => Buffer.from(key)),
      ];
      if (keys.length === 0) return;
      await this.#remove(name, keys);
      await turns.next();
    }
  }

  async #remove(name: string, keys: readonly Buffer[]): Promise<void> {
    const sizes = keys.map(() => 0);
    await this.#commits.commit(name, sizes, () => {
      const { database } = this.#commits;
      return database.batch(() => {
        for (const key of keys) void database.remove(key);
      });
    });
  }
}

/** The number of the newest collection; `undefined` where there has been none. */
function readNewest(database: Database): number | undefined {
  const entry = readEntry(database, NEWEST_COLLECTION_KEY);
  if (entry === undefined) return undefined;
  const what = 'the number of the newest collection';
  if (unsealed(entry.bytes, what).toString() !== String(entry.version)) throw damaged(what);
  return entry.version;
}
