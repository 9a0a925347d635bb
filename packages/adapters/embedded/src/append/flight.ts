import type { Clock, StoreUnavailableError } from '@everfold/core';
import { type Database, readVersion } from '../environment.js';
import { HEAD_KEY } from '../keys.js';
import type { LogTracker } from '../log/log-tracker.js';
import { newMark } from '../mark.js';
import type { Openings } from '../opening/openings.js';
import type { SpaceLimit } from '../space-limit.js';
import type { StreamDirectory } from '../stream/stream-directory.js';
import { lockHeld, withinLockTimeout } from '../writing.js';
import {
  type CommitContent,
  commitIfHead,
  explainFailure,
  putCommit,
  stands,
  unknownOutcome,
} from './commit.js';
import { Draft, type Ground } from './draft.js';
import type { Job } from './job.js';

/** What commits stand on. */
export interface FlightParts {
  readonly database: Database;
  readonly directory: StreamDirectory;
  readonly tracker: LogTracker;
  readonly openings: Openings;
  readonly ground: Ground;
  readonly clock: Clock;
  readonly space: SpaceLimit;
}

/**
 * What became of a commit: `'written'` and on disk; `'overtaken'`, and nothing written, because another process has moved the
 * head; or refused, with what to tell each job. A commit that waits for a lock that does not move cannot be called back: it may
 * be written when `stuck` settles.
 */
export type Landing =
  | 'written'
  | 'overtaken'
  | {
      readonly refusal: (stream: string) => unknown;
      readonly stuck?: Promise<unknown> | undefined;
    };

/** A commit on its way to the disk. */
export interface Flight {
  readonly jobs: readonly Job[];
  readonly draft: Draft;
  readonly content: CommitContent;
  readonly landing: Promise<Landing>;
}

/** What a draft came to that was not sent: it has nothing to write, or no room to be written. */
export type Grounded = 'nothing-to-write' | { readonly noRoom: StoreUnavailableError };

/** How many bytes must be free before a draft can be sent. */
type Short = number;

/** Decides on jobs, encodes what they come to, and sends it on its way as one commit. */
export class Departures {
  readonly #parts: FlightParts;

  constructor(parts: FlightParts) {
    this.#parts = parts;
  }

