import { StoreUnavailableError, WriteLockHeldError } from '@everfold/core';

/** How long a write may wait for LMDB's write lock before its caller is told. */
export const LOCK_TIMEOUT_MS = 5_000;

/** How long the reason of a failed commit may take to arrive. */
const REASON_TIMEOUT_MS = 1_000;

/** The outcome of a write, or that it has not come within {@link LOCK_TIMEOUT_MS}: it cannot be called back, and may come later. */
export function withinLockTimeout<T>(write: Promise<T>): Promise<T | 'lock-held'> {
  return new Promise((resolve, reject) => {
    const since = performance.now();
    const entry = { since, expire: () => resolve('lock-held') };
    watched = [...watched, entry];
    watch ??= setInterval(expireOverdue, WATCH_MS).unref();
    const end = (): void => {
      watched = watched.filter((other) => other !== entry);
    };
    write.then(
      (outcome) => {
        end();
        resolve(outcome);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}

// One timer watches all writes: to set one and to clear it again would cost every commit more than encoding an event does.
const WATCH_MS = 100;
// No Set: see AppendQueue.
let watched: readonly { readonly since: number; readonly expire: () => void }[] = [];
let watch: NodeJS.Timeout | undefined;
let lastWatch = 0;

function expireOverdue(): void {
  const now = performance.now();
  // An event loop that was busy for long meets its timers before the outcomes that wait behind them: they get another turn.
  const wasBusy = now - lastWatch > 5 * WATCH_MS;
  lastWatch = now;
  if (watched.length === 0) {
    clearInterval(watch);
    watch = undefined;
  } else if (!wasBusy)
    for (const write of watched) if (now - write.since >= LOCK_TIMEOUT_MS) write.expire();
}

/** What comes of a promise, or a rejection with the reason of a signal that aborts before. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason);
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}

/** Why LMDB refused a write. It tells by a promise of its own on the error, which would end the process if nobody caught it. */
export async function reasonOf(error: unknown): Promise<unknown> {
  const reason = (error as { readonly commitError?: Promise<never> }).commitError;
  if (reason === undefined) return error;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, REASON_TIMEOUT_MS, error);
  });
  try {
    return await Promise.race([reason.catch((cause: unknown) => cause), timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** A write beside the log: it is written when this resolves. */
export async function write(stream: string, writing: Promise<unknown>): Promise<void> {
  try {
    if ((await withinLockTimeout(writing)) === 'lock-held') throw lockHeld(stream);
  } catch (error) {
    if (error instanceof WriteLockHeldError) throw error;
    throw writeFailed(await reasonOf(error));
  }
}

/** What to tell a caller whose write LMDB refused: a full disk arrives as EIO. */
export function writeFailed(cause: unknown): StoreUnavailableError {
  return new StoreUnavailableError(
    `LMDB could not write (${String(cause)}). Nothing was written: make room on the disk of the store, or see what is wrong with it.`,
    { cause },
  );
}

/** What to tell a caller while another process holds the lock. */
export function lockHeld(stream: string): WriteLockHeldError {
  return new WriteLockHeldError(
    stream,
    `Another process holds the write lock of the store for more than ${LOCK_TIMEOUT_MS} ms: it was stopped inside a commit. ` +
      `What was to be written to '${stream}' may be written when it goes on: repeat it then, with the same event ids and the same expected revision.`,
  );
}
