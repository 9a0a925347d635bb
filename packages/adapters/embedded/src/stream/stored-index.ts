import { StoreCorruptedError, type StreamControl } from '@everfold/core';
import { type Database, readVolatile } from '../environment.js';
import {
  beginningOf,
  endOf,
  INDEX_KEY,
  revisionOfStreamKey,
  streamKey,
  streamOfControlKey,
} from '../keys.js';
import { joined, pieceOf } from '../runs/bytes.js';
import { hashed } from '../runs/hash.js';
import { decodeManifest, type Manifest } from '../runs/manifest.js';
import type { RunEntry } from '../runs/page.js';
import { PLACE_BYTES } from '../runs/page-layout.js';
import { decodePlaces, unsealPlaces } from '../runs/places.js';
import { isSameRun, type Run } from '../runs/run.js';
import { RunReader } from '../runs/run-reader.js';
import { decodeControl } from './window.js';

/** The part of the index that is written: every window before {@link StoredIndex.windows}. */
export class StoredIndex {
  readonly #database: Database;
  readonly #read: typeof readVolatile;
  #bytes: Buffer | undefined;
  #manifest: Manifest | undefined;
  #runs: readonly RunReader[] = [];

  /** @param read - Finds the manifest. Default: {@link readVolatile}. */
  constructor(database: Database, read = readVolatile) {
    this.#database = database;
    this.#read = read;
  }

  /** What it consists of just now. @throws {@link StoreCorruptedError} when that is missing or damaged. */
  manifest(): Manifest {
    const bytes = this.#read(this.#database, INDEX_KEY);
    // Looked up by every search: what was decoded before is decoded once.
    if (this.#manifest !== undefined && bytes !== undefined && this.#bytes?.equals(bytes) === true)
      return this.#manifest;
    const manifest = decodeManifest(bytes);
    this.#bytes = bytes && Buffer.from(bytes);
    this.#runs = manifest.runs.map((run) => this.#known(run) ?? new RunReader(this.#database, run));
    this.#manifest = manifest;
    return manifest;
  }

  /** How many windows are written. */
  windows(): number {
    return this.manifest().windows;
  }

  /** Its runs, the oldest first. */
  runs(): readonly RunReader[] {
    this.manifest();
    return this.#runs;
  }

  /** The last revision of a stream in the index; −1 when the index does not know it. */
  last(stream: string): number {
    const name = hashed(stream);
    for (const run of this.runs().toReversed()) {
      const entry = run.find(name);
      if (entry !== undefined) return entry.first + entry.count - 1;
    }
    return -1;
  }

  /**
   * The places of a stream's events from a revision on: at most `count`, fewer only where the index knows no more.
   *
   * @throws {@link StoreCorruptedError} when a part of the index is missing or damaged.
   */
  places(stream: string, revision: number, count: number): readonly number[] {
    const name = hashed(stream);
    const found: (readonly number[])[] = [];
    // Most searches want the end of a stream: the newest run first, and no further than where the wanted ones begin.
    for (const run of this.runs().toReversed()) {
      const entry = run.find(name);
      if (entry === undefined) continue;
      found.push(this.placesIn(entry, revision, count));
      if (entry.first <= revision) break;
    }
    const places = found.length === 1 ? (found[0] ?? []) : found.toReversed().flat();
    return places.length > count ? places.slice(0, count) : places;
  }

  /** The places of events from a revision on that a run knows: at most `count`, none where the run has only others. */
  placesIn(entry: RunEntry, revision: number, count: number): readonly number[] {
    const { first, places } = entry;
    const from = Math.max(first, revision);
    const to = Math.min(first + entry.count, revision + count);
    if (from >= to) return [];
    return places === undefined
      ? this.#many(joined([entry.name]), from, to)
      : decodePlaces(places, from - first, to - first);
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

  #known(run: Run): RunReader | undefined {
    return this.#runs.find((reader) => isSameRun(reader.run, run));
  }

  /** Places that have entries of their own. @throws {@link StoreCorruptedError} when one of these is missing or damaged. */
  #many(name: Buffer, from: number, to: number): readonly number[] {
    const places: number[] = [];
    for (let next = from; next < to; next = from + places.length) {
      const entry = this.#entryAt(name, next);
      const end = Math.min(to, (entry?.first ?? 0) + (entry?.places.length ?? 0) / PLACE_BYTES);
      if (entry === undefined || end <= next) throw missing(name, next);
      places.push(...decodePlaces(pieceOf(entry.places), next - entry.first, end - entry.first));
    }
    return places;
  }

  /** The entry of many places that begins at a revision or is the last before it. */
  #entryAt(name: Buffer, revision: number): { first: number; places: Buffer } | undefined {
    const start = streamKey(name, revision);
    const range = this.#database.getRange({
      start,
      end: start.subarray(0, -6),
      reverse: true,
      limit: 1,
    });
    for (const { key, value } of range)
      return { first: revisionOfStreamKey(key), places: unsealPlaces(value, name.toString()) };
    return undefined;
  }
}

function missing(name: Buffer, revision: number): StoreCorruptedError {
  return new StoreCorruptedError(
    undefined,
    `an index entry of stream '${name.toString()}' is missing, at revision ${revision}`,
  );
}
