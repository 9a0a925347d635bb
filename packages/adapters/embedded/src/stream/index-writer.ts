import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from '../environment.js';
import { INDEX_KEY } from '../keys.js';
import type { LogTracker } from '../log/log-tracker.js';
import type { Openings } from '../opening/openings.js';
import type { Room, SpaceLimit } from '../space-limit.js';
import { reasonOf } from '../writing.js';
import type { StoredIndex } from './stored-index.js';
import type { StreamDirectory } from './stream-directory.js';
import { controlEntry, type IndexEntry, spanEntries, WINDOW, type Window } from './window.js';

/** Entries that one commit of the index writes: appends share the write lock, and must not wait long for it. */
const ENTRIES_A_COMMIT = 8_192;

/** What a nearly full disk must have room for: so few share a commit then. */
const LEAST_ENTRIES_A_COMMIT = 64;

/** Windows that may wait to be written before appends wait for them: what waits is kept in memory. */
const WAITING_WINDOWS = 3;

/** Entries after which encoding lets others run. */
const ENTRIES_A_TURN = 1_024;

/** The value of the entry that counts the written windows: its version is the count. */
export const COUNTER = Buffer.from('windows');

/** Writes the index behind the log, a window at a time. Every process may: they write the same bytes. */
export class IndexWriter {
  readonly #database: Database;
  readonly #stored: StoredIndex;
  readonly #directory: StreamDirectory;
  readonly #tracker: LogTracker;
  readonly #space: SpaceLimit;
  readonly #openings: Openings;
  #running: Promise<void> | undefined;
  readonly #closing = new AbortController();
  readonly #warned = new Set<string>();

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
    const waiting = this.#tracker.visible - this.#directory.firstInMemory;
    if (waiting < WINDOW || this.#closing.signal.aborted) return undefined;
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = undefined;
    });
    return waiting > WAITING_WINDOWS * WINDOW ? this.#running : undefined;
  }

  /** Stops behind the commit that is on its way. What is not written is written by whoever opens the store next. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #writeAll(): Promise<void> {
    try {
      while (
        !this.#closing.signal.aborted &&
        this.#tracker.visible - this.#directory.firstInMemory >= WINDOW
      )
        await this.#writeWindow(this.#directory.firstInMemory / WINDOW);
    } catch (error) {
      this.#warn(await reasonOf(error));
      // The index is derived: a window that could not be written stays in memory and is tried again with the next append,
      // which meets the same disk and tells its caller.
    }
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

  async #writeWindow(window: number): Promise<void> {
    // Again where it does not stay: see Openings.
    while (this.#stored.windows() <= window) {
      const entries = entriesOf(this.#directory.windowToWrite(window));
      while (this.#stored.windows() <= window) {
        const batch = await this.#next(entries);
        if (this.#closing.signal.aborted) return;
        if (batch.length > 0) await this.#put(batch, window);
        else await this.#countWindow(window);
        this.#database.resetReadTxn();
      }
      await this.#openings.ended();
      this.#database.resetReadTxn();
    }
    this.#directory.forgetWritten();
  }

  async #next(entries: Iterator<IndexEntry>): Promise<readonly IndexEntry[]> {
    const batch: IndexEntry[] = [];
    while (batch.length < ENTRIES_A_COMMIT) {
      const { done, value } = entries.next();
      if (done === true) break;
      batch.push(value);
      if (batch.length % ENTRIES_A_TURN === 0) await nextTurn();
    }
    return batch;
  }

  async #put(batch: readonly IndexEntry[], window: number): Promise<void> {
    const room = await this.#roomFor(batch);
    if (room === undefined) {
      const half = Math.ceil(batch.length / 2);
      await this.#put(batch.slice(0, half), window);
      await this.#put(batch.slice(half), window);
      return;
    }
    // Conditional: a process that was stopped for long must not overwrite what others have written for later windows.
    const commit = this.#database.ifVersion(INDEX_KEY, window + 1, () => {
      for (const { key, value } of batch) void this.#database.put(key, value, window + 1);
    });
    room.until(commit);
    await commit;
  }

  /** Room for a batch; `undefined` where there is only room for less at once, if at all. */
  async #roomFor(batch: readonly IndexEntry[]): Promise<Room | undefined> {
    const sizes = batch.map(({ key, value }) => key.length + value.length);
    try {
      return await this.#space.claim(this.#space.bytesForScattered(sizes));
    } catch (refusal) {
      if (batch.length > LEAST_ENTRIES_A_COMMIT) return undefined;
      throw refusal;
    }
  }

  async #countWindow(window: number): Promise<void> {
    const room = await this.#space.claim(this.#space.bytesFor([COUNTER.length]));
    const commit = this.#database.ifVersion(INDEX_KEY, window + 1, () => {
      void this.#database.put(INDEX_KEY, COUNTER, window + 2);
    });
    room.until(commit);
    await commit;
  }
}

/** Everything that the index holds for a window, in the order of streams: neighbours share pages. */
export function* entriesOf({ spans, controls }: Window): Generator<IndexEntry> {
  for (const stream of [...spans.keys()].sort(byCodeUnits)) {
    const span = spans.get(stream);
    if (span !== undefined) yield* spanEntries(stream, span);
  }
  for (const [stream, control] of controls) yield controlEntry(stream, control);
}

function byCodeUnits(left: string, right: string): number {
  return left < right ? -1 : 1;
}
