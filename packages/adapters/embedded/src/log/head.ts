import { StoreCorruptedError } from '@everfold/core';
import { sealed, unsealed } from '../checksum.js';
import { type Database, readEntry } from '../environment.js';
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
 * @param read - Finds an entry. Default: {@link readEntry}.
 * @throws {@link StoreCorruptedError} when it is missing or damaged, also where only the version of its entry is: a commit that
 * stands upon it would never be written.
 */
export function readHead(database: Database, read = readEntry): Head {
  const entry = read(database, HEAD_KEY);
  if (entry === undefined)
    throw new StoreCorruptedError(undefined, 'the head of the log is missing');
  const text = unsealed(entry.bytes, 'the head of the log').toString();
  const [next, mark] = JSON.parse(text) as [number, number];
  if (entry.version !== mark)
    throw new StoreCorruptedError(undefined, 'the head of the log and its version differ');
  return { next, mark };
}

/** The head of the log as it is to be stored. */
export function encodeHead({ next, mark }: Head): Buffer {
  return sealed(Buffer.from(JSON.stringify([next, mark])));
}
