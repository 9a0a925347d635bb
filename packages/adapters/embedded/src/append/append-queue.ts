import { StoreUnavailableError } from '@everfold/core';
import { lockHeld, reasonOf, withinLockTimeout } from '../writing.js';
import { unknownOutcome } from './commit.js';
import { Departures, type Flight, type FlightParts, type Grounded } from './flight.js';
import type { Job, ResultReader } from './job.js';

/** Commits in a row that others may overtake before one takes the lock and keeps it while it decides. */
const OPTIMISTIC_TRIES = 3;

/** What one commit takes at most, so that nobody waits long behind it. */
const BATCH_JOBS = 4_096;
const BATCH_BYTES = 4 * 1_024 * 1_024;

/**
 * Up to here one commit takes all that waits. Where more callers come and go, two commits share them: while one half is on its
 * way to the disk, the other half is answered, comes again, and is sent behind it.
 */
const SHARED_FROM = 128;

/** The parts that a queue stands on. */
export interface QueueParts extends FlightParts {
  readonly results: ResultReader;
  /** Told after each commit; resolves when the next one may begin. */
  readonly committed: () => Promise<void> | undefined;
}

/**
 * Group commit: everything that waits is decided, encoded and written by one conditional batch. While it is on its way to the
 * disk, the next ones gather; where they are many, they follow it at once.
 */
export class AppendQueue {
  readonly #parts: QueueParts;
  readonly #departures: Departures;
  #waiting: Job[] = [];
  /** What is durable and not yet told: callers are answered while the next commit is on its way. */
  #unsettled: Job[] = [];
  #running: Promise<void> | undefined;
  #stuck: Promise<void> | undefined;
  /** Called when so many wait that a commit may follow the one on its way. */
  #gathered: (() => void) | undefined;
  #overtaken = 0;
  /**
   * Commits that have not come to their end. No Set: one that is added to and deleted from leaves a chain of old tables behind,
   * which the garbage collector keeps, with all that was in them, as soon as the first of them is old.
   */
  #aloft: readonly Flight[] = [];
  readonly #closing = new AbortController();

  constructor(parts: QueueParts) {
    this.#parts = parts;
    this.#departures = new Departures(parts);
  }

