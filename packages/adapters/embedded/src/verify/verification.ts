import { StoreCorruptedError } from '@everfold/core';
import { isSealed } from '../checksum.js';
import { type Database, readEntry, readVolatile } from '../environment.js';
import {
  beginningOf,
  blockKey,
  endOf,
  firstOfBlockKey,
  IDENTITY_KEY,
  INDEX_KEY,
  streamOfControlKey,
} from '../keys.js';
import { type Block, decodeBlock } from '../log/block.js';
import { readHead } from '../log/head.js';
import { controlOf, type EventRecord, isEvent, type LogRecord } from '../log/record.js';
import { positionAt } from '../position.js';
import { windowsOf } from '../runs/run.js';
import { StoredIndex } from '../stream/stored-index.js';
import { placeOf, Window, windowOf } from '../stream/window.js';
import { IndexCheck } from './index-check.js';
import { ReadModelCheck } from './read-model-check.js';
import { MAX_PROBLEMS, type VerifyProblem, type VerifyReport } from './verify-folder.js';

/** Walks over everything that is stored, in one snapshot, and compares the index with the log. */
export class Verification {
  readonly #database: Database;
  readonly #problems: VerifyProblem[] = [];
  readonly #stored: StoredIndex;
  readonly #index: IndexCheck;
  /** How many windows the index holds; `undefined` when its manifest is damaged. */
  readonly #windows: number | undefined;
  #window = new Window();
  #blocks = 0;
  #events = 0;
  /** The record that the next block must begin with. */
  #next = 1;

  constructor(database: Database) {
    this.#database = database;
    this.#stored = new StoredIndex(database, findAnywhere);
    this.#index = new IndexCheck(database, this.#stored, (problem) => this.#report(problem));
    this.#windows = this.#countWindows();
  }

