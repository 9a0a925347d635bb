import { randomUUID } from 'node:crypto';
import type { Folders } from './folders.js';
import { until } from './patience.js';
import type { Processes, StoreProcess } from './processes.js';
import type { Random } from './random.js';
import { reasonOf } from './refusals.js';

/** A folder in which a process was stopped inside a commit. */
export interface Scene {
  readonly folder: string;
  /** Stopped inside a commit. */
  readonly stopped: StoreProcess;
  /** Waits for the lock: the append that showed that it is held. */
  readonly waiting: { readonly id: string; readonly reason: ReturnType<typeof reasonOf> };
  readonly since: number;
  readonly other: StoreProcess;
  /** Has the folder open, and has not appended since. */
  readonly idle: StoreProcess;
  readonly stops: number;
}

/** Stops a process that appends, again and again, until it was within a commit: then nobody else can append. */
export async function stopInsideCommit(
  processes: Processes,
  folders: Folders,
  random: Random,
): Promise<Scene> {
  const folder = await folders.create();
  let acknowledged = 0;
  const [stopped, other, idle] = await Promise.all([
    processes.start({
      onSaid: () => {
        acknowledged += 1;
      },
    }),
    processes.start(),
    processes.start(),
  ]);
  await Promise.all([stopped, other, idle].map((process) => process.call('open', { folder })));
  const appending = { stream: 'busy-1', atOnce: 6, length: 4_000, telling: true };
  stopped.call('appendUntilStopped', appending).catch(() => undefined);
  for (let stops = 1; ; stops += 1) {
    const before = acknowledged;
    const enough = random.between(1, 20);
    await until('appends', () => acknowledged > before + enough);
    stopped.kill('SIGSTOP');
    const since = performance.now();
    const id = randomUUID();
    let settled = false;
    const append = other.call('append', {
      stream: `waiting-${id}`,
      ids: [id],
      expected: 'no-stream',
    });
    const reason = reasonOf(append).finally(() => {
      settled = true;
    });
    await until('the lock', () => settled || performance.now() - since > 1_000);
    if (!settled) return { folder, stopped, waiting: { id, reason }, since, other, idle, stops };
    stopped.kill('SIGCONT');
  }
}

/** Takes the write lock of a folder with LMDB alone, and is stopped with it. */
export async function stopWithLock(processes: Processes, folder: string): Promise<StoreProcess> {
  let hasLock = false;
  const holder = await processes.start({
    script: 'lmdb.mjs',
    onSaid: (message) => {
      hasLock ||= 'locked' in message;
    },
  });
  holder.call('stopWithLock', { folder }).catch(() => undefined);
  await until('the lock', () => hasLock);
  return holder;
}

/** How long the event loop was held at most while something went on, in ms. */
export async function longestHold<T>(
  work: Promise<T>,
): Promise<{ readonly outcome: PromiseSettledResult<T>; readonly longestMs: number }> {
  let longestMs = 0;
  let last = performance.now();
  const look = (): void => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - last);
    last = now;
  };
  const timer = setInterval(look, 5);
  const [outcome] = await Promise.allSettled([work]);
  clearInterval(timer);
  look();
  return { outcome, longestMs };
}
