import { type Database, readVolatile } from '../environment.js';
import { runKey } from '../keys.js';
import { decodeBeginnings } from './beginnings.js';
import type { HashedName } from './hash.js';
import { Page, type RunEntry } from './page.js';
import { type Run, slotOf } from './run.js';
import type { RunCursor } from './sources.js';

/** Reads a run. It must be in the manifest whenever it is read: its place is used again later. */
export class RunReader {
  readonly #database: Database;
  readonly run: Run;
  #beginnings: Uint32Array | undefined;

  constructor(database: Database, run: Run) {
    this.#database = database;
    this.run = run;
  }

  /** How many pages it has. @throws {@link StoreCorruptedError} when it cannot be told. */
  get pages(): number {
    return this.#firstHashes().length;
  }

  /**
   * What it says about a stream, valid until anything else is read; `undefined` when nothing.
   *
   * @throws {@link StoreCorruptedError} when a page is missing or damaged.
   */
  find(name: HashedName): RunEntry | undefined {
    const page = this.pageOf(name.hash);
    return page < 0 ? undefined : this.page(page).find(name);
  }

  /** One of its pages, valid until anything else is read. @throws {@link StoreCorruptedError} */
  page(page: number): Page {
    return new Page(this.#bytesOf(page), { run: this.run, page });
  }

  /** As {@link RunReader.page}, and stays as it is. */
  copiedPage(page: number): Page {
    const bytes = this.#bytesOf(page);
    return new Page(bytes && Buffer.from(bytes), { run: this.run, page });
  }

  /** Its entries behind a hash, all by default. What the cursor stands on stays valid. */
  cursor(behind = -1): RunCursor {
    return new Cursor(this, behind);
  }

  /** The pages of it that are there before it is complete: whoever wrote them, they are what they will be. */
  written(): { readonly beginnings: readonly number[]; readonly lastHash: number } {
    const beginnings: number[] = [];
    for (let page = this.#writtenPage(0); page !== undefined; ) {
      beginnings.push(page.firstHash);
      page = this.#writtenPage(beginnings.length);
    }
    const last = this.#writtenPage(beginnings.length - 1)
      ?.entries()
      .at(-1);
    return { beginnings, lastHash: last?.hash ?? -1 };
  }

  #bytesOf(page: number): Buffer | undefined {
    return readVolatile(this.#database, runKey(this.run.level, slotOf(this.run), page));
  }

  #writtenPage(page: number): Page | undefined {
    try {
      return this.page(page);
    } catch {
      // Not yet there, or an older run's.
      return undefined;
    }
  }

  /** The page that a hash falls into: the last that does not begin behind it; −1 when all do. */
  pageOf(hash: number): number {
    const beginnings = this.#firstHashes();
    let [from, to] = [0, beginnings.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((beginnings[middle] ?? 0) <= hash) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }

  #firstHashes(): Uint32Array {
    this.#beginnings ??= this.#readBeginnings();
    return this.#beginnings;
  }

  #readBeginnings(): Uint32Array {
    return decodeBeginnings(
      readVolatile(this.#database, runKey(this.run.level, slotOf(this.run))),
      this.run,
    );
  }
}

class Cursor implements RunCursor {
  readonly #run: RunReader;
  #page: number;
  #entries: readonly RunEntry[] = [];
  #at = -1;

  constructor(run: RunReader, behind: number) {
    this.#run = run;
    this.#page = Math.max(0, run.pageOf(behind));
    do this.next();
    while (this.entry !== undefined && this.entry.hash <= behind);
  }

  get entry(): RunEntry | undefined {
    return this.#entries[this.#at];
  }

  next(): void {
    this.#at += 1;
    if (this.#at < this.#entries.length || this.#page >= this.#run.pages) return;
    this.#entries = this.#run.copiedPage(this.#page).entries();
    this.#page += 1;
    this.#at = 0;
  }
}
