import type { Json, StoredRecord } from '@everfold/core';
import type { AnyBulkWriteOperation, Collection } from 'mongodb';
import type { Connection } from './connection.js';
import { isDuplicate } from './failures.js';
import { onceMore } from './once-more.js';
import type { Within } from './within.js';

/** A record as MongoDB has it. */
export interface MongoRecord {
  readonly _id: string;
  readonly version: number;
  /** JSON: a value is given back as it was, whatever its keys are called. */
  readonly text: string;
  /** Which save wrote it. */
  readonly write?: string | undefined;
}

/** A segment's record as it is to stand behind a save. */
export interface SegmentWrite {
  readonly key: string;
  readonly version: number;
  readonly value: Json;
}

type Operation = AnyBulkWriteOperation<MongoRecord>;

/** The framework's own records, each written only where it stands at the version that its writer has read. */
export class MongoRecords {
  readonly #connection: Connection;
  readonly #name: string;

  constructor(connection: Connection, name: string) {
    this.#connection = connection;
    this.#name = name;
  }

  get #collection(): Collection<MongoRecord> {
    return this.#connection.collection(this.#name);
  }

  async read(key: string): Promise<StoredRecord | undefined> {
    const found = await this.#collection.findOne({ _id: key });
    return found === null ? undefined : recordOf(found);
  }

  async list(prefix: string): Promise<readonly StoredRecord[]> {
    const end = endOf(prefix);
    const range = end === undefined ? { $gte: prefix } : { $gte: prefix, $lt: end };
    const found = await this.#collection.find({ _id: range }).sort({ _id: 1 }).toArray();
    return found.filter(({ _id }) => _id.startsWith(prefix)).map(recordOf);
  }

  async write(key: string, value: Json, expected: number | undefined): Promise<number | undefined> {
    const text = JSON.stringify(value);
    if (expected === undefined) return await this.#insert({ _id: key, version: 1, text });
    const version = expected + 1;
    const { matchedCount } = await this.#collection.updateOne(
      { _id: key, version: expected },
      { $set: { version, text }, $unset: { write: 1 } },
    );
    return matchedCount === 1 ? version : undefined;
  }

  async remove(key: string, expected: number): Promise<boolean> {
    const { deletedCount } = await this.#collection.deleteOne({ _id: key, version: expected });
    return deletedCount === 1;
  }

  /** Writes records whatever stands there. */
  async put(
    records: readonly { readonly key: string; readonly value: Json }[],
    within: Within = {},
  ): Promise<void> {
    if (records.length === 0) return;
    const operations = records.map(({ key, value }): Operation => {
      const update = { $inc: { version: 1 }, $set: { text: JSON.stringify(value) } };
      return { updateOne: { filter: { _id: key }, update, upsert: true } };
    });
    const write = () => this.#collection.bulkWrite(operations, { ordered: true, ...within });
    // A transaction ends at its first error, and is repeated as a whole.
    await (within.session === undefined ? onceMore(write) : write());
  }

  /**
   * Removes records, and behind them writes segments' records, each only where it stands at its version.
   *
   * @param write - Which save writes them.
   * @returns Which of them were written, in their order.
   */
  async settle(
    remove: readonly string[],
    segments: readonly SegmentWrite[],
    write: string,
    within: Within = {},
  ): Promise<readonly boolean[]> {
    const operations = [
      ...(remove.length === 0 ? [] : [removalOf(remove)]),
      ...segments.map((segment, index) => updateOf(segment, `${write}/${index}`)),
    ];
    if (operations.length === 0) return [];
    const options = { ordered: true, ...within };
    const { matchedCount } = await this.#collection.bulkWrite(operations, options);
    if (matchedCount === segments.length) return segments.map(() => true);
    // Whose was it? A write that a driver has repeated finds its own work, and has matched nothing either.
    const keys = segments.map(({ key }) => key);
    const found = await this.#collection
      .find({ _id: { $in: keys } }, { projection: { write: 1 }, ...within })
      .toArray();
    const writers = new Set(found.map((record) => record.write));
    return segments.map((_, index) => writers.has(`${write}/${index}`));
  }

  async #insert(record: MongoRecord): Promise<number | undefined> {
    try {
      await this.#collection.insertOne(record);
      return record.version;
    } catch (error) {
      if (isDuplicate(error)) return undefined;
      throw error;
    }
  }
}

/** The first text behind all that begin with a prefix; `undefined` where there is none. */
function endOf(prefix: string): string | undefined {
  const points = [...prefix];
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    const next = (last.codePointAt(0) ?? 0) + 1;
    if (next > 0x10_ff_ff) continue;
    return points.join('') + String.fromCodePoint(next === 0xd800 ? 0xe000 : next);
  }
  return undefined;
}

function removalOf(keys: readonly string[]): Operation {
  return { deleteMany: { filter: { _id: { $in: [...keys] } } } };
}

function updateOf({ key, version, value }: SegmentWrite, write: string): Operation {
  const update = { $set: { version: version + 1, text: JSON.stringify(value), write } };
  return { updateOne: { filter: { _id: key, version }, update } };
}

function recordOf({ _id, version, text }: MongoRecord): StoredRecord {
  return { key: _id, version, value: JSON.parse(text) as Json };
}
