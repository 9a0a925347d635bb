import { StoreCorruptedError } from '@everfold/core';
import { type Database, readVolatile } from '../environment.js';
import { beginningOf, blockKey, firstOfBlockKey } from '../keys.js';
import { positionAt } from '../position.js';
import { RecentMap } from '../recent-map.js';
import { type Block, decodeBlock } from './block.js';

/** Blocks kept for reads of single events, in each of two generations, and the most bytes that one of them may have. */
const KEPT_BLOCKS = 256;
const KEPT_BYTES = 20_000;

/** Reads blocks of the log. A block handed out is valid until anything else is read: take from it what is needed. */
export class BlockReader {
  readonly #database: Database;
  readonly #kept = new RecentMap<number, Block>(KEPT_BLOCKS);

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes later reads see what was committed until now. */
  refresh(): void {
    this.#database.resetReadTxn();
  }

  /** Forgets what it keeps: blocks that nobody was shown may be others by now. */
  forget(): void {
    this.#kept.clear();
  }

  /**
   * The block that begins with a record.
   *
   * @throws {@link StoreCorruptedError} when it is missing or damaged.
   */
  at(first: number): Block {
    const bytes = readVolatile(this.#database, blockKey(first));
    if (bytes === undefined)
      throw new StoreCorruptedError(positionAt(first), 'a block of the log is missing');
    return decodeBlock(bytes, first);
  }

  /**
   * As {@link BlockReader.at}, for single events: blocks that were read lately are neither copied nor checked again. Their
   * bytes never change once they are visible.
   */
  keptAt(first: number): Block {
    const kept = this.#kept.get(first);
    if (kept !== undefined) return kept;
    const bytes = readVolatile(this.#database, blockKey(first));
    if (bytes === undefined || bytes.length > KEPT_BYTES) return this.at(first);
    const block = decodeBlock(Buffer.from(bytes), first);
    this.#kept.set(first, block);
    return block;
  }

  /**
   * The block that holds a record.
   *
   * @throws {@link StoreCorruptedError} when it is missing or damaged.
   */
  containing(record: number): Block {
    const keys = this.#database.getKeys({
      start: blockKey(record),
      end: beginningOf('block'),
      reverse: true,
      limit: 1,
    });
    for (const key of keys) {
      const block = this.at(firstOfBlockKey(key));
      if (record < block.first + block.count) return block;
    }
    throw new StoreCorruptedError(positionAt(record), 'a block of the log is missing');
  }
}