  /** Queues a job, or rejects it at once where it could only wait for a lock that does not move. */
  push(job: Job): void {
    if (this.#closing.signal.aborted) job.reject(closedError());
    else if (this.#stuck !== undefined) job.reject(lockHeld(job.stream));
    else {
      this.#waiting.push(job);
      this.#running ??= this.#run();
      if (this.#waiting.length >= SHARED_FROM) this.#gathered?.();
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

  /** Never rejects, and always comes to its end: whatever goes wrong, nobody is left waiting. */
  async #run(): Promise<void> {
    try {
      // Those that come within this turn share the first commit.
      await nextTurn();
      await this.#commitAll();
    } catch (error) {
      this.#abandon(error);
    } finally {
      this.#running = undefined;
    }
  }

  async #commitAll(): Promise<void> {
    let flight: Flight | undefined;
    while (flight !== undefined || this.#waiting.length > 0) {
      flight ??= await this.#depart(this.#take());
      const follower = flight && (await this.#follow(flight));
      flight = flight && (await this.#land(flight, follower));
      const room = this.#parts.committed();
      if (room !== undefined) await withinLockTimeout(room);
      if (flight === undefined && this.#waiting.length > 0) continue;
      this.#settle();
      if (flight === undefined) await nextTurn();
    }
  }

  /** Tells everybody of what was not foreseen: what is on its way may be written or not. */
  #abandon(error: unknown): void {
    this.#settle();
    for (const { jobs } of this.#aloft)
      for (const job of jobs) job.reject(unknownOutcome(error)(job.stream));
    this.#aloft = [];
    for (const job of this.#waiting.splice(0)) job.reject(error);
  }

  /** Takes from what waits, in order; `ahead` jobs are on their way. */
  #take(ahead = 0): readonly Job[] {
    const inTurn = this.#waiting.length + this.#unsettled.length + ahead;
    const share = Math.min(BATCH_JOBS, Math.max(SHARED_FROM, Math.ceil(inTurn / 2)));
    let taken = 0;
    for (let bytes = 0; taken < share && bytes < BATCH_BYTES; taken += 1) {
      const job = this.#waiting[taken];
      if (job === undefined) break;
      bytes += job.bytes;
    }
    // New arrays: one that lives long and is emptied from its front makes the garbage collector keep what was in it.
    const jobs = this.#waiting.slice(0, taken);
    this.#waiting = this.#waiting.slice(taken);
    return jobs.filter((job) => {
      if (job.signal?.aborted === true) job.reject(job.signal.reason);
      return job.signal?.aborted !== true;
    });
  }

  /**
   * Sends a commit of these jobs; `undefined` when they are done with.
   *
   * @param again - Whether to ask the disk for room where it has refused as much before.
   */
  async #depart(jobs: readonly Job[], again = true): Promise<Flight | undefined> {
    try {
      const departed = await (this.#overtaken < OPTIMISTIC_TRIES
        ? this.#departures.depart(jobs, again)
        : this.#departures.underLock(jobs, again));
      this.#settle();
      if (typeof departed === 'object' && 'landing' in departed) return this.#track(departed);
      await this.#stay(departed, jobs);
    } catch (error) {
      for (const job of jobs) job.reject(error);
    }
    return undefined;
  }

  #track(flight: Flight): Flight {
    this.#aloft = [...this.#aloft, flight];
    return flight;
  }

  /** Sends a commit behind one that is on its way, as soon as enough jobs wait; `undefined` when that lands before. */
  async #follow(flight: Flight): Promise<Flight | undefined> {
    if (this.#waiting.length < SHARED_FROM) {
      const gathered = new Promise<void>((resolve) => {
        this.#gathered = resolve;
      });
      await Promise.race([gathered, flight.landing]);
      this.#gathered = undefined;
    }
    if (this.#waiting.length < SHARED_FROM) return undefined;
    const jobs = this.#take(flight.jobs.length);
    try {
      const departed = this.#departures.follow(flight, jobs);
      if (departed !== undefined) return this.#track(departed);
    } catch (error) {
      for (const job of jobs) job.reject(error);
      return undefined;
    }
    // What it comes to depends on the commit before it, or it must wait for room.
    this.#waiting = [...jobs, ...this.#waiting];
    return undefined;
  }

  /** Sees a commit to its end; returns the one that follows it, if that is still on its way. */
  async #land(flight: Flight, follower: Flight | undefined): Promise<Flight | undefined> {
    const landing = await this.#departures.land(flight, follower);
    this.#aloft = this.#aloft.filter((other) => other !== flight);
    if (landing === 'written') {
      this.#overtaken = 0;
      this.#unsettled.push(...flight.jobs);
      return follower;
    }
    if (landing === 'overtaken') {
      const overtaken = this.#overtaken + 1;
      // It can only be overtaken as well; the jobs keep their order.
      if (follower !== undefined) await this.#land(follower, undefined);
      this.#overtaken = overtaken;
      this.#waiting = [...flight.jobs, ...this.#waiting];
      return undefined;
    }
    for (const job of flight.jobs) job.reject(landing.refusal(job.stream));
    if (landing.stuck !== undefined) this.#refuseWhile(landing.stuck);
    return follower;
  }

  /** Ends jobs that came to no commit. */
  async #stay(grounded: Grounded, jobs: readonly Job[]): Promise<void> {
    if (grounded === 'nothing-to-write') {
      // Nothing was synced: what refusals and repeats rest on must be on disk first.
      await this.#parts.tracker.makeVisible();
      this.#unsettled.push(...jobs);
    } else if (jobs.length === 1) jobs[0]?.reject(grounded.noRoom);
    // Not all of it has room: each job is tried alone, so that small ones and refusals do not suffer from a large one.
    else for (const job of jobs) await this.#writeAlone(job);
  }

  async #writeAlone(job: Job): Promise<void> {
    const flight = await this.#depart([job], false);
    if (flight !== undefined) await this.#land(flight, undefined);
    this.#settle();
  }

  /** A commit that waits for the lock cannot be called back: nothing is queued behind it. */
  #refuseWhile(commit: Promise<unknown>): void {
    const ended = commit.then(
      () => undefined,
      async (error: unknown) => void (await reasonOf(error)),
    );
    const stuck = Promise.all([this.#stuck, ended]).then(() => {
      if (this.#stuck === stuck) this.#stuck = undefined;
    });
    this.#stuck = stuck;
    for (const job of this.#waiting.splice(0)) job.reject(lockHeld(job.stream));
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
