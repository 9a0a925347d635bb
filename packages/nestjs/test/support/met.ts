import { setTimeout as pause } from 'node:timers/promises';

const PATIENCE_MS = 4_000;

/** Resolves when a condition is met; rejects when that takes too long. */
export async function met(isMet: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isMet())) {
    if (performance.now() > deadline) throw new Error('This has not come to be in time.');
    await pause(2);
  }
}
