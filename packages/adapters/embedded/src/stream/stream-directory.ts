import { type StreamControl, type StreamState, UNCONTROLLED } from '@everfold/core';
import type { Block } from '../log/block.js';
import { controlOf, isEvent } from '../log/record.js';
import { RecentMap } from '../recent-map.js';
import type { StoredIndex } from './stored-index.js';
import { placeOf, recordOf, WINDOW, Window, windowOf } from './window.js';

const REMEMBERED_STREAMS = 65_536;

/**
 * Where the events of each stream lie: the written index, and in memory what came after it. It knows the log up to some record
 * and is told of every further one, in order, whoever wrote it.
 */
export class StreamDirectory {
  readonly #stored: StoredIndex;
  readonly #windows = new Map<number, Window>();
  readonly #last = new RecentMap<string, number>(REMEMBERED_STREAMS);
  #controls: Map<string, StreamControl>;
  #indexed: number;

  constructor(stored: StoredIndex) {
    this.#stored = stored;
    this.#indexed = stored.windows();
    this.#controls = stored.controls();
  }

  /** The first record that this directory keeps in memory: everything before is in the index. */
  get firstInMemory(): number {
    return this.#indexed * WINDOW;
  }

  /** Whether anything was said about any stream: where not, readers need not ask. */
  get hasControls(): boolean {
    return this.#controls.size > 0;
  }

  /** What was said about a stream; `undefined` when nothing was. */
  control(stream: string): StreamControl | undefined {
    return this.#controls.get(stream);
  }

  /** Where a stream stands. */
  state(stream: string): StreamState {
    return { last: this.last(stream), control: this.#controls.get(stream) ?? UNCONTROLLED };
  }

  /** The last revision of a stream, hidden or not; −1 when it never had an event. */
  last(stream: string): number {
    const known = this.#last.get(stream);
    if (known !== undefined) return known;
    const last = this.#lastInMemory(stream) ?? this.#stored.last(stream);
    this.#last.set(stream, last);
    return last;
  }

  /** The places of a stream's events from a revision on: at most `count`, fewer only at the end of the stream. */
  places(stream: string, revision: number, count: number): readonly number[] {
    const places: number[] = [];
    while (places.length < count) {
      const next = this.#placesAt(stream, revision + places.length, count - places.length);
      if (next.length === 0) break;
      places.push(...next);
    }
    return places;
  }

  /** Takes note of an event. */
  add(stream: string, revision: number, place: number): void {
    this.#window(windowOf(recordOf(place))).add(stream, revision, place);
    this.#last.set(stream, revision);
  }

  /** Takes note of what was said about a stream. */
  setControl(stream: string, control: StreamControl, record: number): void {
    this.#window(windowOf(record)).controls.set(stream, control);
    this.#controls.set(stream, control);
  }

  /** Takes note of the records of a block, from one of them on. */
  addBlock(block: Block, from: number): void {
    const records = block.records();
    for (let index = Math.max(0, from - block.first); index < records.length; index += 1) {
      const record = records[index];
      if (record === undefined) continue;
      if (isEvent(record)) this.add(record[1], record[2], placeOf(block.first, index));
      else this.setControl(record[1], controlOf(record), block.first + index);
    }
  }

  /** What stands in a window that is to be written. */
  windowToWrite(window: number): Window {
    return this.#windows.get(window) ?? new Window();
  }

  /** Forgets the windows that the index holds by now, whoever wrote them. */
  forgetWritten(): void {
    const windows = this.#stored.windows();
    if (windows === this.#indexed) return;
    for (const window of this.#windows.keys()) if (window < windows) this.#windows.delete(window);
    this.#indexed = Math.max(this.#indexed, windows);
  }

  /** Begins anew behind what is written by now: another process wrote more than this one has seen. */
  restart(): void {
    this.#windows.clear();
    this.#last.clear();
    this.#indexed = this.#stored.windows();
    this.#controls = this.#stored.controls();
  }

  #placesAt(stream: string, revision: number, count: number): readonly number[] {
    for (const window of this.#windows.values()) {
      const span = window.span(stream);
      if (span !== undefined && revision >= span.first && revision < span.first + span.count)
        return window.places(stream, revision - span.first, count);
    }
    if (revision > this.last(stream)) return [];
    return this.#stored.places(stream, revision, count);
  }

  #lastInMemory(stream: string): number | undefined {
    let last: number | undefined;
    for (const window of this.#windows.values()) last = window.last(stream) ?? last;
    return last;
  }

  #window(number: number): Window {
    const known = this.#windows.get(number);
    if (known !== undefined) return known;
    const window = new Window();
    this.#windows.set(number, window);
    return window;
  }
}
