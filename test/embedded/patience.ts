import { setTimeout as delay } from 'node:timers/promises';

/** Waits until a condition holds; rejects when it does not within the time, naming what was waited for. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 20_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`Waited ${timeoutMs} ms in vain: ${what}.`);
    await delay(2);
  }
}

/** Rejects when a promise does not settle within the time. */
export async function within<T>(what: string, promise: Promise<T>, timeoutMs = 20_000): Promise<T> {
  const settled = new AbortController();
  const late = delay(timeoutMs, undefined, { signal: settled.signal }).then(() => {
    throw new Error(`Waited ${timeoutMs} ms in vain: ${what}.`);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    settled.abort();
    late.catch(() => undefined);
  }
}

/** Prints one line of a test's numbers, past the test runner. */
export function print(line: string): void {
  process.stderr.write(`${line}\n`);
}
