import type { FileHandle } from 'node:fs/promises';
import { StoreUnavailableError } from '@everfold/core';
import type { AmpleSpace } from './ample-space.js';
import type { Database } from './environment.js';

/** What a commit changes beside what it is asked to write: pages of the tree and of LMDB's list of free pages. */
const TREE_PAGES = 16;

/** What LMDB adds to a value at most: the headers of page and node, key and version. */
const HEADER_BYTES = 64;

/**
 * Left free behind what a commit may need, at least: the commits of other processes count on the same room, and know nothing of
 * each other. A large one leaves as much again, up to a limit, so that any two fit.
 */
const LEAST_MARGIN = 1_024 * 1_024;
const MOST_MARGIN = 16 * 1_024 * 1_024;

/** How far the file grows at once. */
const AHEAD_BYTES = 4 * 1_024 * 1_024;

const ZEROS = Buffer.alloc(256 * 1_024);

/** Room that a commit may use up. */
export interface Room {
  /** Gives back what the commit leaves over, when it has ended. */
  until(commit: Promise<unknown>): void;
}

/** What LMDB says about its tree, as far as it concerns its size. */
interface Stats {
  readonly pageSize: number;
  readonly treeLeafPageCount: number;
  readonly treeBranchPageCount: number;
}

/** A part of what `getStats` of lmdb brings together, which costs seven times as much: every commit asks for it. */
interface WithEnvironment {
  readonly env: { info(): { readonly lastPageNumber: number } };
}

/**
 * Keeps room for every commit behind the last page that LMDB uses: an LMDB that meets a full disk corrupts the memory of its
 * process. So where the disk has not more than enough, the data file is grown before, by zeros that are appended to it, which LMDB
 * overwrites in its turn; where that fails, LMDB is not asked. It also holds the file to the size that its user allows: LMDB's binding would let it grow without end.
 */
export class SpaceLimit {
  readonly #database: Database;
  readonly #file: FileHandle;
  readonly #maxBytes: number | undefined;
  readonly #ample: AmpleSpace | undefined;
  readonly #page: number;
  /** How long the file is for sure: what is that long was synced by this process. */
  #allocated = 0;
  /** What commits that are on their way may use up. */
  #promised = 0;
  #growing: Promise<unknown> = Promise.resolve();
  #refused: { readonly size: number; readonly refusal: StoreUnavailableError } | undefined;

  /**
   * @param parts.file - The data file, opened for appending.
   * @param parts.maxBytes - The most bytes that the file may have; `undefined` for no limit.
   * @param parts.ample - Where it says that there is more than enough, nothing is grown. Default: the file is always grown.
   */
  constructor(parts: {
    readonly database: Database;
    readonly file: FileHandle;
    readonly maxBytes: number | undefined;
    readonly ample?: AmpleSpace | undefined;
  }) {
    this.#database = parts.database;
    this.#file = parts.file;
    this.#maxBytes = parts.maxBytes;
    this.#ample = parts.ample;
    this.#page = this.#stats().pageSize;
  }

  /**
   * Takes room for a commit if it is there already.
   *
   * @param bytes - What the commit may need.
   * @param ahead - What commits may need that it stands upon, towards `maxBytes`.
   */
  take(bytes: number, ahead = 0): Room | undefined {
    const isAmple = this.#ample?.holds(
      this.#promised + bytes,
      () => this.#used() + this.#promised + bytes,
    );
    // Most often nothing else needs to be known: LMDB's answer costs more than all the rest.
    const isSure = isAmple === true && this.#maxBytes === undefined;
    if (!isSure && !this.#isThere(bytes, ahead, isAmple === true)) return undefined;
    this.#promised += bytes;
    const release = (): void => {
      this.#promised -= bytes;
    };
    return { until: (commit) => void commit.then(release, release) };
  }

  #isThere(bytes: number, ahead: number, isAmple: boolean): boolean {
    const used = this.#used();
    if (used + ahead + bytes > this.#most) return false;
    return isAmple || this.#sizeFor(used, bytes) <= this.#allocated;
  }

