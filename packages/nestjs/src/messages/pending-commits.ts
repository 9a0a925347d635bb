import { AsyncLocalStorage } from 'node:async_hooks';
import type { CommandMiddleware } from '@everfold/core';

const pending = new AsyncLocalStorage<Set<Promise<void>>>();
const conflicts = new WeakSet<object>();

/** @internal Marks an error as a conflict after which a handler may load and decide anew. */
export function asCommitConflict<E extends Error>(error: E): E {
  conflicts.add(error);
  return error;
}

/** @internal */
export function isCommitConflict(error: unknown): boolean {
  return typeof error === 'object' && error !== null && conflicts.has(error);
}

/** @internal Whether a command is being handled, and no event that came of one. */
export function isInCommand(): boolean {
  return pending.getStore() !== undefined;
}

/** @internal Notes a commit, so that the command that it belongs to does not end before it. */
export function notePending(commit: Promise<void>): void {
  const commits = pending.getStore();
  if (commits === undefined) return;
  commits.add(commit);
  const settle = () => void commits.delete(commit);
  commit.then(settle, settle);
}

/**
 * @internal Lets a command end with the commits that it began, also those that its handler did not await: a command that was
 * answered is durable.
 */
export const awaitingCommits: CommandMiddleware = (_message, next) => {
  const commits = new Set<Promise<void>>();
  return pending.run(commits, async () => {
    try {
      const result = await next();
      while (commits.size > 0) await Promise.all(commits);
      return result;
    } finally {
      // A handler that is run again must not meet what its first run is still writing.
      await Promise.allSettled(commits);
    }
  });
};
