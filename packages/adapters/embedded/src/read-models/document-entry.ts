import { crc32 } from 'node:zlib';
import { decodeDocument, type Position, type StoredDocument } from '@everfold/core';
import { CHECKSUM_BYTES, damaged } from '../checksum.js';
import { DOCUMENT_PREFIX_BYTES } from '../keys.js';

// A document as it is stored, in bytes:
//   checksum of the key and of everything behind it (4) | flags (1) | length of the position (1) | of the position since which events
//   are parked (1) | of all index values (4)
//   for each index: the length of its values (2) | its values, as they stand in the index
//   position | position since which events are parked | the document as text
// So what the indexes hold of a document is known, and whether it changes, without reading the document itself.
const FLAGS_AT = CHECKSUM_BYTES;
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
 * Writes everything but the index values, which stand there already.
 *
 * @param value - Where the entry begins; longer than it can become.
 * @param valuesEnd - Where the index values end.
 * @returns Where the entry ends.
 */
export function writeContent(
  value: Buffer,
  valuesEnd: number,
  { position, parkedSince, text }: DocumentContent,
): number {
  const positionBytes = value.write(position, valuesEnd);
  const parkedBytes =
    parkedSince === undefined ? 0 : value.write(parkedSince, valuesEnd + positionBytes);
  if (positionBytes > MAX_POSITION_BYTES || parkedBytes > MAX_POSITION_BYTES)
    throw new TypeError(`A position has ${MAX_POSITION_BYTES} bytes at most.`);
  const textAt = valuesEnd + positionBytes + parkedBytes;
  const textBytes = text === undefined ? 0 : value.write(text, textAt);
  value[FLAGS_AT] =
    (text === undefined ? 0 : HAS_DOCUMENT) + (textBytes === text?.length ? IS_ASCII : 0);
  value[POSITION_BYTES_AT] = positionBytes;
  value[PARKED_BYTES_AT] = parkedBytes;
  value.writeUInt32LE(valuesEnd - VALUES_AT, VALUES_BYTES_AT);
  return textAt + textBytes;
}

/** Writes the checksum of a complete entry. */
export function sealDocument(key: Buffer, value: Buffer): void {
  value.writeUInt32LE(checksumOf(key, value), 0);
}

/** Whether an entry of a document is what was written under its key. */
export function isDocumentSealed(key: Buffer, value: Buffer): boolean {
  return value.length >= VALUES_AT && value.readUInt32LE(0) === checksumOf(key, value);
}

/** The values of all indexes in an entry, as they were written. */
export function valuesIn(value: Buffer): Buffer {
  return value.subarray(VALUES_AT, VALUES_AT + value.readUInt32LE(VALUES_BYTES_AT));
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
  const flags = value[FLAGS_AT] ?? 0;
  const positionAt = VALUES_AT + value.readUInt32LE(VALUES_BYTES_AT);
  const parkedAt = positionAt + (value[POSITION_BYTES_AT] ?? 0);
  const textAt = parkedAt + (value[PARKED_BYTES_AT] ?? 0);
  const document =
    (flags & HAS_DOCUMENT) === 0
      ? undefined
      : decodeDocument(value.toString((flags & IS_ASCII) === 0 ? 'utf8' : 'latin1', textAt));
  const position = value.toString('utf8', positionAt, parkedAt) as Position;
  if (textAt === parkedAt) return { id, document, position };
  return {
    id,
    document,
    position,
    parkedSince: value.toString('utf8', parkedAt, textAt) as Position,
  };
}

function checksumOf(key: Buffer, value: Buffer): number {
  return crc32(value.subarray(CHECKSUM_BYTES), crc32(key));
}
