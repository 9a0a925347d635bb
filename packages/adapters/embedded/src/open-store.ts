import { systemClock } from '@everfold/core';
import type { EmbeddedOptions } from './embedded-options.js';
import { openParts, type StoreParts } from './store-parts.js';

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
