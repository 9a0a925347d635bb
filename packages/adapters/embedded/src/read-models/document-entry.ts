import { crc32 } from 'node:zlib';
import { decodeDocument, type Position, type StoredDocument } from '@everfold/core';
import { CHECKSUM_BYTES, damaged } from '../checksum.js';
import { DOCUMENT_PREFIX_BYTES } from '../keys.js';

// A document as it is stored, in bytes:
//   flags (1) | length of the position (1) | of the position since which events are parked (1) | of all index values (4)
//   for each index: the length of its values (2) | its values, as they stand in the index
//   position | position since which events are parked | the document as text | checksum of the key and of all of this (4)
// So what the indexes hold of a document is known, and whether it changes, without reading the document itself.
const FLAGS_AT = 0;
const POSITION_BYTES_AT = FLAGS_AT + 1;
const PARKED_BYTES_AT = POSITION_BYTES_AT + 1;
const VALUES_BYTES_AT = PARKED_BYTES_AT + 1;
/** Where the index values begin. */
export const VALUES_AT = VALUES_BYTES_AT + 4;
/** What stands in front of the values of each index. */
export const LENGTH_BYTES = 2;

/** There is a document, not only a header. */
const HAS_DOCUMENT = 1;
/** One byte a character: such text is read quicker. */
const IS_ASCII = 2;

/** The most bytes of a position. */
export const MAX_POSITION_BYTES = 255;

/** The version of each entry of a document or of an index. */
export const DOCUMENT_VERSION = 1;

/** What is written behind the index values. */
export interface DocumentContent {
  readonly position: Position;
  readonly parkedSince: Position | undefined;
  /** The document as text; `undefined` where there is none. */
  readonly text: string | undefined;
}

/**
 * Writes an entry behind its key, but for the index values, which stand there already.
 *
 * @param block - Holds key and entry one behind the other, and has room for all of it.
 * @param valuesEnd - Where the index values end.
 * @returns Where the entry ends.
 */
export function writeEntry(
  block: Buffer,
  { keyAt, entryAt, valuesEnd }: EntryPlace,
  { position, parkedSince, text }: DocumentContent,
): number {
  const parkedAt = valuesEnd + block.write(position, valuesEnd);
  const textAt = parkedAt + (parkedSince === undefined ? 0 : block.write(parkedSince, parkedAt));
  if (parkedAt - valuesEnd > MAX_POSITION_BYTES || textAt - parkedAt > MAX_POSITION_BYTES)
    throw new TypeError(`A position has ${MAX_POSITION_BYTES} bytes at most.`);
  const textBytes = text === undefined ? 0 : block.write(text, textAt);
  const end = textAt + textBytes;
  block[entryAt + FLAGS_AT] =
    (text === undefined ? 0 : HAS_DOCUMENT) + (textBytes === text?.length ? IS_ASCII : 0);
  block[entryAt + POSITION_BYTES_AT] = parkedAt - valuesEnd;
  block[entryAt + PARKED_BYTES_AT] = textAt - parkedAt;
  block.writeUInt32LE(valuesEnd - entryAt - VALUES_AT, entryAt + VALUES_BYTES_AT);
  block.writeUInt32LE(crc32(block.subarray(keyAt, end)), end);
  return end + CHECKSUM_BYTES;
}

/** Where a document stands that is being written. */
export interface EntryPlace {
  readonly keyAt: number;
  readonly entryAt: number;
  readonly valuesEnd: number;
}

/** Whether an entry of a document is what was written under its key. */
export function isDocumentSealed(key: Buffer, value: Buffer): boolean {
  const end = value.length - CHECKSUM_BYTES;
  return end >= VALUES_AT && value.readUInt32LE(end) === crc32(value.subarray(0, end), crc32(key));
}

/** The values of all indexes in an entry, as they were written. */
export function valuesIn(value: Buffer): Buffer {
  return value.subarray(VALUES_AT, VALUES_AT + value.readUInt32LE(VALUES_BYTES_AT));
}

/** Whether two entries have the same index values. */
export function haveSameValues(a: Buffer, b: Buffer): boolean {
  const end = VALUES_AT + a.readUInt32LE(VALUES_BYTES_AT);
  // With their length in front.
  for (let at = VALUES_BYTES_AT; at < end; at += 1) if (a[at] !== b[at]) return false;
  return true;
}

/** The values of each index, of those of all. */
export function* valuesByIndex(values: Buffer): Generator<Buffer, void> {
  for (let at = 0; at < values.length; ) {
    const from = at + LENGTH_BYTES;
    at = from + values.readUInt16LE(at);
    yield values.subarray(from, at);
  }
}

/**
 * A stored document.
 *
 * @throws {@link StoreCorruptedError} when it is damaged.
 */
export function decodeEntry(key: Buffer, value: Buffer): StoredDocument {
  const id = key.toString('utf8', DOCUMENT_PREFIX_BYTES);
  if (!isDocumentSealed(key, value)) throw damaged(`document '${id}'`);
  const end = value.length - CHECKSUM_BYTES;
  const flags = value[FLAGS_AT] ?? 0;
  const positionAt = VALUES_AT + value.readUInt32LE(VALUES_BYTES_AT);
  const parkedAt = positionAt + (value[POSITION_BYTES_AT] ?? 0);
  const textAt = parkedAt + (value[PARKED_BYTES_AT] ?? 0);
  const document =
    (flags & HAS_DOCUMENT) === 0
      ? undefined
      : decodeDocument(value.toString((flags & IS_ASCII) === 0 ? 'utf8' : 'latin1', textAt, end));
  const position = value.toString('utf8', positionAt, parkedAt) as Position;
  if (textAt === parkedAt) return { id, document, position };
  return {
    id,
    document,
    position,
    parkedSince: value.toString('utf8', parkedAt, textAt) as Position,
  };
}
