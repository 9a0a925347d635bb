/**
 * Where a stream must stand for an append to happen: anywhere (`'any'`), with no live event (`'no-stream'`), with one at
 * least (`'stream-exists'`), or with this 0-based revision as its last.
 */
export type ExpectedRevision = 'any' | 'no-stream' | 'stream-exists' | number;

/** Where a stream stood: its last revision, or why it has none. `'deleted'`: it was deleted and may be written again. */
export type ActualRevision = number | 'no-stream' | 'deleted';

/** @throws TypeError when `expected` is none of the four. */
export function assertExpectedRevision(expected: unknown): asserts expected is ExpectedRevision {
  if (expected === 'any' || expected === 'no-stream' || expected === 'stream-exists') return;
  if (typeof expected === 'number' && Number.isSafeInteger(expected) && expected >= 0) return;
  throw new TypeError(
    `Expected revision ${String(expected)}: write 'any', 'no-stream', 'stream-exists' or a 0-based revision.`,
  );
}
