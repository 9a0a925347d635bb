import { setTimeout as wait } from 'node:timers/promises';

/** @internal How long to wait before the next attempt: base × 2^n up to a cap, of which a random part is taken. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * @internal Waits before attempt `attempt` (1 for the first repeat), a random time up to the bound ("full jitter"), so that those who
 * collided do not meet again.
 *
 * @throws the signal's reason when it is aborted meanwhile.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export async function backOff(
  attempt: number,
  { baseMs, maxMs }: Backoff,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  const bound = Math.min(maxMs, baseMs * 2 ** (attempt - 1));
  try {
    await wait(Math.random() * bound, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
