import type { Database } from '../environment.js';
import { isSameRun, parentOf, type Run } from '../runs/run.js';
import { RunDraft } from '../runs/run-draft.js';
import { RunReader } from '../runs/run-reader.js';
import { entriesOfWindow, mergedEntries, type SourceEntry } from '../runs/sources.js';
import { controlEntries, type IndexEntry, type Window } from './window.js';

/** Streams after which the clock is looked at. */
const STREAMS_A_LOOK = 128;

/** A run that is being put together, piece by piece. */
export class RunWork {
  readonly run: Run;
  readonly #draft: RunDraft;
  readonly #source: Iterator<SourceEntry | undefined>;
  #ready: IndexEntry[];
  #isComplete = false;

  constructor(parts: {
    readonly draft: RunDraft;
    /** What is to be put into the draft; `undefined` where others should run. */
    readonly source: Iterator<SourceEntry | undefined>;
    readonly ready?: readonly IndexEntry[] | undefined;
  }) {
    this.run = parts.draft.run;
    this.#draft = parts.draft;
    this.#source = parts.source;
    this.#ready = [...(parts.ready ?? [])];
  }

  /** What is to be written now. */
  get ready(): readonly IndexEntry[] {
    return this.#ready;
  }

  /** Whether nothing is left but what is ready. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Says that what was ready is written. */
  markWritten(): void {
    this.#ready = [];
  }

  /** Makes more ready; about how many bytes. */
  draw(): number {
    const before = this.#ready.length;
    for (let streams = 0; streams < STREAMS_A_LOOK; streams += 1) {
      const { done, value } = this.#source.next();
      if (done === true) {
        this.#ready.push(...this.#draft.end());
        this.#isComplete = true;
        break;
      }
      if (value === undefined) break;
      this.#ready.push(...value.many);
      const page = this.#draft.add(value.entry);
      if (page !== undefined) this.#ready.push(page);
    }
    let bytes = 0;
    for (let at = before; at < this.#ready.length; at += 1) bytes += sizeOf(this.#ready[at]);
    return bytes;
  }
}

function sizeOf(entry: IndexEntry | undefined): number {
  return entry === undefined ? 0 : entry.key.length + entry.value.length;
}

/** Writes down a window. */
export function workOnWindow(run: Run, window: Window): RunWork {
  return new RunWork({
    draft: new RunDraft(run),
    source: entriesOfWindow(window),
    ready: controlEntries(window, run.number),
  });
}

/**
 * Merges the parts of a run, from where another process, or this one before it was closed, has stopped.
 *
 * @param runs - All that are in use, the oldest first. They must stay in use as long as the work goes on.
 */
export function workOnMerge(run: Run, database: Database, runs: readonly RunReader[]): RunWork {
  const { beginnings, lastHash } = new RunReader(database, run).written();
  const parts = runs.filter(({ run: part }) => isSameRun(parentOf(part), run));
  return new RunWork({
    draft: new RunDraft(run, beginnings),
    source: mergedEntries(parts.map((part) => part.cursor(lastHash))),
  });
}
