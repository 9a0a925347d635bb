import { AppendOutcomeUnknownError } from '@everfold/core';
import { type Database, readVolatile } from '../environment.js';
import { blockKey, HEAD_KEY } from '../keys.js';
import { encodeHead, type Head } from '../log/head.js';
import { reasonOf, writeFailed } from '../writing.js';
import type { EncodedBlock } from './draft.js';

/** What one commit writes. */
export interface CommitContent {
  /** The mark of the commit that this one stands upon. */
  readonly after: number;
  readonly blocks: readonly EncodedBlock[];
  readonly head: Head;
}

/** Hands the writes of a commit to LMDB. Called within a conditional batch or a transaction. */
export function putCommit(database: Database, { blocks, head }: CommitContent): void {
  for (const { first, bytes } of blocks) void database.put(blockKey(first), bytes, first);
  void database.put(HEAD_KEY, encodeHead(head), head.mark);
}

/**
 * Commits in one native conditional batch: durable when it resolves to `true`; nothing was written when it resolves to
 * `false`, because another process has moved the head, or because the commit that it stands upon was not written. It needs no
 * turn of this process's event loop while it holds the lock.
 */
export function commitIfHead(database: Database, content: CommitContent): Promise<boolean> {
  const commit = database.ifVersion(HEAD_KEY, content.after, () => putCommit(database, content));
  startNow(database);
  return commit;
}

/**
 * LMDB's binding sends the first batch to its writing thread at the end of the turn, and a second one at once: behind an empty
 * one the commit is on its way while this thread answers callers and takes their next appends.
 */
function startNow(database: Database): void {
  const nothing = (): void => undefined;
  database.batch(nothing).catch((error: unknown) => void reasonOf(error));
}

/** What to tell the appends of a commit that failed: that nothing was written, unless its first block stands in the log. */
export async function explainFailure(
  database: Database,
  blocks: readonly EncodedBlock[],
  error: unknown,
): Promise<(stream: string) => Error> {
  const cause = await reasonOf(error);
  database.resetReadTxn();
  return stands(database, blocks) ? unknownOutcome(cause) : () => writeFailed(cause);
}

/** What to tell the appends of a commit that was written, and may not stay. */
export function unknownOutcome(cause: unknown): (stream: string) => Error {
  return (stream) => new AppendOutcomeUnknownError(stream, undefined, { cause });
}

/** Whether what a commit wrote is in the log, by its first block. */
export function stands(database: Database, blocks: readonly EncodedBlock[]): boolean {
  const [block] = blocks;
  return (
    block !== undefined &&
    readVolatile(database, blockKey(block.first))?.equals(block.bytes) === true
  );
}