  run(): VerifyReport {
    this.#checkHead();
    // Entry by entry, not key by key: where a key has changed, a search for its neighbours goes astray.
    const range = this.#database.getRange({
      start: beginningOf('block'),
      end: endOf('block'),
      versions: true,
    });
    let before = 0;
    for (const { key, value, version } of range) {
      const first = firstOfBlockKey(key);
      if (first <= before) {
        this.#block(this.#next, 'the keys of the log go round in a circle');
        break;
      }
      before = first;
      this.#checkBlock(first, Buffer.from(key), { value, version });
    }
    this.#checkEnd();
    if (this.#windows !== undefined) this.#index.finish(this.#window);
    this.#checkSnapshots();
    const readModels = new ReadModelCheck(this.#database, (problem) => this.#report(problem));
    readModels.run();
    return {
      ok: this.#problems.length === 0,
      problems: this.#problems,
      blocks: this.#blocks,
      events: this.#events,
      indexEntries: this.#index.entries,
      documents: readModels.documents,
    };
  }

  #countWindows(): number | undefined {
    try {
      const { windows, mark, runs } = this.#stored.manifest();
      const held = runs.reduce((sum, run) => sum + windowsOf(run).to - windowsOf(run).from, 0);
      const isWhole =
        mark === entryAnywhere(this.#database, INDEX_KEY)?.version && held === windows;
      if (isWhole && windows <= windowOf(this.#headNext())) return windows;
      this.#manifestProblem('the manifest of the index does not fit the log');
    } catch (error) {
      this.#manifestProblem(String(error));
    }
    return undefined;
  }

  /** Nothing of the index can be found: it concerns all events from the first on. */
  #manifestProblem(detail: string): void {
    this.#report({ what: 'index', position: positionAt(1), detail });
  }

  /** Where the log ends; a damaged head, which is reported on its own, makes no other entry wrong. */
  #headNext(): number {
    try {
      return readHead(this.#database, entryAnywhere).next;
    } catch {
      return Number.POSITIVE_INFINITY;
    }
  }

  #checkHead(): void {
    try {
      readHead(this.#database, entryAnywhere);
    } catch (error) {
      this.#report({ what: 'head', position: undefined, detail: String(error) });
    }
    const identity = entryAnywhere(this.#database, IDENTITY_KEY);
    if (identity === undefined || !isSealed(identity.bytes) || identity.version !== 1)
      this.#report({ what: 'head', position: undefined, detail: 'the identity is damaged' });
  }

  /** Snapshots are derived; a damaged one counts as absent, and tells of a damaged disk. */
  #checkSnapshots(): void {
    const range = this.#database.getRange({
      start: beginningOf('snapshot'),
      end: endOf('snapshot'),
      versions: true,
    });
    for (const { key, value, version } of range)
      if (!isSealed(value) || version !== 1) {
        const detail = `the snapshot of stream '${streamOfControlKey(key)}' is damaged`;
        this.#report({ what: 'snapshot', position: undefined, detail });
      }
  }

  #checkBlock(
    first: number,
    key: Buffer,
    { value, version }: { readonly value: Buffer; readonly version?: number | undefined },
  ): void {
    if (first !== this.#next)
      this.#block(Math.min(first, this.#next), `a gap before ${positionAt(first)}`);
    this.#blocks += 1;
    if (version !== first) this.#block(first, 'the version of its entry has changed');
    // Readers search for it: a changed key, its own or one on the way to it, leads them astray.
    if (readVolatile(this.#database, blockKey(first))?.equals(value) !== true)
      this.#block(first, 'a search for it does not find it');
    try {
      const block = decodeBlock(value, first);
      this.#next = first + block.count;
      this.#checkRecords(block);
    } catch (error) {
      this.#block(first, error instanceof StoreCorruptedError ? error.message : String(error));
      this.#next = this.#following(key);
      this.#index.doubt();
    }
  }

  /** Where the log goes on behind a damaged block. */
  #following(key: Buffer): number {
    const start = Buffer.concat([key, Buffer.from([0])]);
    const range = this.#database.getKeys({ start, end: endOf('block'), limit: 1 });
    for (const next of range) return firstOfBlockKey(next);
    return this.#headNext();
  }

  #checkRecords(block: Block): void {
    const records = block.records();
    if (records.length !== block.count) this.#block(block.first, 'it does not hold what it counts');
    for (const [index, record] of records.entries()) this.#checkRecord(record, block.first, index);
  }

  #checkRecord(record: LogRecord, first: number, index: number): void {
    const number = first + index;
    if (isEvent(record)) this.#events += 1;
    // The window behind the written ones may be half written: it is rebuilt too.
    if (windowOf(number) > (this.#windows ?? -1)) return;
    while (windowOf(number) > this.#index.window) this.#endWindow();
    if (isEvent(record)) this.#checkEvent(record, first, index);
    else {
      this.#window.controls.set(record[1], controlOf(record));
      this.#index.saidAt(record[1], first + index);
    }
  }

  #checkEvent([, stream, revision]: EventRecord, first: number, index: number): void {
    const number = first + index;
    const last = this.#window.last(stream);
    if (last === undefined || last + 1 === revision)
      this.#window.add(stream, revision, placeOf(first, index));
    else this.#block(number, `revision ${revision} of '${stream}' does not follow`);
  }

  #endWindow(): void {
    this.#index.compare(this.#window);
    this.#window = new Window();
  }

  #checkEnd(): void {
    while (this.#index.window < (this.#windows ?? 0)) this.#endWindow();
    const next = this.#headNext();
    if (this.#next !== next && next !== Number.POSITIVE_INFINITY)
      this.#block(Math.min(this.#next, next), 'the log ends before its head');
  }

  #block(record: number, detail: string): void {
    this.#report({ what: 'block', position: positionAt(record), detail });
  }

  #report(problem: VerifyProblem): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(problem);
  }
}

/** An entry wherever it stands: where a key has changed, a search for others beside it goes astray. */
function entryAnywhere(database: Database, key: Buffer) {
  return readEntry(database, key) ?? scanFor(database, key);
}

function findAnywhere(database: Database, key: Buffer): Buffer | undefined {
  return entryAnywhere(database, key)?.bytes;
}

function scanFor(database: Database, key: Buffer) {
  let looks = (database.getStats() as unknown as { readonly entryCount: number }).entryCount;
  for (const entry of database.getRange({ versions: true })) {
    if (key.equals(entry.key) && entry.version !== undefined)
      return { bytes: entry.value, version: entry.version };
    looks -= 1;
    // A damaged tree may go round in a circle.
    if (looks < 0) break;
  }
  return undefined;
}
