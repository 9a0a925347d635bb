import { crc32 } from 'node:zlib';
import { type Position, StoreCorruptedError } from '@everfold/core';

const SIZE = 4;

/** Bytes with a CRC-32 of them in front. */
export function sealed(content: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(SIZE + content.length);
  bytes.set(content, SIZE);
  seal(bytes);
  return bytes;
}

/** Writes the CRC-32 of everything behind the first four bytes into them. */
export function seal(bytes: Buffer): void {
  bytes.writeUInt32LE(crc32(bytes.subarray(SIZE)), 0);
}

/** Whether sealed bytes are what was written. */
export function isSealed(bytes: Buffer): boolean {
  return bytes.length > SIZE && bytes.readUInt32LE(0) === crc32(bytes.subarray(SIZE));
}

/**
 * What was sealed.
 *
 * @throws {@link StoreCorruptedError} when the bytes have changed since.
 */
export function unsealed(bytes: Buffer, what: string, position?: Position): Buffer {
  if (isSealed(bytes)) return bytes.subarray(SIZE);
  throw new StoreCorruptedError(position, `the checksum of ${what} does not match`);
}
