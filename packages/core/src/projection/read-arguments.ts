import { assertInteger } from './projection.js';

const MAX_IDS = 100_000;
const DEFAULT_TIMEOUT_MS = 5_000;
/** The most that timers take. */
const MAX_TIMEOUT_MS = 2_147_483_647;

/** @internal @throws TypeError when it is no number of milliseconds that can be waited for. */
export function timeoutOf(timeoutMs: number = DEFAULT_TIMEOUT_MS): number {
  assertInteger('timeoutMs', timeoutMs, 0, MAX_TIMEOUT_MS);
  return timeoutMs;
}

/** @internal Each id once. @throws TypeError when they are no ids, or too many. */
export function uniqueIds(ids: readonly string[]): readonly string[] {
  if (!Array.isArray(ids)) throw new TypeError('getMany needs a list of document ids.');
  for (const id of ids)
    if (typeof id !== 'string')
      throw new TypeError(`A document id is a string, not ${String(id)}.`);
  const unique = [...new Set<string>(ids)];
  if (unique.length <= MAX_IDS) return unique;
  throw new TypeError(`${unique.length} ids are too many for one read: ${MAX_IDS} at most.`);
}
