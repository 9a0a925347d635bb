import type { EventPredicate, RecordedEvent } from '@everfold/core';
import type { Block } from '../log/block.js';
import type { BlockReader } from '../log/block-reader.js';
import { type EventRecord, isEvent, type LogRecord, recordedEvent } from '../log/record.js';
import { SLICE_BYTES, type Slice } from './slice.js';
import type { Visibility } from './visibility.js';

/** Records that one slice looks at, at least, where there are so many. */
const SLICE_RECORDS = 256;

/** What a slice of the log is to show. */
export interface LogView {
  readonly matches: EventPredicate | undefined;
  /** How many events are still wanted: no further block is read for more. */
  readonly left: number;
}

/** Reads the log itself, block by block. */
export class LogReader {
  readonly #blocks: BlockReader;
  readonly #visibility: Visibility;

  constructor(blocks: BlockReader, visibility: Visibility) {
    this.#blocks = blocks;
    this.#visibility = visibility;
  }

  /** The matching events of some records from `from` on, before `until`; `next` is the first record not looked at. */
  forwards(from: number, until: number, { matches, left }: LogView): Slice {
    this.#blocks.refresh();
    const events: RecordedEvent[] = [];
    let next = from;
    let bytes = 0;
    let block = this.#blocks.containing(from);
    for (;;) {
      bytes += block.bytes;
      const end = Math.min(block.first + block.count, until);
      this.#take(block, { from: next, to: end, matches, events });
      next = end;
      const isFull = next - from >= SLICE_RECORDS || bytes >= SLICE_BYTES || events.length >= left;
      if (next >= until || isFull) return { events, next };
      block = this.#blocks.at(next);
    }
  }

  /** The same from `from` down to `downTo`; `next` is the last record not looked at. */
  backwards(from: number, downTo: number, { matches, left }: LogView): Slice {
    this.#blocks.refresh();
    const events: RecordedEvent[] = [];
    let next = from;
    let bytes = 0;
    while (next >= downTo && from - next < SLICE_RECORDS) {
      if (bytes >= SLICE_BYTES || events.length >= left) break;
      const block = this.#blocks.containing(next);
      bytes += block.bytes;
      const found: RecordedEvent[] = [];
      const first = Math.max(block.first, downTo);
      this.#take(block, { from: first, to: next + 1, matches, events: found });
      events.push(...found.reverse());
      next = first - 1;
    }
    return { events, next };
  }

  #take(
    block: Block,
    range: {
      from: number;
      to: number;
      matches: EventPredicate | undefined;
      events: RecordedEvent[];
    },
  ): void {
    const { first, recordedAtMs } = block;
    const records = block.records();
    for (let record = range.from; record < range.to; record += 1) {
      const parsed = records[record - first];
      if (parsed !== undefined && this.#wants(parsed, recordedAtMs, range.matches))
        range.events.push(recordedEvent(parsed, { record, recordedAtMs }));
    }
  }

  #wants(
    record: LogRecord,
    recordedAtMs: number,
    matches: EventPredicate | undefined,
  ): record is EventRecord {
    if (!isEvent(record)) return false;
    const [, stream, revision, , type] = record;
    if (matches !== undefined && !matches({ type, stream })) return false;
    return (
      !this.#visibility.hidesSomething || this.#visibility.shows({ stream, revision, recordedAtMs })
    );
  }
}
