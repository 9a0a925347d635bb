import type { StreamControl } from '@everfold/core';
import { sealed, unsealed } from '../checksum.js';
import { controlKey } from '../keys.js';

/**
 * The log is indexed window by window, each so many records wide. What the index holds for a window depends on nothing but
 * the records in it, so that any process may write it, twice or half, and write the same bytes.
 */
export const WINDOW = 65_536;

const RECORDS_PER_BLOCK_LIMIT = 65_536;

/** Where the events of one stream lie that fall into one window. */
export interface Span {
  /** The revision of the first of them. */
  readonly first: number;
  readonly count: number;
}

/** An entry of the database, as it is to be written. */
export interface IndexEntry {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly version: number;
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

/**
 * What a window says about its streams. Each event is a cell in columns, at its number within the window, and points at the next
 * one of its stream; what concerns the stream stands in the cell of its first one. So many objects would keep the garbage collector
 * busy.
 */
export class Window {
  /** The cell of the first event of each stream. */
  readonly #streams = new Map<string, number>();
  readonly #places = new Float64Array(WINDOW);
  /** 0 behind the last event of a stream: the first cell follows none. */
  readonly #next = new Int32Array(WINDOW);
  readonly #firstRevisions = new Float64Array(WINDOW);
  readonly #lastCells = new Int32Array(WINDOW);
  readonly #counts = new Int32Array(WINDOW);
  /** What was last said about a stream in this window. */
  readonly controls = new Map<string, StreamControl>();

  /** Takes note of the next event of a stream. */
  add(stream: string, revision: number, place: number): void {
    const cell = recordOf(place) % WINDOW;
    this.#places[cell] = place;
    const first = this.#streams.get(stream);
    if (first === undefined) {
      this.#streams.set(stream, cell);
      this.#firstRevisions[cell] = revision;
      this.#counts[cell] = 1;
    } else {
      this.#next[this.#lastCells[first] ?? first] = cell;
      this.#counts[first] = (this.#counts[first] ?? 0) + 1;
    }
    this.#lastCells[first ?? cell] = cell;
  }

  /** How many events it has. */
  get events(): number {
    let events = 0;
    for (const cell of this.#streams.values()) events += this.#counts[cell] ?? 0;
    return events;
  }

  /** The streams that have events in it. */
  streams(): Iterable<string> {
    return this.#streams.keys();
  }

  /** Which revisions of a stream fall into it; `undefined` when none does. */
  span(stream: string): Span | undefined {
    const cell = this.#streams.get(stream);
    return cell === undefined
      ? undefined
      : { first: this.#firstRevisions[cell] ?? 0, count: this.#counts[cell] ?? 0 };
  }

  /** The last revision of a stream that falls into it; `undefined` when none does. */
  last(stream: string): number | undefined {
    const cell = this.#streams.get(stream);
    return cell === undefined
      ? undefined
      : (this.#firstRevisions[cell] ?? 0) + (this.#counts[cell] ?? 0) - 1;
  }

  /** The places of a stream's events, in order; the first ones left out. */
  places(stream: string, from = 0, most = Number.POSITIVE_INFINITY): readonly number[] {
    const places: number[] = [];
    let cell = this.#streams.get(stream);
    for (let index = 0; cell !== undefined && places.length < most; index += 1) {
      if (index >= from) places.push(this.#places[cell] ?? 0);
      cell = this.#next[cell] || undefined;
    }
    return places;
  }
}

/** The entries of what a window says last about its streams. Their version names the window. */
export function controlEntries({ controls }: Window, window: number): readonly IndexEntry[] {
  return [...controls].map(([stream, control]) => ({
    key: controlKey(stream),
    value: sealed(Buffer.from(JSON.stringify(control))),
    version: window + 1,
  }));
}

/** @throws {@link StoreCorruptedError} when the bytes have changed. */
export function decodeControl(bytes: Buffer, stream: string): StreamControl {
  return JSON.parse(
    unsealed(bytes, `the control entry of stream '${stream}'`).toString(),
  ) as StreamControl;
}
