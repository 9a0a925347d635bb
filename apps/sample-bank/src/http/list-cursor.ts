import { createHash } from 'node:crypto';
import { Problem } from './problem.js';

const SEAL_BYTES = 9;

/**
 * Where the next page of a list begins, for clients to hand back.
 *
 * @param list - Which list it is, with everything that it was asked for.
 * @param place - The id of the last item of the page before.
 */
export function listCursor(list: readonly string[], place: string): string {
  return Buffer.concat([sealOf(list, place), Buffer.from(place)]).toString('base64url');
}

/**
 * The id behind which a page begins; `undefined` without a cursor.
 *
 * @throws {@link Problem} `invalid-cursor` when it was not made for this list.
 */
export function placeIn(cursor: string | undefined, list: readonly string[]): string | undefined {
  if (cursor === undefined) return undefined;
  const place = Buffer.from(cursor, 'base64url').subarray(SEAL_BYTES).toString();
  // Compared as text, for several texts decode to the same bytes.
  if (place !== '' && cursor === listCursor(list, place)) return place;
  throw new Problem('invalid-cursor', {
    detail: 'Send a cursor back unchanged, to the list it came from, with the same parameters.',
  });
}

/** Tells a cursor from a made-up one, and from another list's. No secret: whoever may read a page may read all of them. */
function sealOf(list: readonly string[], place: string): Buffer {
  const seal = createHash('sha256')
    .update(JSON.stringify([list, place]))
    .digest();
  return seal.subarray(0, SEAL_BYTES);
}
