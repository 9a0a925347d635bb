import { type EventPredicate, type RecordedEvent, StoreCorruptedError } from '@everfold/core';
import type { BlockReader } from '../log/block-reader.js';
import { isEvent, recordedEvent } from '../log/record.js';
import { positionAt } from '../position.js';
import type { StreamDirectory } from '../stream/stream-directory.js';
import { blockOf, indexOf, recordOf } from '../stream/window.js';
import type { Slice } from './slice.js';
import type { Visibility } from './visibility.js';

/** Events that one slice reads at most. */
const SLICE_EVENTS = 128;

/** Which events of a stream a slice is to show. */
export interface StreamView {
  readonly stream: string;
  /** The number of the first record that is not to be seen. */
  readonly until: number;
  readonly matches: EventPredicate | undefined;
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
    const places = this.#places(revision, SLICE_EVENTS, view);
    const next = places.length < SLICE_EVENTS ? Number.POSITIVE_INFINITY : revision + places.length;
    return { events: this.#read(revision, places, view), next };
  }

  /** Some events from a revision downwards, none below `downTo`. */
  backwards(revision: number, downTo: number, view: StreamView): Slice {
    this.#blocks.refresh();
    const first = Math.max(downTo, revision - SLICE_EVENTS + 1);
    const places = this.#places(first, revision - first + 1, view);
    return { events: this.#read(first, places, view).toReversed(), next: first - 1 };
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

  #read(first: number, places: readonly number[], view: StreamView): readonly RecordedEvent[] {
    const events: RecordedEvent[] = [];
    for (let at = 0; at < places.length; ) {
      const block = blockOf(places[at] ?? 0);
      let end = at + 1;
      while (end < places.length && blockOf(places[end] ?? 0) === block) end += 1;
      this.#readBlock(block, places.slice(at, end), { revision: first + at, view, events });
      at = end;
    }
    return events;
  }

  /** Reads several events of one block. */
  #readBlock(
    first: number,
    places: readonly number[],
    into: { revision: number; view: StreamView; events: RecordedEvent[] },
  ): void {
    const block = this.#blocks.keptAt(first);
    const { recordedAtMs } = block;
    const records = places.map((place) => block.record(indexOf(place)));
    for (const [index, record] of records.entries()) {
      const number = recordOf(places[index] ?? 0);
      const revision = into.revision + index;
      if (!isEvent(record) || record[1] !== into.view.stream || record[2] !== revision)
        throw new StoreCorruptedError(
          positionAt(number),
          `the index says that revision ${revision} of '${into.view.stream}' stands there`,
        );
      if (this.#wants(into.view, record[4], { revision, recordedAtMs }))
        into.events.push(recordedEvent(record, { record: number, recordedAtMs }));
    }
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
