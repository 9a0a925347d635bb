import { randomInt } from 'node:crypto';
import type {
  DocumentQuery,
  ReadModelStore,
  StoredDocument,
} from '../../projection/read-model-store.js';
import { Patience } from '../patience.js';
import type { ReadModelHarness } from './harness.js';
import { Random } from './random.js';
import { Segment } from './segment.js';

const DEFAULT_PATIENCE_MS = 10_000;

/** What one test works with: a store, and a collection whose documents segments write. */
export class Fixture {
  /** The collection that {@link begin} makes. */
  readonly collection = 'things@1.1';
  readonly patience: Patience;
  readonly #others: ReadModelStore[] = [];

  constructor(
    public store: ReadModelStore,
    readonly harness: ReadModelHarness,
    /** Where a durable store keeps its data. */
    readonly folder: string,
  ) {
    this.patience = new Patience(harness.patienceMs ?? DEFAULT_PATIENCE_MS);
  }

  /** Makes the collection, and a segment that writes into it. */
  readonly begin = async (
    indexes: readonly (readonly string[])[] = [],
    collection = this.collection,
  ): Promise<Segment> => {
    await this.store.createCollection(collection, indexes);
    return this.segment(`segments/${collection}/00`, collection);
  };

  /** A segment, whose record is written. */
  readonly segment = async (key: string, collection?: string): Promise<Segment> => {
    const version = await this.store.writeRecord(key, { epoch: 1 }, undefined);
    if (version === undefined) throw new Error(`There is a record '${key}' already.`);
    return new Segment(this.store, { key, version, collection });
  };

  /** One document or marker of the collection. */
  readonly load = async (
    id: string,
    collection = this.collection,
  ): Promise<StoredDocument | undefined> =>
    (await this.store.loadDocuments(collection, [id])).get(id);

  /** What a query of the collection finds; whatever is not given is not asked for. */
  readonly find = (
    query: Partial<DocumentQuery> = {},
    collection = this.collection,
  ): Promise<readonly StoredDocument[]> =>
    this.store.findDocuments(collection, { where: [], orderBy: [], limit: 10_000, ...query });

  /** The ids of what a query finds. */
  readonly ids = async (
    query: Partial<DocumentQuery> = {},
    collection = this.collection,
  ): Promise<string[]> => (await this.find(query, collection)).map(({ id }) => id);

  /** The keys of the records that begin with a prefix. */
  readonly keys = async (prefix: string): Promise<string[]> =>
    (await this.store.listRecords(prefix)).map(({ key }) => key);

  /** Runs what is drawn at random; a failure names what it was drawn from. */
  readonly drawn = async (run: (random: Random) => Promise<void>): Promise<void> => {
    const seed = this.harness.seed ?? randomInt(2 ** 31);
    try {
      await run(new Random(seed));
    } catch (error) {
      throw new Error(`With the seed ${seed}: ${String(error)}`, { cause: error });
    }
  };

  /** Opens the data a second time. */
  readonly beside = async (): Promise<ReadModelStore> => {
    if (this.harness.beside === undefined) throw new TypeError('This harness has one store only.');
    const other = await this.harness.beside(this.store, this.folder);
    this.#others.push(other);
    return other;
  };

  /** The store, and another one on the same data where the harness has one: racers come from both. */
  readonly both = async (): Promise<readonly [ReadModelStore, ReadModelStore]> => [
    this.store,
    this.harness.beside === undefined ? this.store : await this.beside(),
  ];

  /** Closes the store and opens its data again. */
  readonly reopen = async (): Promise<ReadModelStore> => {
    await this.close();
    if (this.harness.reopen === undefined) throw new TypeError('This harness cannot reopen.');
    this.store = await this.harness.reopen(this.store, this.folder);
    return this.store;
  };

  readonly close = async (): Promise<void> => {
    await this.patience.for('closing the store', this.store[Symbol.asyncDispose]());
  };

  async tearDown(): Promise<void> {
    await Promise.all(this.#others.map((other) => other[Symbol.asyncDispose]()));
    await this.close();
  }
}
