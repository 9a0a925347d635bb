import { StoreCorruptedError } from '@everfold/core';
import { sealed, unsealed } from '../checksum.js';
import { type Database, readVolatile } from '../environment.js';
import { HEAD_KEY } from '../keys.js';

/** The head of the log as it is stored. */
export interface Head {
  /** The number of the next record: the log holds all before it. */
  readonly next: number;
  /** Names the commit that wrote it; it is the version of the entry as well. */
  readonly mark: number;
}

/**
 * Reads the stored head.
 *
 * @param read - Finds an entry. Default: {@link readVolatile}.
 * @throws {@link StoreCorruptedError} when it is missing or damaged.
 */
export function readHead(database: Database, read = readVolatile): Head {
  const bytes = read(database, HEAD_KEY);
  if (bytes === undefined)
    throw new StoreCorruptedError(undefined, 'the head of the log is missing');
  const [next, mark] = JSON.parse(unsealed(bytes, 'the head of the log').toString()) as [
    number,
    number,
  ];
  return { next, mark };
}

/** The head of the log as it is to be stored. */
export function encodeHead({ next, mark }: Head): Buffer {
  return sealed(Buffer.from(JSON.stringify([next, mark])));
}
