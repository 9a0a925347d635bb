import { DocumentTooLargeError } from '../errors.js';

const MAX_LOADED_IDS = 100_000;
const COLLECTION = /^[A-Za-z][A-Za-z0-9_.@-]{0,199}$/;

/** @throws TypeError when `name` cannot be the name of a collection. */
export function assertCollectionName(name: string): void {
  if (typeof name === 'string' && COLLECTION.test(name)) return;
  throw new TypeError(
    `The name of a collection is a letter, then letters, digits, '_', '.', '-' or '@', at most 200 characters, not ${JSON.stringify(name)}.`,
  );
}

/** @throws TypeError when these are more ids than one load may have. */
export function assertLoadedIds(ids: readonly string[]): void {
  if (ids.length <= MAX_LOADED_IDS) return;
  throw new TypeError(`${ids.length} ids are too many for one load: ${MAX_LOADED_IDS} at most.`);
}

/**
 * Holds a document to the limit of its store.
 *
 * @param encoded - What `encodeDocument` made of it.
 * @throws {@link DocumentTooLargeError} when its JSON, dates as in ISO 8601, has more than `maxBytes` of UTF-8.
 */
export function assertDocumentSize(
  id: string,
  document: object,
  encoded: string,
  maxBytes: number,
): void {
  // No unit of the text stands for more than three bytes of that JSON, in dates neither.
  if (encoded.length * 3 <= maxBytes) return;
  const bytes = Buffer.byteLength(JSON.stringify(document));
  if (bytes > maxBytes) throw new DocumentTooLargeError(id, bytes, maxBytes);
}
