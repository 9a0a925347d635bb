import { setTimeout as delay } from 'node:timers/promises';

/** How often operations look at what they wait for. */
export const LOOK_MS = 25;

/** @internal Looks again and again until something comes of it. @throws What a look throws; the reason of the signal. */
export async function until<T>(
  look: () => Promise<T | undefined>,
  signal: AbortSignal | undefined,
  everyMs: number = LOOK_MS,
): Promise<T> {
  for (;;) {
    signal?.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    await pause(everyMs, signal);
  }
}

/** @internal @throws The reason of the signal. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
