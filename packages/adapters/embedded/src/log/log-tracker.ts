import type { FileHandle } from 'node:fs/promises';
import { StoreCorruptedError } from '@everfold/core';
import { type Database, readVersion, readVolatile } from '../environment.js';
import { blockKey, HEAD_KEY } from '../keys.js';
import type { Openings } from '../opening/openings.js';
import { positionAt } from '../position.js';
import type { StoredIndex } from '../stream/stored-index.js';
import type { StreamDirectory } from '../stream/stream-directory.js';
import { WINDOW } from '../stream/window.js';
import { Turns } from '../turns.js';
import type { BlockReader } from './block-reader.js';
import { type Head, readHead } from './head.js';

/** How often the head is looked at while somebody waits for other processes' appends. */
const POLL_MS = 25;

/** The parts that a tracker stands on. */
export interface TrackerParts {
  readonly database: Database;
  readonly blocks: BlockReader;
  readonly stored: StoredIndex;
  readonly directory: StreamDirectory;
  /** The data file, for syncing what other processes wrote. */
  readonly file: FileHandle;
  readonly openings: Openings;
}

/** A block of the log as it was when it was read or written. */
interface KnownBlock {
  readonly first: number;
  readonly checksum: number;
}

/** Where a commit of this process has brought the log. */
export interface Committed {
  readonly head: Head;
  /** The last block that it wrote. */
  readonly first: number;
  readonly bytes: Buffer;
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
  /** The mark of the commit that ends where this process has seen the log; 0 until it has caught up. */
  #mark = 0;
  /** The last block before `seen`, and before `visible`. */
  #last: KnownBlock | undefined;
  #lastShown: KnownBlock | undefined;
  /** The marks of this process's commits that are on their way. */
  #pending: readonly number[] = [];
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
    if (this.#showsAll()) return;
    const head = readHead(this.#parts.database);
    // What this process is committing just now was acknowledged to nobody; what it was decided upon may have been.
    if (!this.#pending.includes(head.mark)) await this.catchUp();
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
    const { database, blocks } = this.#parts;
    blocks.refresh();
    return readVersion(database, HEAD_KEY) === this.#mark;
  }

  /**
   * {@link catchUp} without a pause, for whoever holds the write lock.
   *
   * @returns Whether it has caught up; not where the log is not the one that was seen.
   */
  catchUpAtOnce(): boolean {
    let step = this.#step();
    while (step === 'more') step = this.#step();
    return step === 'end';
  }

  /** Waits until everything that was seen is on disk and stays there, and shows it. */
  async makeVisible(): Promise<void> {
    const [seen, last] = [this.#seen, this.#last];
    if (seen <= this.#visible) return;
    await this.#parts.file.datasync();
    await this.#parts.openings.ended();
    this.#parts.blocks.refresh();
    if (this.#stands(last) && this.#isIndexed()) this.#show(seen, last);
    else {
      await this.catchUp();
      await this.makeVisible();
    }
  }

  /** Says that a commit of this process begins: readers need not look for what it brings before it is acknowledged. */
  begin(mark: number): void {
    this.#pending = [...this.#pending, mark];
  }

  /** Says that the commit has ended, whatever became of it. */
  end(mark: number): void {
    this.#pending = this.#pending.filter((other) => other !== mark);
  }

  /** The mark of the commit that ends where this process has seen the log. */
  get mark(): number {
    return this.#mark;
  }

  /**
   * Takes note of a commit of this process that stands upon what was seen, and whose records the directory has been told of. It
   * is on disk, and stays there.
   */
  committed({ head, first, bytes }: Committed): void {
    this.#seen = head.next;
    this.#mark = head.mark;
    this.#last = { first, checksum: bytes.readUInt32LE() };
    this.#show(this.#seen, this.#last);
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
    const { blocks } = this.#parts;
    blocks.refresh();
    const turns = new Turns();
    for (let step = this.#step(); step !== 'end'; step = this.#step()) {
      if (step === 'lost') await this.#recover();
      await this.#forgetIndexed();
      if (turns.isOver()) await turns.next();
      blocks.refresh();
    }
  }

  /** Reads one block further, and says whether there may be more, or that the log is not the one that was seen. */
  #step(): 'more' | 'end' | 'lost' {
    const { database, blocks, stored, directory } = this.#parts;
    const { next, mark } = readHead(database);
    if (next < this.#seen || !this.#stands(this.#last)) return 'lost';
    if (next === this.#seen) {
      this.#mark = mark;
      return 'end';
    }
    if (stored.windows() * WINDOW > this.#seen) {
      this.#restart();
      return 'more';
    }
    const block = blocks.containing(this.#seen);
    directory.addBlock(block, this.#seen);
    this.#seen = block.first + block.count;
    this.#last = this.#known(block.first);
    return 'more';
  }

  /**
   * LMDB may show an older commit for a moment while somebody opens, and what was seen, but acknowledged and shown to nobody, may
   * be gone after that.
   *
   * @throws {@link StoreCorruptedError} when what was shown is gone.
   */
  async #recover(): Promise<void> {
    await this.#parts.openings.ended();
    this.#parts.blocks.refresh();
    const { next } = readHead(this.#parts.database);
    if (next < this.#visible)
      throw new StoreCorruptedError(positionAt(next), 'the log is shorter than it was');
    if (!this.#stands(this.#lastShown))
      throw new StoreCorruptedError(
        positionAt(this.#lastShown?.first ?? next),
        'another event stands where one was read before',
      );
    if (next < this.#seen || !this.#stands(this.#last)) this.#restart();
  }

  /** Begins anew behind what is indexed. */
  #restart(): void {
    const { directory } = this.#parts;
    this.#parts.blocks.forget();
    directory.restart();
    this.#seen = Math.max(1, directory.firstInMemory);
    this.#last = undefined;
  }

  /** Gives back the memory of what others have indexed, once that is sure to stay. */
  async #forgetIndexed(): Promise<void> {
    const { stored, directory, blocks, openings } = this.#parts;
    const windows = stored.windows();
    if (windows * WINDOW <= directory.firstInMemory) return;
    await openings.ended();
    blocks.refresh();
    if (stored.windows() >= windows) directory.forgetWritten();
  }

  #known(first: number): KnownBlock | undefined {
    const bytes = readVolatile(this.#parts.database, blockKey(first));
    return bytes === undefined ? undefined : { first, checksum: bytes.readUInt32LE() };
  }

  /** Whether a block is still the one that it was. */
  #stands(block: KnownBlock | undefined): boolean {
    return block === undefined || this.#known(block.first)?.checksum === block.checksum;
  }

  /** Whether everything is indexed that the directory relies upon. */
  #isIndexed(): boolean {
    const { stored, directory } = this.#parts;
    return stored.windows() * WINDOW >= directory.firstInMemory;
  }

  #showsAll(): boolean {
    return this.#visible === this.#seen && this.isCurrent();
  }

  #lookForOthers(): void {
    if (this.#catchingUp !== undefined || this.#pending.length > 0) return;
    // Most looks find nothing: they must cost next to nothing.
    if (this.#showsAll()) return;
    this.refresh().catch((error: unknown) => this.#wake(error));
  }

  #show(next: number, last: KnownBlock | undefined): void {
    if (next <= this.#visible) return;
    this.#visible = next;
    this.#lastShown = last;
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
