import type { StreamControl } from '@everfold/core';
import { sealed, unsealed } from '../checksum.js';
import { controlKey, streamKey } from '../keys.js';
import { positionAt } from '../position.js';

/**
 * The log is indexed window by window, each so many records wide. What the index holds for a window depends on nothing but
 * the records in it, so that any process may write it, twice or half, and write the same bytes.
 */
export const WINDOW = 65_536;

/** The most places in one index entry: a read that begins in the middle of a long stream skips the others. */
const PLACES_PER_ENTRY = 256;

const PLACE_BYTES = 8;
const RECORDS_PER_BLOCK_LIMIT = 65_536;

/** Where the events of one stream lie that fall into one window. */
export interface Span {
  /** The revision of the first of them. */
  readonly first: number;
  /** A place an event, in order. */
  readonly places: number[];
}

/** What a window says about its streams. */
export interface Window {
  readonly spans: Map<string, Span>;
  /** What was last said about a stream in this window. */
  readonly controls: Map<string, StreamControl>;
}

/** An entry of the database, as it is to be written. */
export interface IndexEntry {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** The place of a record: its block and its index therein, in one number. */
export function placeOf(blockFirst: number, index: number): number {
  return blockFirst * RECORDS_PER_BLOCK_LIMIT + index;
}

/** The number of the first record in the block of a place. */
export function blockOf(place: number): number {
  return Math.floor(place / RECORDS_PER_BLOCK_LIMIT);
}

/** The index of a place in its block. */
export function indexOf(place: number): number {
  return place % RECORDS_PER_BLOCK_LIMIT;
}

/** The number of the record at a place. */
export function recordOf(place: number): number {
  return blockOf(place) + indexOf(place);
}

/** The window that a record falls into. */
export function windowOf(record: number): number {
  return Math.floor(record / WINDOW);
}

/** The index entries of a stream's span. */
export function spanEntries(stream: string, { first, places }: Span): readonly IndexEntry[] {
  const entries: IndexEntry[] = [];
  for (let from = 0; from < places.length; from += PLACES_PER_ENTRY)
    entries.push({
      key: streamKey(stream, first + from),
      value: encodePlaces(places.slice(from, from + PLACES_PER_ENTRY)),
    });
  return entries;
}

/** The index entry of what was said about a stream. */
export function controlEntry(stream: string, control: StreamControl): IndexEntry {
  return { key: controlKey(stream), value: sealed(Buffer.from(JSON.stringify(control))) };
}

/** @throws {@link StoreCorruptedError} when the bytes have changed. */
export function decodeControl(bytes: Buffer, stream: string): StreamControl {
  return JSON.parse(
    unsealed(bytes, `the control entry of stream '${stream}'`).toString(),
  ) as StreamControl;
}

/** How many places an index entry holds, by its length alone. */
export function countPlaces(bytes: Buffer): number {
  return Math.floor(bytes.length / PLACE_BYTES);
}

/**
 * The places in an index entry.
 *
 * @throws {@link StoreCorruptedError} when the bytes have changed; the position is that of the entry's first event, as far as
 * it can still be read.
 */
export function decodePlaces(bytes: Buffer, stream: string): readonly number[] {
  const content = unsealed(bytes, `an index entry of stream '${stream}'`, firstPosition(bytes));
  const places = new Array<number>(content.length / PLACE_BYTES);
  for (let at = 0; at < places.length; at += 1) places[at] = content.readDoubleLE(at * PLACE_BYTES);
  return places;
}

function firstPosition(bytes: Buffer) {
  const place = bytes.length < 4 + PLACE_BYTES ? Number.NaN : bytes.readDoubleLE(4);
  const record = recordOf(place);
  return Number.isSafeInteger(record) && record > 0 ? positionAt(record) : undefined;
}

function encodePlaces(places: readonly number[]): Buffer {
  const content = Buffer.allocUnsafe(places.length * PLACE_BYTES);
  for (const [at, place] of places.entries()) content.writeDoubleLE(place, at * PLACE_BYTES);
  return sealed(content);
}
