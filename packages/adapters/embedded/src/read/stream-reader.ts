import { type EventPredicate, type RecordedEvent, StoreCorruptedError } from '@everfold/core';
import type { BlockReader } from '../log/block-reader.js';
import { isEvent, recordedEvent } from '../log/record.js';
import { positionAt } from '../position.js';
import type { StreamDirectory } from '../stream/stream-directory.js';
import { blockOf, indexOf, recordOf } from '../stream/window.js';
import { SLICE_BYTES, type Slice } from './slice.js';
import type { Visibility } from './visibility.js';

/** Events that one slice reads at most. */
const SLICE_EVENTS = 128;

/** Which events of a stream a slice is to show. */
export interface StreamView {
  readonly stream: string;
  /** The number of the first record that is not to be seen. */
  readonly until: number;
  readonly matches: EventPredicate | undefined;
  /** How many events are still wanted. */
  readonly left: number;
}

/** From which revision a slice goes which way. */
interface Way {
  readonly revision: number;
  readonly step: 1 | -1;
}

/** How many events to look at: no more than are wanted, unless some of them may not match. */
function countOf({ left, matches }: StreamView): number {
  return matches === undefined ? Math.min(SLICE_EVENTS, left) : SLICE_EVENTS;
}

/** Reads single streams by their places. */
export class StreamReader {
  readonly #blocks: BlockReader;
  readonly #directory: StreamDirectory;
  readonly #visibility: Visibility;

  constructor(blocks: BlockReader, directory: StreamDirectory, visibility: Visibility) {
    this.#blocks = blocks;
    this.#directory = directory;
    this.#visibility = visibility;
  }

  /** Some events from a revision on; `next` is the revision to go on with, or infinite at the end. */
  forwards(revision: number, view: StreamView): Slice {
    this.#blocks.refresh();
    const count = countOf(view);
    const places = this.#places(revision, count, view);
    const { events, read } = this.#read({ revision, step: 1 }, places, view);
    const isEnd = read === places.length && places.length < count;
    return { events, next: isEnd ? Number.POSITIVE_INFINITY : revision + read };
  }

  /** Some events from a revision downwards, none below `downTo`. */
  backwards(revision: number, downTo: number, view: StreamView): Slice {
    this.#blocks.refresh();
    const lowest = Math.max(downTo, revision - countOf(view) + 1);
    const places = this.#places(lowest, revision - lowest + 1, view).toReversed();
    // What is not to be seen yet lies at the upper end.
    const top = lowest + places.length - 1;
    const { events, read } = this.#read({ revision: top, step: -1 }, places, view);
    return { events, next: top - read };
  }

  /** The id of the event at a revision, hidden or not; `undefined` where none stands. */
  idAt(stream: string, revision: number): string | undefined {
    const [place] = this.#directory.places(stream, revision, 1);
    if (place === undefined) return undefined;
    const record = this.#blocks.keptAt(blockOf(place)).record(indexOf(place));
    return isEvent(record) ? record[3] : undefined;
  }

  #places(revision: number, count: number, { stream, until }: StreamView): readonly number[] {
    const places = this.#directory.places(stream, revision, count);
    const beyond = places.findIndex((place) => recordOf(place) >= until);
    return beyond === -1 ? places : places.slice(0, beyond);
  }

  /** Reads events in the order of their places, and stops early when they are large. */
  #read(
    { revision, step }: Way,
    places: readonly number[],
    view: StreamView,
  ): { readonly events: readonly RecordedEvent[]; readonly read: number } {
    const events: RecordedEvent[] = [];
    let read = 0;
    for (let bytes = 0; read < places.length && bytes < SLICE_BYTES; ) {
      const block = blockOf(places[read] ?? 0);
      let end = read + 1;
      while (end < places.length && blockOf(places[end] ?? 0) === block) end += 1;
      const way = { revision: revision + step * read, step };
      bytes += this.#readBlock(block, places.slice(read, end), { way, view, events });
      read = end;
    }
    return { events, read };
  }

  /** Reads several events of one block; about how many bytes they have. */
  #readBlock(
    first: number,
    places: readonly number[],
    into: { way: Way; view: StreamView; events: RecordedEvent[] },
  ): number {
    const block = this.#blocks.keptAt(first);
    const { recordedAtMs } = block;
    const records = places.map((place) => block.record(indexOf(place)));
    for (const [index, record] of records.entries()) {
      const number = recordOf(places[index] ?? 0);
      const revision = into.way.revision + into.way.step * index;
      if (!isEvent(record) || record[1] !== into.view.stream || record[2] !== revision)
        throw new StoreCorruptedError(
          positionAt(number),
          `the index says that revision ${revision} of '${into.view.stream}' stands there`,
        );
      if (this.#wants(into.view, record[4], { revision, recordedAtMs }))
        into.events.push(recordedEvent(record, { record: number, recordedAtMs }));
    }
    return (block.bytes * places.length) / block.count;
  }

  #wants(
    { stream, matches }: StreamView,
    type: string,
    at: { readonly revision: number; readonly recordedAtMs: number },
  ): boolean {
    if (matches !== undefined && !matches({ type, stream })) return false;
    return !this.#visibility.hidesSomething || this.#visibility.shows({ stream, ...at });
  }
}
