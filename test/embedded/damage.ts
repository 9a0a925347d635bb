import { copyFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { LiveEntry, Range } from './data-file.js';
import type { Random } from './random.js';

/** One byte of a data file, changed. */
export interface Flip {
  readonly at: number;
  readonly xor: number;
}

/** A byte of some ranges, each byte as likely as another. */
export function flipIn(ranges: readonly Range[], random: Random): Flip {
  let left = random.below(ranges.reduce((sum, { length }) => sum + length, 0));
  const xor = random.between(1, 255);
  for (const { at, length } of ranges) {
    if (left < length) return { at: at + left, xor };
    left -= length;
  }
  throw new RangeError('No byte to flip.');
}

/** Key and value of an entry: what LMDB hands to the store. */
export function bytesOf({ keyRange, valueRange }: LiveEntry): readonly Range[] {
  return [keyRange, valueRange];
}

/** Changes a byte of the data file in a folder. Doing it twice undoes it. */
export async function apply(folder: string, { at, xor }: Flip): Promise<void> {
  const file = await open(join(folder, 'data.mdb'), 'r+');
  try {
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, at);
    byte.writeUInt8(byte.readUInt8(0) ^ xor);
    await file.write(byte, 0, 1, at);
  } finally {
    await file.close();
  }
}

/** Copies a store that nobody has open. */
export async function copyStore(from: string, to: string): Promise<string> {
  for (const file of ['everfold.json', 'data.mdb'])
    await copyFile(join(from, file), join(to, file));
  return to;
}
