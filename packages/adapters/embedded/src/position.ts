import { ForeignPositionError, type Position } from '@everfold/core';

// A position is the 1-based number of a record in the log, as 16 decimal digits: string order is log order.
const THREE_DIGITS = Array.from({ length: 1_000 }, (_, n) => String(n).padStart(3, '0'));
const PATTERN = /^\d{16}$/;

/** The position of the record with this number. */
export function positionAt(record: number): Position {
  return `${leading(record)}${THREE_DIGITS[record % 1_000]}` as Position;
}

let lastThousands = -1;
let lastLeading = '';

/** Records are read in order: the digits above the last three hardly ever change. */
function leading(record: number): string {
  const thousands = Math.floor(record / 1_000);
  if (thousands !== lastThousands) {
    lastThousands = thousands;
    lastLeading = String(thousands).padStart(13, '0');
  }
  return lastLeading;
}

/**
 * The number of the record at a position.
 *
 * @throws {@link ForeignPositionError} when it has not the shape of this store's positions.
 */
export function recordAt(position: string): number {
  const record = PATTERN.test(position) ? Number(position) : Number.NaN;
  if (Number.isSafeInteger(record)) return record;
  throw new ForeignPositionError(String(position), 'another store', 'an embedded store');
}
