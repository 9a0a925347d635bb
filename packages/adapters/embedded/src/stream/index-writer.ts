import { type Database, readVolatile } from '../environment.js';
import { INDEX_KEY } from '../keys.js';
import type { LogTracker } from '../log/log-tracker.js';
import { newMark } from '../mark.js';
import type { Openings } from '../opening/openings.js';
import {
  canMerge,
  encodeManifest,
  hasSlotFor,
  type Manifest,
  mergesOf,
  nextWindow,
  withRun,
} from '../runs/manifest.js';
import { isSameRun, type Run } from '../runs/run.js';
import type { Room, SpaceLimit } from '../space-limit.js';
import { Turns } from '../turns.js';
import { reasonOf } from '../writing.js';
import { type RunWork, workOnMerge, workOnWindow } from './run-work.js';
import type { StoredIndex } from './stored-index.js';
import type { StreamDirectory } from './stream-directory.js';
import { type IndexEntry, WINDOW } from './window.js';

/** What one commit of the index writes: appends share the write lock, and must not wait long for it. */
const BYTES_A_COMMIT = 1_024 * 1_024;

/** What a nearly full disk must have room for: so few entries share a commit then. */
const LEAST_ENTRIES_A_COMMIT = 16;

/** Windows that may wait to be written before appends wait for them: what waits is kept in memory. */
const WAITING_WINDOWS = 3;

/**
 * Commits of each level that go before the next window: a merge of eight runs that are three commits each needs three for each of
 * them. With fewer, merges would fall behind for good under load; with more, windows would wait in memory, and appends for them.
 */
const COMMITS_A_WINDOW = 4;

/** How long to leave an index alone that could not be written. */
const AGAIN_MS = 1_000;

/**
 * How long putting a run together may hold the event loop: a share of the time that everything else has held it since, so that it
 * keeps up where the loop is busy, and is not felt where it is not.
 */
const TURN_MS = { share: 0.5, least: 1, most: 20 };

/**
 * Writes the index behind the log: a run for each window, and larger runs in the place of small ones, so that it is written in the
 * order in which it is stored, and looked up in few places. Every process may: they write the same bytes.
 */
export class IndexWriter {
  readonly #database: Database;
  readonly #stored: StoredIndex;
  readonly #directory: StreamDirectory;
  readonly #tracker: LogTracker;
  readonly #space: SpaceLimit;
  readonly #openings: Openings;
  #running: Promise<void> | undefined;
  /** Resolves with the next window that is written, or when nothing more can be. */
  #progress = new Progress();
  /** By level: a small merge goes before a large one that has begun. */
  readonly #works = new Map<number, RunWork>();
  /** Commits of merges since the last window, by level. */
  readonly #merged = new Map<number, number>();
  readonly #closing = new AbortController();
  readonly #warned = new Set<string>();
  /** When it last gave way to others. */
  #turnEnded = 0;
  /** When it may be tried again after a failure. */
  #againAt = 0;

  constructor(parts: {
    readonly database: Database;
    readonly stored: StoredIndex;
    readonly directory: StreamDirectory;
    readonly tracker: LogTracker;
    readonly space: SpaceLimit;
    readonly openings: Openings;
  }) {
    this.#database = parts.database;
    this.#stored = parts.stored;
    this.#directory = parts.directory;
    this.#tracker = parts.tracker;
    this.#space = parts.space;
    this.#openings = parts.openings;
  }

