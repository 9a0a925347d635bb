import { ForeignPositionError, type Position } from '@everfold/core';

const PATTERN = /^\d{16}$/;

/** The position of the n-th event of the log, from 1; 0 is before everything. */
export function positionAt(place: number): Position {
  return String(place).padStart(16, '0') as Position;
}

/**
 * The place that a position names.
 *
 * @param identity - The identity of the store that was asked.
 * @throws {@link ForeignPositionError} when it has not the shape of this store's positions.
 */
export function placeOf(position: string, identity: string): number {
  const place = PATTERN.test(position) ? Number(position) : Number.NaN;
  if (Number.isSafeInteger(place)) return place;
  throw new ForeignPositionError(String(position), 'another store', identity);
}
