import { StoreUnavailableError, WriteLockHeldError } from '@everfold/core';
import type { Database } from '../environment.js';
import type { Openings } from '../opening/openings.js';
import type { Room, SpaceLimit } from '../space-limit.js';
import { LOCK_TIMEOUT_MS, reasonOf, withinLockTimeout, writeFailed } from '../writing.js';

/** What read models stand on. */
export interface CommitParts {
  readonly database: Database;
  readonly space: SpaceLimit;
  readonly openings: Openings;
  /** @throws {@link StoreUnavailableError} when the store is closed. */
  readonly assertOpen: () => void;
}

/** How often a commit is made again that was lost because somebody opened the folder: once is seldom enough. */
const MOST_TRIES = 100;

/** A condition that an entry has a version; `undefined`: that there is no entry. */
export interface EntryCondition {
  readonly key: Buffer;
  readonly version: number | undefined;
}

/** What is to stand under a key; no value: nothing. */
export interface EntryWrite {
  readonly key: Buffer;
  readonly value: Buffer | undefined;
  /** Written beside the value. */
  readonly version: number;
}

/** Makes the commits of read models: each is on disk, and stays there, when it resolves. */
export class Commits {
  readonly #parts: CommitParts;
  #running = 0;
  #idle: (() => void) | undefined;
  #stuck: Promise<unknown> | undefined;

  constructor(parts: CommitParts) {
    this.#parts = parts;
  }

  get database(): Database {
    return this.#parts.database;
  }

  /** @throws {@link StoreUnavailableError} when the store is closed. */
  assertOpen(): void {
    this.#parts.assertOpen();
  }

  /** Looks at what stands there now. @throws {@link StoreUnavailableError} when the store is closed. */
  refresh(): Database {
    this.#parts.assertOpen();
    this.#parts.database.resetReadTxn();
    return this.#parts.database;
  }

  /**
   * Does something until it succeeds: others may be quicker, and a commit may be lost while somebody opens the folder.
   *
   * @param tryOnce - `undefined` when it is to be tried again.
   */
  async untilDone<T>(tryOnce: () => Promise<T | undefined>): Promise<T> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const done = await tryOnce();
      if (done !== undefined) return done;
    }
    throw new StoreUnavailableError(
      `Other processes were quicker ${MOST_TRIES} times. Nothing was written: try again.`,
    );
  }

  /**
   * Makes one commit; closing waits for it.
   *
   * @param sizes - Of the values that it may write or remove.
   * @param issue - Hands the writes to LMDB, in this turn; the room is there then.
   * @throws {@link StoreUnavailableError} when it could not be written.
   * @throws {@link WriteLockHeldError} when another process holds the lock: it may be written later.
   */
  async commit<T>(what: string, sizes: readonly number[], issue: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      if (this.#stuck !== undefined) throw lockHeld(what);
      const { space, openings, database } = this.#parts;
      const room = await space.claim(space.bytesForScattered(sizes));
      database.resetReadTxn();
      const writing = issued(issue, room);
      const outcome = await this.#outcome(what, writing);
      // What is committed while somebody opens the folder may be lost: see Openings.
      await openings.ended();
      database.resetReadTxn();
      return outcome;
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#idle?.();
    }
  }

  /** Resolves when no commit is on its way, but for those that wait for a lock that does not move. */
  async close(): Promise<void> {
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  async #outcome<T>(what: string, writing: Promise<T>): Promise<T> {
    try {
      const outcome = await withinLockTimeout(writing);
      if (outcome !== 'lock-held') return outcome;
    } catch (error) {
      throw writeFailed(await reasonOf(error));
    }
    this.#refuseWhile(writing);
    throw lockHeld(what);
  }

  /** What waits for the lock cannot be called back: nothing is queued behind it. */
  #refuseWhile(writing: Promise<unknown>): void {
    const stuck = writing.then(
      () => undefined,
      async (error: unknown) => void (await reasonOf(error)),
    );
    this.#stuck = stuck;
    void stuck.then(() => {
      if (this.#stuck === stuck) this.#stuck = undefined;
    });
  }
}

/**
 * Writes if all entries have their versions; to be called when a commit is issued.
 *
 * @returns Of each condition whether it held, or one before it did not.
 */
export function issueIf(
  database: Database,
  conditions: readonly EntryCondition[],
  writes: readonly EntryWrite[],
): Promise<readonly boolean[]> {
  const held: Promise<boolean>[] = [];
  const nest = (at: number): void => {
    const condition = conditions[at];
    if (condition !== undefined) held[at] = ifStands(database, condition, () => nest(at + 1));
    else putAll(database, writes);
  };
  nest(0);
  return Promise.all(held);
}

/** Hands writes to LMDB, within a batch. */
export function putAll(database: Database, writes: readonly EntryWrite[]): void {
  for (const { key, value, version } of writes)
    if (value === undefined) void database.remove(key);
    else void database.put(key, value, version);
}

/** What was handed to LMDB keeps its room until it is through; what could not be, gives it back. */
function issued<T>(issue: () => Promise<T>, room: Room): Promise<T> {
  let writing: Promise<T> | undefined;
  try {
    writing = issue();
    return writing;
  } finally {
    room.until(writing ?? Promise.resolve());
  }
}

function ifStands(
  database: Database,
  { key, version }: EntryCondition,
  act: () => void,
): Promise<boolean> {
  return version === undefined
    ? database.ifNoExists(key, act)
    : database.ifVersion(key, version, act);
}

function lockHeld(what: string): WriteLockHeldError {
  return new WriteLockHeldError(
    what,
    `Another process holds the write lock of the store for more than ${LOCK_TIMEOUT_MS} ms: it was stopped inside a commit. ` +
      `What was to be written to '${what}' may be written when it goes on: read it again then.`,
  );
}
