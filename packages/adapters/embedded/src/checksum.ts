import { crc32 } from 'node:zlib';
import { type Position, StoreCorruptedError } from '@everfold/core';

/** How many bytes stand in front of what is sealed. */
export const CHECKSUM_BYTES = 4;

/** Bytes with a CRC-32 of them in front. */
export function sealed(content: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(CHECKSUM_BYTES + content.length);
  bytes.set(content, CHECKSUM_BYTES);
  seal(bytes);
  return bytes;
}

/** Writes the CRC-32 of everything behind the first four bytes into them. */
export function seal(bytes: Buffer): void {
  bytes.writeUInt32LE(crc32(bytes.subarray(CHECKSUM_BYTES)), 0);
}

/** Whether sealed bytes are what was written. */
export function isSealed(bytes: Buffer): boolean {
  return (
    bytes.length > CHECKSUM_BYTES && bytes.readUInt32LE(0) === crc32(bytes.subarray(CHECKSUM_BYTES))
  );
}

/**
 * What was sealed.
 *
 * @throws {@link StoreCorruptedError} when the bytes have changed since.
 */
export function unsealed(bytes: Buffer, what: string, position?: Position): Buffer {
  if (isSealed(bytes)) return bytes.subarray(CHECKSUM_BYTES);
  throw damaged(what, position);
}

/** What to tell whoever reads bytes that have changed. */
export function damaged(what: string, position?: Position): StoreCorruptedError {
  return new StoreCorruptedError(position, `the checksum of ${what} does not match`);
}
