import { type Clock, systemClock } from '@everfold/core';
import { openParts, type StoreParts } from './store-parts.js';

/** Where an embedded store lies, and how it behaves. */
export interface EmbeddedOptions {
  /** The folder of the store, on a local disk; made when it is missing. Never a network file system. */
  readonly folder: string;
  /**
   * The most bytes that the data file may grow to; what would go beyond is refused with {@link StoreUnavailableError}, by this
   * opening of the store. An integer from 1 MiB. Default 1 TiB.
   */
  readonly maxBytes?: number | undefined;
  /** Gives `recordedAt`, and what retention by age is measured against. Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/** Below this, LMDB's own pages leave no room for events. */
const LEAST_BYTES = 1_048_576;

/** Opens a folder by the options of a user. @throws TypeError when one is malformed. */
export async function openStore(
  options: EmbeddedOptions | string,
  signal: AbortSignal | undefined,
): Promise<StoreParts> {
  const {
    folder,
    maxBytes,
    clock = systemClock,
  } = typeof options === 'string' ? { folder: options } : options;
  if (typeof folder !== 'string' || folder === '')
    throw new TypeError('Name the folder of the store: a non-empty string.');
  if (maxBytes !== undefined && !(Number.isSafeInteger(maxBytes) && maxBytes >= LEAST_BYTES))
    throw new TypeError(`maxBytes must be an integer from ${LEAST_BYTES}, not ${maxBytes}.`);
  return openParts({ folder, maxBytes, clock, signal });
}
