import { assertLoadedIds, type StoredDocument } from '@everfold/core';
import { readVolatile } from '../environment.js';
import { documentPrefix } from '../keys.js';
import { Turns } from '../turns.js';
import { MAX_ID_BYTES } from './collection.js';
import type { Collections } from './collections.js';
import type { Commits } from './commits.js';
import { decodeEntry } from './document-entry.js';

/** Documents after which the clock is looked at. */
const DOCUMENTS_A_LOOK = 32;

/** Loads documents by their ids; others get a turn now and then. */
export async function loadDocuments(
  commits: Commits,
  collections: Collections,
  name: string,
  given: readonly string[],
): Promise<ReadonlyMap<string, StoredDocument>> {
  assertLoadedIds(given);
  let database = commits.refresh();
  const loaded = new Map<string, StoredDocument>();
  const collection = collections.find(name);
  if (collection === undefined) return loaded;
  // The caller may change it while others have their turn.
  const ids = [...given];
  const prefix = documentPrefix(collection.number);
  const turns = new Turns();
  for (const [at, id] of ids.entries()) {
    if (at % DOCUMENTS_A_LOOK === 0 && turns.isOver()) {
      await turns.next();
      database = commits.refresh();
    }
    if (id.length > MAX_ID_BYTES || Buffer.byteLength(id) > MAX_ID_BYTES) continue;
    const key = Buffer.concat([prefix, Buffer.from(id)]);
    const value = readVolatile(database, key);
    if (value !== undefined) loaded.set(id, decodeEntry(key, value));
  }
  return loaded;
}
