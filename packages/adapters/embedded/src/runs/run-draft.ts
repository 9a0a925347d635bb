import { runKey } from '../keys.js';
import type { IndexEntry } from '../stream/window.js';
import { encodeBeginnings } from './beginnings.js';
import { type DraftEntry, PageDraft } from './page-draft.js';
import { type Run, slotOf, versionOf } from './run.js';

/** Puts the entries of a run into pages, in order. */
export class RunDraft {
  readonly run: Run;
  #page: PageDraft | undefined;
  readonly #beginnings: number[];

  /**
   * @param run - Which run.
   * @param beginnings - The hashes that pages begin with that are written already.
   */
  constructor(run: Run, beginnings: readonly number[] = []) {
    this.run = run;
    this.#beginnings = [...beginnings];
  }

  /** Adds an entry; returns the page that was full before it. */
  add(entry: DraftEntry): IndexEntry | undefined {
    if (this.#page?.add(entry) === true) return undefined;
    const full = this.#endPage();
    this.#page = new PageDraft(entry);
    return full;
  }

  /** What is left to write: the last page, and where the pages begin. */
  end(): readonly IndexEntry[] {
    const last = this.#endPage();
    const beginnings = this.#entry(encodeBeginnings(this.run, this.#beginnings));
    return last === undefined ? [beginnings] : [last, beginnings];
  }

  #endPage(): IndexEntry | undefined {
    if (this.#page === undefined) return undefined;
    const page = this.#beginnings.length;
    this.#beginnings.push(this.#page.firstHash);
    return this.#entry(this.#page.encode({ run: this.run, page }), page);
  }

  #entry(value: Buffer, page?: number): IndexEntry {
    const { level } = this.run;
    return { key: runKey(level, slotOf(this.run), page), value, version: versionOf(this.run) };
  }
}
