import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, StoreUnavailableError } from '@everfold/core';
import type { Database } from '../environment.js';
import type { LogTracker } from '../log/log-tracker.js';
import type { StreamDirectory } from '../stream/stream-directory.js';
import {
  type CommitContent,
  commitIfHead,
  explainFailure,
  lockHeld,
  putCommit,
  withinLockTimeout,
} from './commit.js';
import { Draft, type Ground } from './draft.js';
import type { Job, ResultReader } from './job.js';

/** Conditional batches that may fail before one commit takes the lock and keeps it while it decides. */
const OPTIMISTIC_TRIES = 3;

/** What one commit takes at most, so that nobody waits long behind it. */
const BATCH_JOBS = 4_096;
const BATCH_BYTES = 4 * 1_024 * 1_024;

/** The parts that a queue stands on. */
export interface QueueParts {
  readonly database: Database;
  readonly directory: StreamDirectory;
  readonly tracker: LogTracker;
  readonly ground: Ground;
  readonly results: ResultReader;
  readonly clock: Clock;
  /** A name for this opening of the store, part of each commit's tag. */
  readonly instance: string;
  /** Told after each commit; resolves when the next one may begin. */
  readonly committed: () => Promise<void> | undefined;
}

/**
 * Group commit: everything that waits is decided, encoded and written by one conditional batch. While it is on its way to the
 * disk, the next ones gather.
 */
export class AppendQueue {
  readonly #parts: QueueParts;
  #waiting: Job[] = [];
  #running: Promise<void> | undefined;
  #stuck: Promise<void> | undefined;
  readonly #closing = new AbortController();
  #commits = 0;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  /** Queues a job, or rejects it at once where it could only wait for a lock that does not move. */
  push(job: Job): void {
    if (this.#closing.signal.aborted) job.reject(closedError());
    else if (this.#stuck !== undefined) job.reject(lockHeld(job.stream));
    else {
      this.#waiting.push(job);
      this.#running ??= this.#run();
    }
  }

  /** Settles when the lock has moved on; `undefined` while nothing waits for it. */
  get stuck(): Promise<void> | undefined {
    return this.#stuck;
  }

  /** Takes nothing more, and writes what waits. Does not wait for a lock that another process holds. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Those whose appends were just settled come back within this turn, and share the next commit.
      await nextTurn();
      await this.#write(this.#take());
      await this.#parts.committed();
    }
    this.#running = undefined;
  }

  #take(): readonly Job[] {
    const taken: Job[] = [];
    let bytes = 0;
    while (taken.length < BATCH_JOBS && bytes < BATCH_BYTES) {
      const job = this.#waiting[taken.length];
      if (job === undefined) break;
      taken.push(job);
      bytes += job.bytes;
    }
    this.#waiting = this.#waiting.slice(taken.length);
    return taken.filter((job) => {
      if (job.signal?.aborted === true) job.reject(job.signal.reason);
      return job.signal?.aborted !== true;
    });
  }

  async #write(jobs: readonly Job[]): Promise<void> {
    try {
      for (let tries = 0; tries < OPTIMISTIC_TRIES; tries += 1)
        if (await this.#tryOptimistic(jobs)) return;
      await this.#writeUnderLock(jobs);
    } catch (error) {
      for (const job of jobs) job.reject(error);
    }
  }

  /** Decides against what is seen, and commits if nobody else has written since; whether the jobs are settled. */
  async #tryOptimistic(jobs: readonly Job[]): Promise<boolean> {
    const { database, tracker } = this.#parts;
    while (!tracker.isCurrent()) await tracker.catchUp();
    const draft = this.#draft(jobs);
    if (draft.next === draft.base) {
      await tracker.makeVisible();
      this.#settle(jobs);
      return true;
    }
    const content = this.#content(draft);
    tracker.begin(content.head.tag);
    const outcome = await this.#outcome(jobs, commitIfHead(database, content), content.head.tag);
    if (outcome === true) await this.#apply(draft);
    tracker.end();
    if (outcome === true) this.#settle(jobs);
    return outcome !== false;
  }

  /** Others were quicker again and again: decides while holding the lock, which waits for this event loop meanwhile. */
  async #writeUnderLock(jobs: readonly Job[]): Promise<void> {
    const { database, tracker } = this.#parts;
    let draft: Draft | undefined;
    const tag = this.#nextTag();
    tracker.begin(tag);
    const commit = database.transaction(() => {
      tracker.catchUpAtOnce();
      draft = this.#draft(jobs);
      if (draft.next > draft.base) putCommit(database, this.#content(draft, tag));
      return true;
    });
    const outcome = await this.#outcome(jobs, commit, tag);
    if (outcome === true && draft !== undefined) await this.#applyOrSync(draft);
    tracker.end();
    if (outcome === true) this.#settle(jobs);
  }

  /** A commit that wrote nothing has synced nothing: what its refusals rest on must be on disk first. */
  #applyOrSync(draft: Draft): Promise<void> {
    return draft.next > draft.base ? this.#apply(draft) : this.#parts.tracker.makeVisible();
  }

  #draft(jobs: readonly Job[]): Draft {
    const draft = new Draft(this.#parts.tracker.seen, this.#parts.ground);
    for (const job of jobs) job.draft(draft);
    return draft;
  }

  #content(draft: Draft, tag = this.#nextTag()): CommitContent {
    const recordedAtMs = Math.max(0, Math.floor(this.#parts.clock.now()));
    return {
      base: draft.base,
      blocks: draft.encode(recordedAtMs),
      head: { next: draft.next, tag },
    };
  }

  #nextTag(): string {
    this.#commits += 1;
    return `${this.#parts.instance}-${this.#commits}`;
  }

  /** Whether a commit went through; `'told'` when its jobs were told that it did not, or that nobody knows. */
  async #outcome(
    jobs: readonly Job[],
    commit: Promise<boolean>,
    tag: string,
  ): Promise<boolean | 'told'> {
    try {
      const outcome = await withinLockTimeout(commit);
      if (outcome !== 'lock-held') return outcome;
      this.#refuseWhile(commit);
      for (const job of jobs) job.reject(lockHeld(job.stream));
    } catch (error) {
      const explain = await explainFailure(this.#parts.database, tag, error);
      for (const job of jobs) job.reject(explain(job.stream));
    }
    return 'told';
  }

  /** A commit that waits for the lock cannot be called back: nothing is queued behind it. */
  #refuseWhile(commit: Promise<unknown>): void {
    const release = (): void => {
      this.#stuck = undefined;
    };
    this.#stuck = commit.then(release, release);
    for (const job of this.#waiting.splice(0)) job.reject(lockHeld(job.stream));
  }

  /** Tells the directory of what was committed, unless it has read that from the log already. */
  async #apply(draft: Draft): Promise<void> {
    const { directory, tracker } = this.#parts;
    if (tracker.seen !== draft.base) {
      while (!tracker.isCurrent()) await tracker.catchUp();
    } else {
      for (const { stream, revision, place } of draft.events)
        directory.add(stream, revision, place);
      for (const { stream, control, record } of draft.controls)
        directory.setControl(stream, control, record);
    }
    tracker.committed(draft.next);
  }

  #settle(jobs: readonly Job[]): void {
    for (const job of jobs) job.settle(this.#parts.results);
  }
}

/** What calls get once a store is closed. */
export function closedError(): StoreUnavailableError {
  return new StoreUnavailableError('The store is closed: open it again.');
}