  /** Begins to write when a window is complete. What it returns resolves when appends may go on, `undefined` if at once. */
  advance(): Promise<void> | undefined {
    const waiting = this.#waiting;
    if (waiting < WINDOW || this.#closing.signal.aborted || performance.now() < this.#againAt)
      return undefined;
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = undefined;
      this.#progressed();
    });
    return waiting > WAITING_WINDOWS * WINDOW ? this.#progress.promise : undefined;
  }

  /** Stops behind the commit that is on its way. What is not written is written by whoever opens the store next. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  /** How many visible records are not indexed. */
  get #waiting(): number {
    return this.#tracker.visible - this.#directory.firstInMemory;
  }

  async #writeAll(): Promise<void> {
    try {
      for (let work = await this.#next(); work !== undefined; work = await this.#next())
        await this.#goOn(work);
    } catch (error) {
      this.#warn(await reasonOf(error));
      // The index is derived: a window that could not be written stays in memory and is tried again with a later append,
      // which meets the same disk and tells its caller.
      this.#againAt = performance.now() + AGAIN_MS;
    } finally {
      this.#works.clear();
    }
  }

  #progressed(): void {
    this.#progress.resolve();
    this.#progress = new Progress();
  }

  /** Said once: appends go on, but what is not indexed stays in memory, and the next opening reads it again. */
  #warn(reason: unknown): void {
    if (this.#warned.has(String(reason))) return;
    this.#warned.add(String(reason));
    process.emitWarning(
      `The index of the embedded store cannot be written: ${String(reason)}`,
      'EverfoldWarning',
    );
  }

  /** What to write next: some of each merge between two windows, and a small run before a large one. */
  async #next(): Promise<RunWork | undefined> {
    await this.#forgetWritten();
    if (this.#closing.signal.aborted) return undefined;
    const manifest = this.#stored.manifest();
    const merges = mergesOf(manifest);
    const due = merges.filter(({ level }) => (this.#merged.get(level) ?? 0) < COMMITS_A_WINDOW);
    const run = [...due, nextWindow(manifest), ...merges].find(
      (one) => this.#isWanted(one, manifest) && hasSlotFor(manifest, one),
    );
    if (run === undefined) return undefined;
    const begun = this.#works.get(run.level);
    if (begun !== undefined && isSameRun(begun.run, run)) return begun;
    const work = this.#begin(run);
    this.#works.set(run.level, work);
    return work;
  }

  /** Gives back the memory of what is indexed by now, whoever wrote it, when that is sure to stay. */
  async #forgetWritten(): Promise<void> {
    await this.#openings.ended();
    this.#database.resetReadTxn();
    if (this.#stored.windows() * WINDOW <= this.#directory.firstInMemory) return;
    this.#directory.forgetWritten();
    this.#progressed();
  }

  /** Whether a run is still to be written, and there is everything that it is made of. */
  #isWanted(run: Run, manifest: Manifest): boolean {
    if (run.level > 0) return canMerge(run, manifest);
    const first = run.number * WINDOW;
    return (
      manifest.windows === run.number &&
      this.#directory.firstInMemory <= first &&
      this.#tracker.visible >= first + WINDOW
    );
  }

  /** Counts commits between two windows. */
  #count({ level }: Run): void {
    if (level === 0) this.#merged.clear();
    else this.#merged.set(level, (this.#merged.get(level) ?? 0) + 1);
  }

  #begin(run: Run): RunWork {
    return run.level === 0
      ? workOnWindow(run, this.#directory.windowToWrite(run.number))
      : workOnMerge(run, this.#database, this.#stored.runs());
  }

  /** Writes a part of a run; with the last one the run is in the manifest. */
  async #goOn(work: RunWork): Promise<void> {
    let bytes = 0;
    while (this.#isCurrent(work)) {
      if (!work.isComplete && bytes < BYTES_A_COMMIT) bytes += await this.#drawATurn(work);
      else if (await this.#commit(work)) {
        work.markWritten();
        this.#count(work.run);
        if (!work.isComplete) return;
        break;
      }
    }
    this.#works.delete(work.run.level);
  }

  async #drawATurn(work: RunWork): Promise<number> {
    const elsewhere = TURN_MS.share * (performance.now() - this.#turnEnded);
    const turns = new Turns(Math.min(TURN_MS.most, Math.max(TURN_MS.least, elsewhere)));
    let bytes = 0;
    while (!work.isComplete && !turns.isOver()) bytes += work.draw();
    this.#turnEnded = performance.now();
    await turns.next();
    return bytes;
  }

  /** Whether work goes on; what it is made of may be gone when another process was quicker. */
  #isCurrent({ run }: RunWork): boolean {
    this.#database.resetReadTxn();
    return !this.#closing.signal.aborted && this.#isWanted(run, this.#stored.manifest());
  }

  /** Whether what is ready is on disk and stays there. */
  async #commit({ run, ready, isComplete }: RunWork): Promise<boolean> {
    const manifest = this.#stored.manifest();
    const entries = isComplete
      ? [...ready, manifestEntry(withRun(manifest, run, newMark()))]
      : ready;
    const isWritten = await this.#put(entries, manifest.mark);
    await this.#openings.ended();
    this.#database.resetReadTxn();
    return (
      isWritten &&
      entries.every(({ key, value }) => readVolatile(this.#database, key)?.equals(value) === true)
    );
  }

  /** Writes entries, all in one commit where there is room; not where the manifest has changed. */
  async #put(entries: readonly IndexEntry[], mark: number): Promise<boolean> {
    const room = await this.#roomFor(entries);
    if (room === undefined) {
      const half = Math.ceil(entries.length / 2);
      return (
        (await this.#put(entries.slice(0, half), mark)) &&
        (await this.#put(entries.slice(half), mark))
      );
    }
    // Conditional: a process that was stopped for long must not overwrite what others have written since.
    const commit = this.#database.ifVersion(INDEX_KEY, mark, () => {
      for (const { key, value, version } of entries) void this.#database.put(key, value, version);
    });
    room.until(commit);
    return commit;
  }

  /** Room for entries; `undefined` where there is only room for less at once, if at all. */
  async #roomFor(entries: readonly IndexEntry[]): Promise<Room | undefined> {
    const sizes = entries.map(({ key, value }) => key.length + value.length);
    try {
      return await this.#space.claim(this.#space.bytesForScattered(sizes));
    } catch (refusal) {
      if (entries.length > LEAST_ENTRIES_A_COMMIT) return undefined;
      throw refusal;
    }
  }
}

/** What waits for something that happens again and again. */
class Progress {
  resolve: () => void = () => undefined;
  readonly promise = new Promise<void>((resolve) => {
    this.resolve = resolve;
  });
}

function manifestEntry(manifest: Manifest): IndexEntry {
  return { key: INDEX_KEY, value: encodeManifest(manifest), version: manifest.mark };
}