  /**
   * Makes room for a commit; others may take it first.
   *
   * @param again - Whether to ask the disk where it has refused as much before.
   * @returns Why there is none; `undefined` when there is.
   */
  grow(bytes: number, again = true): Promise<StoreUnavailableError | undefined> {
    const growing = this.#growing.then(() => this.#grow(bytes, again));
    this.#growing = growing;
    return growing;
  }

  /**
   * Room for a commit, which is made where it is not there.
   *
   * @throws {@link StoreUnavailableError} when there is none.
   */
  async claim(bytes: number): Promise<Room> {
    for (;;) {
      const room = this.take(bytes);
      if (room !== undefined) return room;
      const refusal = await this.grow(bytes);
      if (refusal !== undefined) throw refusal;
    }
  }

  /** The most that it may take to write values of these sizes one behind the other. */
  bytesFor(sizes: readonly number[]): number {
    let pages = TREE_PAGES;
    let headers = 0;
    for (const size of sizes) {
      pages += Math.ceil((size + HEADER_BYTES) / this.#page);
      headers += HEADER_BYTES;
    }
    return pages * this.#page + headers;
  }

  /** The most that it may take to write values of these sizes, none of them next to another. */
  bytesForScattered(sizes: readonly number[]): number {
    const { treeLeafPageCount, treeBranchPageCount } = this.#stats();
    const count = sizes.length;
    // A copy of each page that is touched, and its number in the list of free pages; and pages of new ones that are half full.
    const touched = Math.min(count, treeLeafPageCount) + Math.min(count, treeBranchPageCount);
    const added = sizes.reduce((sum, size) => sum + 2 * (size + HEADER_BYTES), 0);
    return touched * (this.#page + 16) + added + TREE_PAGES * this.#page;
  }

  get #most(): number {
    return this.#maxBytes ?? Number.POSITIVE_INFINITY;
  }

  /** How long the file must be for a commit; what is its own must fit, what is left for others may end at `maxBytes`. */
  #sizeFor(used: number, bytes: number): number {
    const margin = Math.max(LEAST_MARGIN, Math.min(bytes, MOST_MARGIN));
    const wanted = used + this.#promised + bytes + margin;
    return Math.min(wanted, Math.max(this.#most, used + bytes));
  }

  async #grow(bytes: number, again: boolean): Promise<StoreUnavailableError | undefined> {
    const used = this.#used();
    if (used + bytes > this.#most) return this.#limitReached();
    const size = this.#sizeFor(used, bytes);
    if (!again && this.#refused !== undefined && size >= this.#refused.size)
      return this.#refused.refusal;
    this.#refused = undefined;
    try {
      await this.#growTo(size);
      return undefined;
    } catch (cause) {
      const refusal = diskRefused(cause);
      this.#refused = { size, refusal };
      return refusal;
    }
  }

  async #growTo(needed: number): Promise<void> {
    let { size } = await this.#file.stat();
    if (size < needed) {
      const goal = Math.min(needed + AHEAD_BYTES, Math.max(this.#most, needed));
      const failure = await this.#appendZeros(goal - size);
      ({ size } = await this.#file.stat());
      if (size < needed) throw failure;
    }
    // A file system that allocates late may refuse as late as now.
    await this.#file.datasync();
    this.#allocated = size;
  }

  /** Writes behind everything that anybody has written, wherever that ends. @returns Why not all of it was. */
  async #appendZeros(bytes: number): Promise<unknown> {
    try {
      for (let left = bytes; left > 0; ) {
        const { bytesWritten } = await this.#file.write(ZEROS, 0, Math.min(ZEROS.length, left));
        left -= bytesWritten;
      }
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** The end of the last page that LMDB has used, in any process. */
  #used(): number {
    const { env } = this.#database as unknown as WithEnvironment;
    return (env.info().lastPageNumber + 1) * this.#page;
  }

  #stats(): Stats {
    return this.#database.getStats() as Stats;
  }

  #limitReached(): StoreUnavailableError {
    return new StoreUnavailableError(
      `The store has reached its maxBytes (${this.#maxBytes}). Nothing was written: open it with a larger one.`,
    );
  }
}

function diskRefused(cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError(
    `The data file cannot grow (${String(cause)}). Nothing was written: make room on the disk of the store, or see what is wrong with it.`,
    { cause },
  );
}