  /**
   * Decides against the log as it stands, and sends a commit that is written if nobody else writes first.
   *
   * @param again - Whether to ask the disk for room where it has refused as much before.
   * @throws When the log cannot be read.
   */
  depart(jobs: readonly Job[], again: boolean): Promise<Flight | Grounded> {
    return this.#withRoom(again, async () => {
      const { tracker, ground } = this.#parts;
      while (!tracker.isCurrent()) await tracker.catchUp();
      return this.#send(jobs, new Draft(tracker.seen, ground), tracker.mark);
    });
  }

  /**
   * Decides as if a commit that is on its way had landed, and sends one that is written only if it does; `undefined` when it
   * cannot be sent before that has landed.
   */
  follow(flight: Flight, jobs: readonly Job[]): Flight | undefined {
    const { next, mark } = flight.content.head;
    const draft = new Draft(next, flight.draft);
    const departed = this.#send(jobs, draft, mark, this.#need(flight.content));
    return typeof departed === 'object' ? departed : undefined;
  }

  /**
   * Decides while holding the write lock, which waits for this event loop meanwhile: for when others are always quicker.
   *
   * @param again - As for {@link Departures.depart}.
   */
  underLock(jobs: readonly Job[], again: boolean): Promise<Flight | Grounded> {
    return this.#withRoom(again, () => this.#sendUnderLock(jobs));
  }

  /** Repeats what has too little room when the file has grown. */
  async #withRoom(
    again: boolean,
    send: () => Promise<Flight | 'nothing-to-write' | Short>,
  ): Promise<Flight | Grounded> {
    for (;;) {
      const sent = await send();
      if (typeof sent !== 'number') return sent;
      const noRoom = await this.#parts.space.grow(sent, again);
      if (noRoom !== undefined) return { noRoom };
    }
  }

  async #sendUnderLock(jobs: readonly Job[]): Promise<Flight | 'nothing-to-write' | Short> {
    const { database, tracker, ground, space } = this.#parts;
    const head = { next: 0, mark: newMark() };
    let draft = new Draft(0, ground);
    let content: CommitContent = { after: 0, blocks: [], head };
    let short: Short | undefined;
    while (!tracker.isCurrent()) await tracker.catchUp();
    tracker.begin(head.mark);
    const commit: Promise<boolean> = database.transaction(() => {
      if (!tracker.catchUpAtOnce()) return false;
      draft = drafted(jobs, new Draft(tracker.seen, ground));
      content = this.#content(draft, tracker.mark, head.mark);
      if (draft.isEmpty) return true;
      const room = space.take(this.#need(content));
      if (room === undefined) short = this.#need(content);
      else putCommit(database, content);
      room?.until(commit);
      return true;
    });
    const landing = await this.#landing(commit, () => content);
    if (landing === 'written' && (draft.isEmpty || short !== undefined)) {
      tracker.end(head.mark);
      return short ?? 'nothing-to-write';
    }
    return { jobs, draft, content, landing: Promise.resolve(landing) };
  }

  /**
   * Takes note of what became of a commit; what was written is shown to readers. It does not reject: where that cannot be done,
   * the jobs are told that the outcome is unknown.
   *
   * @param follower - The commit that was decided on top of it.
   */
  async land(flight: Flight, follower?: Flight): Promise<Landing> {
    const { tracker, ground } = this.#parts;
    const { mark } = flight.content.head;
    try {
      let landing = await flight.landing;
      if (landing === 'written') landing = await this.#confirm(flight);
      tracker.end(mark);
      if (landing === 'written') await this.#apply(flight);
      return landing;
    } catch (cause) {
      tracker.end(mark);
      return { refusal: unknownOutcome(cause) };
    } finally {
      follower?.draft.standOn(ground);
    }
  }

  /** Whether a commit that is on disk stays there: see {@link Openings}. */
  async #confirm({ content }: Flight): Promise<Landing> {
    const { database, openings } = this.#parts;
    try {
      await openings.ended();
    } catch (cause) {
      return { refusal: unknownOutcome(cause) };
    }
    database.resetReadTxn();
    const isNewest = readVersion(database, HEAD_KEY) === content.head.mark;
    return isNewest || stands(database, content.blocks) ? 'written' : 'overtaken';
  }

  #send(
    jobs: readonly Job[],
    draft: Draft,
    after: number,
    ahead = 0,
  ): Flight | 'nothing-to-write' | Short {
    const { database, tracker, space } = this.#parts;
    drafted(jobs, draft);
    if (draft.isEmpty) return 'nothing-to-write';
    const content = this.#content(draft, after, newMark());
    const room = space.take(this.#need(content), ahead);
    if (room === undefined) return this.#need(content);
    tracker.begin(content.head.mark);
    const commit = commitIfHead(database, content);
    room.until(commit);
    return { jobs, draft, content, landing: this.#landing(commit, () => content) };
  }

  #need({ blocks }: CommitContent): number {
    return this.#parts.space.bytesFor(blocks.map(({ bytes }) => bytes.length));
  }

  #content(draft: Draft, after: number, mark: number): CommitContent {
    const recordedAtMs = Math.max(0, Math.floor(this.#parts.clock.now()));
    return { after, blocks: draft.encode(recordedAtMs), head: { next: draft.next, mark } };
  }

  async #landing(commit: Promise<boolean>, content: () => CommitContent): Promise<Landing> {
    try {
      const outcome = await withinLockTimeout(commit);
      if (outcome === 'lock-held') return { refusal: lockHeld, stuck: commit };
      return outcome ? 'written' : 'overtaken';
    } catch (error) {
      return { refusal: await explainFailure(this.#parts.database, content().blocks, error) };
    }
  }

  /** Tells the directory of what was committed, unless it has read that from the log already. */
  async #apply({ draft, content }: Flight): Promise<void> {
    const { directory, tracker } = this.#parts;
    const last = content.blocks.at(-1);
    if (last === undefined || tracker.mark !== content.after) {
      while (!tracker.isCurrent()) await tracker.catchUp();
      await tracker.makeVisible();
      return;
    }
    for (const { stream, revision, place } of draft.events) directory.add(stream, revision, place);
    for (const { stream, control, record } of draft.controls)
      directory.setControl(stream, control, record);
    tracker.committed({ head: content.head, ...last });
  }
}

function drafted(jobs: readonly Job[], draft: Draft): Draft {
  for (const job of jobs) job.draft(draft);
  return draft;
}
