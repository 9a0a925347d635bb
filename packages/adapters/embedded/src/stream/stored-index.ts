import type { StreamControl } from '@everfold/core';
import { type Database, readVersion, readVolatile } from '../environment.js';
import {
  beginningOf,
  endOf,
  INDEX_KEY,
  revisionOfStreamKey,
  streamKey,
  streamOfControlKey,
} from '../keys.js';
import { countPlaces, decodeControl, decodePlaces } from './window.js';

/** The part of the index that is written: every window before {@link StoredIndex.windows}. */
export class StoredIndex {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** How many windows are written. */
  windows(): number {
    return (readVersion(this.#database, INDEX_KEY) ?? 1) - 1;
  }

  /** The last revision of a stream in the index; −1 when the index does not know it. */
  last(stream: string): number {
    // Revisions never restart, so that the entry of revision 0 is there for every stream that ever was.
    if (readVolatile(this.#database, streamKey(stream, 0)) === undefined) return -1;
    const entry = this.#entryAt(stream, Number.MAX_SAFE_INTEGER);
    return entry === undefined ? -1 : entry.first + countPlaces(entry.bytes) - 1;
  }

  /** The places of a stream's events from a revision on, as far as one entry reaches; none when the index does not know it. */
  places(stream: string, revision: number): readonly number[] {
    const entry = this.#entryAt(stream, revision);
    if (entry === undefined) return [];
    return decodePlaces(entry.bytes, stream).slice(revision - entry.first);
  }

  /** What was said about streams, up to the last window written. */
  controls(): Map<string, StreamControl> {
    const controls = new Map<string, StreamControl>();
    const range = this.#database.getRange({ start: beginningOf('control'), end: endOf('control') });
    for (const { key, value } of range) {
      const stream = streamOfControlKey(key);
      controls.set(stream, decodeControl(value, stream));
    }
    return controls;
  }

  /** The entry that begins at a revision or is the last before it. */
  #entryAt(stream: string, revision: number): { first: number; bytes: Buffer } | undefined {
    const start = streamKey(stream, Math.min(revision, 2 ** 47));
    const range = this.#database.getRange({
      start,
      end: start.subarray(0, -6),
      reverse: true,
      limit: 1,
    });
    for (const { key, value } of range) return { first: revisionOfStreamKey(key), bytes: value };
    return undefined;
  }
}
