import { createHash } from 'node:crypto';
import { isDate } from 'node:util/types';
import { orderValueOf } from './documents/document-order.js';
import type { DocumentQuery, Scalar, StoredDocument } from './read-model-store.js';

/** Raised when cursors change: those of other formats are refused. */
const FORMAT = 1;
const CHECKSUM_LENGTH = 22;

type Place = NonNullable<DocumentQuery['after']>;

/**
 * @internal The cursor behind a document: opaque to callers, safe in URLs.
 *
 * @param shape - What the query asks for; the cursor belongs to it.
 */
export function cursorBehind(
  { id, document = {} }: StoredDocument,
  orderBy: DocumentQuery['orderBy'],
  shape: string,
): string {
  const values = orderBy.map(({ field }) => written(orderValueOf(document, field)));
  const place = JSON.stringify([values, id]);
  const text = JSON.stringify([FORMAT, checksumOf(shape, place), place]);
  return Buffer.from(text).toString('base64url');
}

/**
 * @internal The place that a cursor names.
 *
 * @param count - How many fields the query orders by.
 * @throws TypeError when the cursor is damaged, of another format, or belongs to another query.
 */
export function placeInCursor(cursor: unknown, shape: string, count: number): Place {
  const place = typeof cursor === 'string' ? opened(cursor, shape) : undefined;
  if (place === undefined || place.values.length !== count)
    throw new TypeError(
      "This cursor is damaged or belongs to another query: hand back 'next' of a page unchanged, with the same where and orderBy.",
    );
  return place;
}

function opened(cursor: string, shape: string): Place | undefined {
  const content = parsed(Buffer.from(cursor, 'base64url').toString());
  if (!Array.isArray(content)) return undefined;
  const [format, checksum, place]: readonly unknown[] = content;
  if (format !== FORMAT || typeof place !== 'string') return undefined;
  // The checksum covers the query too, so that one comparison tells both.
  if (checksum !== checksumOf(shape, place)) return undefined;
  const [values, id] = JSON.parse(place) as [readonly unknown[], string];
  return { values: values.map(read), id };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checksumOf(shape: string, place: string): string {
  const hash = createHash('sha256').update(`${shape}\n${place}`);
  return hash.digest('base64url').slice(0, CHECKSUM_LENGTH);
}

/** JSON has no dates: one is written as a list with its milliseconds. */
function written(value: Scalar): unknown {
  return isDate(value) ? [value.getTime()] : value;
}

function read(value: unknown): Scalar {
  return Array.isArray(value) ? new Date(Number(value[0])) : (value as Scalar);
}
