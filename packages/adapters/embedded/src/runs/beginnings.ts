import { StoreCorruptedError } from '@everfold/core';
import { CHECKSUM_BYTES, isSealed, sealed } from '../checksum.js';
import { positionAt } from '../position.js';
import { firstRecordOf, isSameRun, type Run } from './run.js';

// Where the pages of a run begin: level (1 byte), number of the run (6), then the hash that each page begins with (4 bytes each),
// behind a checksum.
const HEADER = 7;
const HASH_BYTES = 4;

/** The hashes that the pages of a run begin with, as they are stored. */
export function encodeBeginnings({ level, number }: Run, hashes: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER + hashes.length * HASH_BYTES);
  bytes[0] = level;
  bytes.writeUIntLE(number, 1, 6);
  for (const [index, hash] of hashes.entries())
    bytes.writeUInt32LE(hash, HEADER + index * HASH_BYTES);
  return sealed(bytes);
}

/**
 * The hash that each page of a run begins with.
 *
 * @throws {@link StoreCorruptedError} when the bytes are missing, have changed, or are another run's.
 */
export function decodeBeginnings(bytes: Buffer | undefined, run: Run): Uint32Array {
  const found = bytes && nameOfBeginnings(bytes);
  if (bytes === undefined || found === undefined || !isSameRun(found.run, run))
    throw new StoreCorruptedError(
      positionAt(firstRecordOf(run)),
      `run ${run.number} of level ${run.level} of the index is damaged or missing`,
    );
  const content = bytes.subarray(CHECKSUM_BYTES + HEADER);
  const hashes = new Uint32Array(content.length / HASH_BYTES);
  for (let index = 0; index < hashes.length; index += 1)
    hashes[index] = content.readUInt32LE(index * HASH_BYTES);
  return hashes;
}

/** The run that stored beginnings say they are of; `undefined` when they have changed. */
export function nameOfBeginnings(
  bytes: Buffer,
): { readonly run: Run; readonly page: undefined } | undefined {
  if (!isSealed(bytes)) return undefined;
  const content = bytes.subarray(CHECKSUM_BYTES);
  return { run: { level: content[0] ?? 0, number: content.readUIntLE(1, 6) }, page: undefined };
}
