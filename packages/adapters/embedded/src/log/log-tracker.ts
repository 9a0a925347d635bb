import type { FileHandle } from 'node:fs/promises';
import { StoreCorruptedError } from '@everfold/core';
import { unsealed } from '../checksum.js';
import { type Database, readVersion, readVolatile } from '../environment.js';
import { HEAD_KEY } from '../keys.js';
import { positionAt } from '../position.js';
import type { StoredIndex } from '../stream/stored-index.js';
import type { StreamDirectory } from '../stream/stream-directory.js';
import { WINDOW } from '../stream/window.js';
import { Turns } from '../turns.js';
import type { BlockReader } from './block-reader.js';

/** How often the head is looked at while somebody waits for other processes' appends. */
const POLL_MS = 25;

/** The head of the log as it is stored. */
export interface Head {
  /** The number of the next record: the log holds all before it. */
  readonly next: number;
  /** Names the commit that wrote it; it is the version of the entry as well. */
  readonly mark: number;
}

/** The parts that a tracker stands on. */
export interface TrackerParts {
  readonly database: Database;
  readonly blocks: BlockReader;
  readonly stored: StoredIndex;
  readonly directory: StreamDirectory;
  /** The data file, for syncing what other processes wrote. */
  readonly file: FileHandle;
}

/** Reads the stored head. @throws {@link StoreCorruptedError} when it is missing or damaged. */
export function readHead(database: Database): Head {
  const bytes = readVolatile(database, HEAD_KEY);
  if (bytes === undefined)
    throw new StoreCorruptedError(undefined, 'the head of the log is missing');
  const [next, mark] = JSON.parse(unsealed(bytes, 'the head of the log').toString()) as [
    number,
    number,
  ];
  return { next, mark };
}

/**
 * Knows how far the log goes: what was *seen* and told to the directory, and what is *visible*, that is, known to be on disk.
 * LMDB shows another process's commit a moment before its last write is synced; no reader is shown it until this process has
 * synced the file itself.
 */
export class LogTracker {
  readonly #parts: TrackerParts;
  readonly #waiting = new Set<(failure?: unknown) => void>();
  #seen: number;
  #visible: number;
  /** The head as it was last read. */
  #head: Head = { next: 0, mark: 0 };
  /** The marks of this process's commits that are on their way. */
  readonly #pending = new Set<number>();
  #catchingUp: Promise<void> | undefined;
  #poll: NodeJS.Timeout | undefined;

  constructor(parts: TrackerParts) {
    this.#parts = parts;
    this.#seen = Math.max(1, parts.directory.firstInMemory);
    this.#visible = this.#seen;
  }

  /** The number of the first record that the directory has not been told of. */
  get seen(): number {
    return this.#seen;
  }

  /** The number of the first record that no reader may see yet. */
  get visible(): number {
    return this.#visible;
  }

  /** Makes everything visible that was acknowledged anywhere before this call. */
  async refresh(): Promise<void> {
    if (this.#logEndsAt(this.#visible)) return;
    const head = readHead(this.#parts.database);
    // What this process is committing just now was acknowledged to nobody; what it was decided upon may have been.
    if (!this.#pending.has(head.mark)) await this.catchUp();
    await this.makeVisible();
  }

  /** Tells the directory of everything that is stored. One catching up runs at a time. */
  async catchUp(): Promise<void> {
    while (this.#catchingUp !== undefined) await this.#catchingUp;
    this.#catchingUp = this.#catchUpInTurns().finally(() => {
      this.#catchingUp = undefined;
    });
    await this.#catchingUp;
  }

  /** Whether the directory has been told of everything that is stored. */
  isCurrent(): boolean {
    return this.#logEndsAt(this.#seen);
  }

  /** {@link catchUp} without a pause, for whoever holds the write lock. */
  catchUpAtOnce(): void {
    while (this.#step());
  }

  /** Waits until everything that was seen is on disk, and shows it. */
  async makeVisible(): Promise<void> {
    const seen = this.#seen;
    if (seen <= this.#visible) return;
    await this.#parts.file.datasync();
    this.#show(seen);
  }

  /** Says that a commit of this process begins: readers need not look for what it brings before it is acknowledged. */
  begin(mark: number): void {
    this.#pending.add(mark);
  }

  /** Says that the commit has ended, whatever became of it. */
  end(mark: number): void {
    this.#pending.delete(mark);
  }

  /** The mark of the last commit of the log, when {@link isCurrent} was last asked. */
  get mark(): number {
    return this.#head.mark;
  }

  /** Takes note of a commit of this process whose records the directory has been told of. It is on disk. */
  committed(next: number): void {
    this.#seen = Math.max(this.#seen, next);
    this.#show(next);
  }

  /** Resolves when more than `visible` records are shown, or `wake` is called; polls other processes meanwhile. */
  wait(visible: number, signal: AbortSignal): Promise<void> {
    if (this.#visible > visible || signal.aborted) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const wake = (failure?: unknown): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', aborted);
        if (this.#waiting.size === 0) this.#stopPolling();
        if (failure === undefined) resolve();
        else reject(failure);
      };
      const aborted = (): void => wake();
      this.#waiting.add(wake);
      signal.addEventListener('abort', aborted, { once: true });
      this.#poll ??= setInterval(() => this.#lookForOthers(), POLL_MS);
    });
  }

  /** Ends every wait and the polling. */
  close(): void {
    this.#wake();
    this.#stopPolling();
  }

  async #catchUpInTurns(): Promise<void> {
    this.#parts.blocks.refresh();
    const turns = new Turns();
    while (this.#step()) {
      if (!turns.isOver()) continue;
      await turns.next();
      this.#parts.blocks.refresh();
    }
  }

  /** Reads one block further; whether there may be more. */
  #step(): boolean {
    const { database, blocks, stored, directory } = this.#parts;
    const { next } = readHead(database);
    if (next < this.#seen)
      throw new StoreCorruptedError(positionAt(next), 'the log is shorter than it was');
    if (next === this.#seen) return false;
    if (stored.windows() * WINDOW > this.#seen) {
      directory.restart();
      this.#seen = directory.firstInMemory;
      return true;
    }
    directory.forgetWritten();
    const block = blocks.containing(this.#seen);
    directory.addBlock(block, this.#seen);
    this.#seen = block.first + block.count;
    return true;
  }

  /** Whether nothing is stored from this record on, by a fresh look. */
  #logEndsAt(record: number): boolean {
    this.#parts.blocks.refresh();
    const { database } = this.#parts;
    if (readVersion(database, HEAD_KEY) !== this.#head.mark) this.#head = readHead(database);
    return this.#head.next === record;
  }

  #lookForOthers(): void {
    if (this.#catchingUp !== undefined || this.#pending.size > 0) return;
    // Most looks find nothing: they must cost next to nothing.
    if (this.#logEndsAt(this.#visible)) return;
    this.refresh().catch((error: unknown) => this.#wake(error));
  }

  #show(next: number): void {
    if (next <= this.#visible) return;
    this.#visible = next;
    this.#wake();
  }

  #wake(failure?: unknown): void {
    for (const wake of [...this.#waiting]) wake(failure);
  }

  #stopPolling(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
  }
}
