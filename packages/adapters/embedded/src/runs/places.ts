import { sealed, unsealed } from '../checksum.js';
import { streamKey } from '../keys.js';
import { positionAt } from '../position.js';
import { type IndexEntry, recordOf } from '../stream/window.js';
import type { Piece } from './bytes.js';
import { PLACE_BYTES } from './page-layout.js';

/** From so many places on a stream has entries of its own: they are never written again when runs become larger ones. */
export const MANY_PLACES = 128;

/** The most places in an entry of their own: a read that begins in the middle of a long stream skips the others. */
const PLACES_PER_ENTRY = 256;

/** The version of an entry of many places. */
export const PLACES_VERSION = 1;

/** Places as bytes. */
export function encodePlaces(places: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(places.length * PLACE_BYTES);
  for (let index = 0; index < places.length; index += 1)
    bytes.writeDoubleLE(places[index] ?? 0, index * PLACE_BYTES);
  return bytes;
}

/** Some of the places in bytes. */
export function decodePlaces(piece: Piece, from: number, to: number): readonly number[] {
  const places = new Array<number>(Math.max(0, to - from));
  for (let index = from; index < to; index += 1)
    places[index - from] = piece.bytes.readDoubleLE(piece.from + index * PLACE_BYTES);
  return places;
}

/** The entries of their own that many places have. */
export function entriesOfMany(name: Buffer, first: number, places: Buffer): readonly IndexEntry[] {
  const entries: IndexEntry[] = [];
  const step = PLACES_PER_ENTRY * PLACE_BYTES;
  for (let at = 0; at < places.length; at += step)
    entries.push({
      key: streamKey(name, first + at / PLACE_BYTES),
      value: sealed(places.subarray(at, at + step)),
      version: PLACES_VERSION,
    });
  return entries;
}

/**
 * The places in an entry of their own.
 *
 * @throws {@link StoreCorruptedError} when the bytes have changed; the position is that of the entry's first event, as far as
 * it can still be read.
 */
export function unsealPlaces(bytes: Buffer, stream: string): Buffer {
  return unsealed(bytes, `an index entry of stream '${stream}'`, firstPosition(bytes));
}

function firstPosition(bytes: Buffer) {
  const place = bytes.length < 4 + PLACE_BYTES ? Number.NaN : bytes.readDoubleLE(4);
  const record = recordOf(place);
  return Number.isSafeInteger(record) && record > 0 ? positionAt(record) : undefined;
}
