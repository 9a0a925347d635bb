import { StoreCorruptedError } from '@everfold/core';
import { positionAt } from '../position.js';
import { type IndexEntry, recordOf, type Window } from '../stream/window.js';
import { compare, joined, type Piece, pieceOf, sizeOf } from './bytes.js';
import { hashOf } from './hash.js';
import type { RunEntry } from './page.js';
import type { DraftEntry } from './page-draft.js';
import { encodePlaces, entriesOfMany, MANY_PLACES } from './places.js';

/** What a run is to say about a stream, and what is to be written beside it. */
export interface SourceEntry {
  readonly entry: DraftEntry;
  /** Places that have entries of their own from now on. */
  readonly many: readonly IndexEntry[];
}

/** Room for the number of a stream behind its hash, in a number that is exact. */
const STREAMS = 2 ** 20;

/** Names that are hashed before others run. */
const NAMES_A_TURN = 2_048;

/** What a window says about its streams, in the order of runs; `undefined` where others should run. */
export function* entriesOfWindow(window: Window): Generator<SourceEntry | undefined> {
  const streams: string[] = [];
  // Sorted as numbers: comparing objects takes ten times as long.
  const hashes: number[] = [];
  for (const stream of window.streams()) {
    hashes.push(hashOf(stream) * STREAMS + streams.length);
    streams.push(stream);
    if (streams.length % NAMES_A_TURN === 0) yield undefined;
  }
  const order = Float64Array.from(hashes).sort();
  for (let at = 0; at < order.length; ) {
    const hash = hashAt(order, at);
    const same: string[] = [];
    for (; hashAt(order, at) === hash; at += 1)
      same.push(streams[(order[at] ?? 0) % STREAMS] ?? '');
    for (const stream of same.sort(inBytes)) yield entryOfStream(stream, hash, window);
  }
}

function hashAt(order: Float64Array, at: number): number {
  return Math.floor((order[at] ?? Number.NaN) / STREAMS);
}

/** By their bytes, as runs are sorted. */
function inBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function entryOfStream(stream: string, hash: number, window: Window): SourceEntry {
  const { first, count } = window.span(stream) ?? { first: 0, count: 0 };
  const places = pieceOf(encodePlaces(window.places(stream)));
  const name = pieceOf(Buffer.from(stream));
  return sourceEntry([{ hash, name, first, count, places }]);
}

/** The entries of a run, one after the other. */
export interface RunCursor {
  /** The entry that it stands on; `undefined` behind the last. */
  readonly entry: RunEntry | undefined;
  next(): void;
}

/** What several runs say about their streams, in the order of runs. The runs follow each other. */
export function* mergedEntries(runs: readonly RunCursor[]): Generator<SourceEntry> {
  for (let found = lowest(runs); found.length > 0; found = lowest(runs)) {
    const parts: RunEntry[] = [];
    for (const run of found) {
      if (run.entry !== undefined) parts.push(run.entry);
      run.next();
    }
    yield sourceEntry(parts);
  }
}

/** The runs that stand on the lowest entry. */
function lowest(runs: readonly RunCursor[]): readonly RunCursor[] {
  let least: RunEntry | undefined;
  let found: RunCursor[] = [];
  for (const run of runs) {
    const { entry } = run;
    if (entry === undefined) continue;
    const order = least === undefined ? -1 : orderOf(entry, least);
    if (order > 0) continue;
    if (order === 0) found.push(run);
    else {
      least = entry;
      found = [run];
    }
  }
  return found;
}

function orderOf(left: RunEntry, right: RunEntry): number {
  return left.hash === right.hash ? compare(left.name, right.name) : left.hash - right.hash;
}

/** One entry of the parts of a stream, at least one, which follow each other. */
function sourceEntry(parts: readonly RunEntry[]): SourceEntry {
  const [begin] = parts;
  const { hash, name, first } = begin as RunEntry;
  const places: Piece[] = [];
  let next = first;
  for (const part of parts) {
    if (part.first !== next) throw gap(part);
    next += part.count;
    if (part.places !== undefined) places.push(part.places);
  }
  const count = next - first;
  return places.length === parts.length && count < MANY_PLACES
    ? { entry: { hash, name, first, count, places }, many: [] }
    : { entry: { hash, name, first, count, places: undefined }, many: manyOf(parts) };
}

/** Entries of their own for all places that have none: those that follow each other share them. */
function manyOf(parts: readonly RunEntry[]): readonly IndexEntry[] {
  const many: IndexEntry[] = [];
  for (let at = 0; at < parts.length; at += 1) {
    const begin = parts[at];
    const places: Piece[] = [];
    for (let part = begin; part?.places !== undefined; part = parts[at]) {
      places.push(part.places);
      at += 1;
    }
    if (begin !== undefined && places.length > 0)
      many.push(...entriesOfMany(joined([begin.name]), begin.first, joined(places)));
  }
  return many;
}

function gap({ name, first, places }: RunEntry): StoreCorruptedError {
  const isKnown = places !== undefined && sizeOf(places) > 0;
  return new StoreCorruptedError(
    isKnown ? positionAt(recordOf(places.bytes.readDoubleLE(places.from))) : undefined,
    `the index of stream '${joined([name]).toString()}' has a gap before revision ${first}`,
  );
}
