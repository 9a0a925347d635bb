import type { Row } from './rows/row.js';

/** A store that acknowledges one append after the other faster than a bare file is synced has not synced. */
export function suspicionOf(rows: readonly Row[]): string | undefined {
  const ratio = rows.find(({ name }) => name === 'append-1')?.ratio ?? 0;
  return ratio > 1
    ? `append-1 beats the bare file (${ratio.toFixed(2)}): nothing was synced, or others kept the disk busy while the file had its turns.`
    : undefined;
}
