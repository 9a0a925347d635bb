import { type Clock, StoreUnavailableError } from '@everfold/core';
import type { Database } from '../environment.js';
import type { LogTracker } from '../log/log-tracker.js';
import type { SpaceLimit } from '../space-limit.js';
import type { StreamDirectory } from '../stream/stream-directory.js';
import { lockHeld, reasonOf, withinLockTimeout } from '../writing.js';
import { type CommitContent, commitIfHead, explainFailure, putCommit } from './commit.js';
import { Draft, type Ground } from './draft.js';
import type { Job, ResultReader } from './job.js';

/** Conditional batches that may fail before one commit takes the lock and keeps it while it decides. */
const OPTIMISTIC_TRIES = 3;

/** What one commit takes at most, so that nobody waits long behind it. */
const BATCH_JOBS = 4_096;
const BATCH_BYTES = 4 * 1_024 * 1_024;

/**
 * Up to here one commit takes all that waits. Where more callers come and go, two commits share them, and one half is decided
 * and answered while the other is on its way to the disk: preparing so many takes longer than syncing them.
 */
const SHARED_FROM = 128;

/** The parts that a queue stands on. */
export interface QueueParts {
  readonly database: Database;
  readonly directory: StreamDirectory;
  readonly tracker: LogTracker;
  readonly ground: Ground;
  readonly results: ResultReader;
  readonly clock: Clock;
  readonly space: SpaceLimit;
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
  /** What is durable and not yet told: callers are answered while the next commit is on its way. */
  #unsettled: readonly Job[] = [];
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
    // Those that come within this turn share the first commit.
    await nextTurn();
    while (this.#waiting.length > 0) {
      await this.#write(this.#take());
      const room = this.#parts.committed();
      if (room !== undefined) await withinLockTimeout(room);
      if (this.#waiting.length === 0) {
        this.#settle();
        await nextTurn();
      }
    }
    this.#running = undefined;
  }

  #take(): readonly Job[] {
    const inTurn = this.#waiting.length + this.#unsettled.length;
    const share = Math.min(BATCH_JOBS, Math.max(SHARED_FROM, Math.ceil(inTurn / 2)));
    let taken = 0;
    for (let bytes = 0; taken < share && bytes < BATCH_BYTES; taken += 1) {
      const job = this.#waiting[taken];
      if (job === undefined) break;
      bytes += job.bytes;
    }
    return this.#waiting.splice(0, taken).filter((job) => {
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
    } finally {
      this.#parts.tracker.end();
    }
  }

  /** Decides against what is seen, and commits if nobody else has written since; whether the jobs are done with. */
  async #tryOptimistic(jobs: readonly Job[]): Promise<boolean> {
    const { database, tracker } = this.#parts;
    while (!tracker.isCurrent()) await tracker.catchUp();
    const draft = this.#draft(jobs);
    if (draft.isEmpty) {
      this.#settle();
      await tracker.makeVisible();
      this.#unsettled = jobs;
      return true;
    }
    const content = this.#content(draft);
    if (bytesOf(content) > this.#parts.space.room()) {
      await this.#refuseLargest(jobs);
      return true;
    }
    tracker.begin(content.head.tag);
    const commit = commitIfHead(database, content);
    this.#settle();
    const outcome = await this.#outcome(jobs, commit, content.head.tag);
    if (outcome === true) {
      await this.#apply(draft);
      this.#unsettled = jobs;
    }
    return outcome !== false;
  }

  /** Others were quicker again and again: decides while holding the lock, which waits for this event loop meanwhile. */
  async #writeUnderLock(jobs: readonly Job[]): Promise<void> {
    const { database, tracker } = this.#parts;
    const tag = this.#nextTag();
    const room = this.#parts.space.room();
    tracker.begin(tag);
    let drafted: Draft | undefined;
    let fits = true;
    const commit = database.transaction(() => {
      tracker.catchUpAtOnce();
      drafted = this.#draft(jobs);
      const content = this.#content(drafted, tag);
      fits = bytesOf(content) <= room;
      if (fits && !drafted.isEmpty) putCommit(database, content);
      return true;
    });
    const outcome = await this.#outcome(jobs, commit, tag);
    const draft = drafted;
    if (outcome !== true || draft === undefined) return;
    if (!fits) return this.#refuseLargest(jobs);
    // A commit that wrote nothing has synced nothing: what its refusals rest on must be on disk first.
    if (draft.isEmpty) await tracker.makeVisible();
    else await this.#apply(draft);
    this.#unsettled = jobs;
  }

  /** Not all of it has room: each job is tried alone, so that small ones and refusals do not suffer from a large one. */
  async #refuseLargest(jobs: readonly Job[]): Promise<void> {
    this.#settle();
    if (jobs.length === 1) jobs[0]?.reject(this.#parts.space.refusal());
    else
      for (const job of jobs) {
        await this.#write([job]);
        this.#settle();
      }
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
    const failed = async (error: unknown): Promise<void> => {
      await reasonOf(error);
      release();
    };
    this.#stuck = commit.then(release, failed);
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

  #settle(): void {
    const jobs = this.#unsettled;
    this.#unsettled = [];
    for (const job of jobs) {
      try {
        job.settle(this.#parts.results);
      } catch (error) {
        // A damaged index must not keep the others waiting.
        job.reject(error);
      }
    }
  }
}

function bytesOf({ blocks }: CommitContent): number {
  return blocks.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

/** Plainer than the one of `node:timers/promises`, and every commit waits for one. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** What calls get once a store is closed. */
export function closedError(): StoreUnavailableError {
  return new StoreUnavailableError('The store is closed: open it again.');
}
