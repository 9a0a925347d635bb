import { randomInt } from 'node:crypto';

const MARKS = 2 ** 48 - 1;

/**
 * A mark for a commit. At random, so that no two processes give the same to commits that end at the same record: what was decided
 * upon one of them must not be written behind the other.
 */
export function newMark(): number {
  return randomInt(1, MARKS);
}
