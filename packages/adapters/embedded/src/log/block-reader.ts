import { StoreCorruptedError } from '@everfold/core';
import { type Database, readVolatile } from '../environment.js';
import { beginningOf, blockKey, firstOfBlockKey } from '../keys.js';
import { positionAt } from '../position.js';
import { type Block, decodeBlock } from './block.js';

/** Reads blocks of the log. A block handed out is valid until anything else is read: take from it what is needed. */
export class BlockReader {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes later reads see what was committed until now. */
  refresh(): void {
    this.#database.resetReadTxn();
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
