import { StoreCorruptedError } from '@everfold/core';
import { isSealed, seal } from '../checksum.js';
import { positionAt } from '../position.js';
import type { LogRecord } from './record.js';

// A block: checksum (4 bytes), format (2), count of records (2), number of the first record (6), time in ms (6),
// the end of each record's text (4 bytes each), then the texts as one JSON array.
const FORMAT = 1;
const HEADER = 20;
const OFFSET = 4;

/** Fits into one page of LMDB, behind its header and the version of the entry: a list of free pages need not be searched for several in a row. */
export const BLOCK_BYTES = 4_096 - 24 - 8;

/** The most records that a block can count. */
export const BLOCK_RECORDS = 4_096;

/** A block of the log, checked; records are parsed when asked for. */
export interface Block {
  /** The number of its first record. */
  readonly first: number;
  readonly count: number;
  /** Its size. */
  readonly bytes: number;
  /** When its records were appended. */
  readonly recordedAtMs: number;
  /** All records, in order. */
  records(): readonly LogRecord[];
  /** One record; the others are not parsed. */
  record(index: number): LogRecord;
}

/** Puts the texts of records into the bytes of a block. */
export function encodeBlock(first: number, recordedAtMs: number, texts: readonly string[]): Buffer {
  const body = `[${texts.join(',')}]`;
  const bodyBytes = Buffer.byteLength(body);
  const bodyStart = HEADER + OFFSET * texts.length;
  const ascii = bodyBytes === body.length;
  const bytes = allocate(bodyStart + bodyBytes);
  bytes.writeUInt16LE(FORMAT, 4);
  bytes.writeUInt16LE(texts.length, 6);
  bytes.writeUIntLE(first, 8, 6);
  bytes.writeUIntLE(recordedAtMs, 14, 6);
  writeEnds(bytes, texts, ascii);
  bytes.write(body, bodyStart, ascii ? 'latin1' : 'utf8');
  seal(bytes);
  return bytes;
}

const SLAB_BYTES = 512 * 1_024;
let slab = Buffer.alloc(0);

/** Cuts blocks from larger pieces: an allocation of memory outside the heap for each would keep the collector busy. */
function allocate(size: number): Buffer {
  if (size > SLAB_BYTES / 4) return Buffer.allocUnsafeSlow(size);
  if (size > slab.length) slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  const bytes = slab.subarray(0, size);
  slab = slab.subarray(size);
  return bytes;
}

function writeEnds(bytes: Buffer, texts: readonly string[], ascii: boolean): void {
  let end = 0;
  let at = HEADER;
  for (const text of texts) {
    end += 1 + (ascii ? text.length : Buffer.byteLength(text));
    bytes.writeUInt32LE(end, at);
    at += OFFSET;
  }
}

/**
 * Opens the bytes of a block. They must not change as long as it is in use.
 *
 * @throws {@link StoreCorruptedError} when they are not what was written, or belong elsewhere.
 */
export function decodeBlock(bytes: Buffer, first: number): Block {
  if (!isSealed(bytes))
    throw new StoreCorruptedError(positionAt(first), 'the checksum of a block does not match');
  if (bytes.readUInt16LE(4) !== FORMAT || bytes.readUIntLE(8, 6) !== first)
    throw new StoreCorruptedError(positionAt(first), 'a block stands in the wrong place');
  const count = bytes.readUInt16LE(6);
  const bodyStart = HEADER + OFFSET * count;
  return {
    first,
    count,
    bytes: bytes.length,
    recordedAtMs: bytes.readUIntLE(14, 6),
    records: () => JSON.parse(bytes.toString('utf8', bodyStart)) as LogRecord[],
    record: (index) => {
      const start = index === 0 ? 0 : bytes.readUInt32LE(HEADER + OFFSET * (index - 1));
      const end = bytes.readUInt32LE(HEADER + OFFSET * index);
      return JSON.parse(
        bytes.toString('utf8', bodyStart + start + 1, bodyStart + end),
      ) as LogRecord;
    },
  };
}
