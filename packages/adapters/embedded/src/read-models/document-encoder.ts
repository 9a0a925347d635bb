import {
  assertDocumentSize,
  type DocumentWrite,
  encodeDocument,
  orderValueOf,
} from '@everfold/core';
import { CHECKSUM_BYTES } from '../checksum.js';
import { DOCUMENT_PREFIX_BYTES, documentPrefix } from '../keys.js';
import { type Collection, MAX_ID_BYTES, MOST_VALUE_BYTES } from './collection.js';
import type { EntryWrite } from './commits.js';
import {
  DOCUMENT_VERSION,
  LENGTH_BYTES,
  MAX_POSITION_BYTES,
  VALUES_AT,
  writeEntry,
} from './document-entry.js';
import { roomForText, writeScalar } from './sort-key.js';

/** The most bytes of a document's JSON. */
export const MAX_DOCUMENT_BYTES = 16 * 1_024 * 1_024;

/** Memory is taken in blocks of this size: LMDB is handed places in them. */
const BLOCK_BYTES = 1_024 * 1_024;

/** Up to here it costs less to take room for the worst than to count. */
const SHORT_TEXT = 65_536;

/** Writes the documents of one save as bytes, many into one block of memory, which lives as long as they are on their way. */
export class DocumentEncoder {
  readonly #collection: Collection;
  readonly #prefix: Buffer;
  /** What everything but the text may take. */
  readonly #headBytes: number;
  #block = Buffer.alloc(0);
  #used = 0;

  constructor(collection: Collection) {
    this.#collection = collection;
    this.#prefix = documentPrefix(collection.number);
    this.#headBytes = VALUES_AT + 2 * 3 * MAX_POSITION_BYTES + CHECKSUM_BYTES;
    for (const { textBytes } of collection.indexes)
      this.#headBytes += LENGTH_BYTES + MOST_VALUE_BYTES + roomForText(textBytes);
  }

  /**
   * @throws {@link DocumentTooLargeError}
   * @throws TypeError when the id is malformed.
   */
  encode({ id, document, position, parkedSince }: DocumentWrite): EntryWrite {
    assertId(id);
    const text = document === undefined ? undefined : encodeDocument(document);
    if (document !== undefined && text !== undefined)
      assertDocumentSize(id, document, text, MAX_DOCUMENT_BYTES);
    this.#ensure(DOCUMENT_PREFIX_BYTES + 3 * id.length + this.#headBytes + bytesFor(text));
    const keyAt = this.#used;
    const key = this.#writeKey(id);
    if (text === undefined && parkedSince === undefined)
      return { key, value: undefined, version: DOCUMENT_VERSION };
    const entryAt = this.#used;
    const valuesEnd = this.#writeValues(entryAt + VALUES_AT, document);
    const place = { keyAt, entryAt, valuesEnd };
    this.#used = writeEntry(this.#block, place, { position, parkedSince, text });
    return {
      key,
      value: this.#block.subarray(entryAt, this.#used),
      version: DOCUMENT_VERSION,
    };
  }

  #ensure(bytes: number): void {
    if (this.#used + bytes <= this.#block.length) return;
    this.#block = Buffer.allocUnsafeSlow(Math.max(bytes, BLOCK_BYTES));
    this.#used = 0;
  }

  #writeKey(id: string): Buffer {
    const from = this.#used;
    this.#block.set(this.#prefix, from);
    const bytes = this.#block.write(id, from + DOCUMENT_PREFIX_BYTES);
    if (bytes > MAX_ID_BYTES) throw malformedId(id);
    this.#used = from + DOCUMENT_PREFIX_BYTES + bytes;
    return this.#block.subarray(from, this.#used);
  }

  /** @returns Where they end. */
  #writeValues(valuesAt: number, document: object | undefined): number {
    let at = valuesAt;
    if (document === undefined) return at;
    for (const { fields, textBytes } of this.#collection.indexes) {
      const from = at + LENGTH_BYTES;
      let end = from;
      for (const field of fields)
        end = writeScalar(this.#block, end, orderValueOf(document, field), textBytes);
      this.#block.writeUInt16LE(end - from, at);
      at = end;
    }
    return at;
  }
}

function bytesFor(text: string | undefined): number {
  if (text === undefined) return 0;
  return text.length < SHORT_TEXT ? 3 * text.length : Buffer.byteLength(text);
}

/** @throws TypeError when an id is malformed; its length is looked at where it is written. */
function assertId(id: string): void {
  if (typeof id !== 'string' || id === '' || id.length > MAX_ID_BYTES || !id.isWellFormed())
    throw malformedId(id);
}

function malformedId(id: unknown): TypeError {
  return new TypeError(
    `The id of a document is well-formed Unicode of 1–${MAX_ID_BYTES} bytes, not ${JSON.stringify(id)}.`,
  );
}
