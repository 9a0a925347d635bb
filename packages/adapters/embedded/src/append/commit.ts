import {
  AppendOutcomeUnknownError,
  StoreUnavailableError,
  WriteLockHeldError,
} from '@everfold/core';
import { sealed } from '../checksum.js';
import type { Database } from '../environment.js';
import { blockKey, HEAD_KEY } from '../keys.js';
import { type Head, readHead } from '../log/log-tracker.js';
import type { EncodedBlock } from './draft.js';

/** How long a commit may wait for the write lock before its appends are told. */
export const LOCK_TIMEOUT_MS = 5_000;

/** What one commit writes. */
export interface CommitContent {
  /** Where the log must stand: the number of the record that this commit begins with. */
  readonly base: number;
  readonly blocks: readonly EncodedBlock[];
  readonly head: Head;
}

/** Hands the writes of a commit to LMDB. Called within a conditional batch or a transaction. */
export function putCommit(database: Database, { blocks, head }: CommitContent): void {
  for (const { first, bytes } of blocks) void database.put(blockKey(first), bytes, first);
  void database.put(HEAD_KEY, encodeHead(head), head.next);
}

/** The head of the log as it is stored. */
export function encodeHead({ next, tag }: Head): Buffer {
  return sealed(Buffer.from(JSON.stringify([next, tag])));
}

/**
 * Commits in one native conditional batch: durable when it resolves to `true`; nothing was written when it resolves to
 * `false`, because another process has moved the head. It needs no turn of this process's event loop while it holds the lock.
 */
export function commitIfHead(database: Database, content: CommitContent): Promise<boolean> {
  return database.ifVersion(HEAD_KEY, content.base, () => putCommit(database, content));
}

/** The outcome of a commit, or that it has not come within {@link LOCK_TIMEOUT_MS}. */
export async function withinLockTimeout<T>(commit: Promise<T>): Promise<T | 'lock-held'> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<'lock-held'>((resolve) => {
    timer = setTimeout(resolve, LOCK_TIMEOUT_MS, 'lock-held');
  });
  try {
    return await Promise.race([commit, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** What to tell the appends of a commit that LMDB refused: a full disk arrives as EIO, and nothing was written. */
export async function explainFailure(
  database: Database,
  tag: string,
  error: unknown,
): Promise<(stream: string) => Error> {
  const cause = await rootCause(error);
  database.resetReadTxn();
  if (readHead(database).tag === tag)
    return (stream) => new AppendOutcomeUnknownError(stream, undefined, { cause });
  return () =>
    new StoreUnavailableError(
      `LMDB could not write (${String(cause)}). Nothing was written: is the disk full, or the store at its maxBytes?`,
      { cause },
    );
}

/** What to tell appends while another process holds the lock. */
export function lockHeld(stream: string): WriteLockHeldError {
  return new WriteLockHeldError(
    stream,
    `Another process holds the write lock of the store for more than ${LOCK_TIMEOUT_MS} ms: it was stopped inside a commit. ` +
      `The append to '${stream}' may be written when it goes on: repeat it then, with the same event ids and the same expected revision.`,
  );
}

/** LMDB tells the reason of a failed commit by a promise of its own, which nobody else would catch. */
async function rootCause(error: unknown): Promise<unknown> {
  const reason = (error as { readonly commitError?: Promise<never> }).commitError;
  if (reason === undefined) return error;
  return Promise.race([
    reason.catch((cause: unknown) => cause),
    new Promise((resolve) => setTimeout(resolve, 1_000, error).unref()),
  ]);
}
