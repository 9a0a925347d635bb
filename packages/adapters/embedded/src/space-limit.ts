import { StoreUnavailableError } from '@everfold/core';
import type { Database } from './environment.js';

/** What a commit changes beside what it is asked to write: pages of the tree and of LMDB's list of free pages. */
const TREE_BYTES = 64 * 1_024;

/** Holds the data file to the size that its user allows. LMDB's binding would let it grow without end. */
export class SpaceLimit {
  readonly #database: Database;
  readonly #maxBytes: number | undefined;

  /** @param maxBytes - The most bytes that the file may have; `undefined` for no limit. */
  constructor(database: Database, maxBytes: number | undefined) {
    this.#database = database;
    this.#maxBytes = maxBytes;
  }

  /** How many bytes may still be written. */
  room(): number {
    if (this.#maxBytes === undefined) return Number.POSITIVE_INFINITY;
    const { lastPageNumber, pageSize } = this.#database.getStats() as {
      readonly lastPageNumber: number;
      readonly pageSize: number;
    };
    return this.#maxBytes - (lastPageNumber + 1) * pageSize - TREE_BYTES;
  }

  /** @throws {@link StoreUnavailableError} when so many bytes cannot be written. */
  assertRoom(bytes: number): void {
    if (bytes > this.room()) throw this.refusal();
  }

  /** What to tell a caller whose bytes have no room. */
  refusal(): StoreUnavailableError {
    return new StoreUnavailableError(
      `The store has reached its maxBytes (${this.#maxBytes}). Nothing was written: open it with a larger one.`,
    );
  }
}
