import { StoreCorruptedError } from '@everfold/core';
import { CHECKSUM_BYTES, isSealed } from '../checksum.js';
import { type Database, readEntry } from '../environment.js';
import {
  beginningOf,
  endOf,
  pageOfRunKey,
  revisionOfStreamKey,
  runKey,
  streamOfControlKey,
  streamOfStreamKey,
} from '../keys.js';
import { positionAt } from '../position.js';
import { nameOfBeginnings } from '../runs/beginnings.js';
import { hashed } from '../runs/hash.js';
import { nameOfPage } from '../runs/page.js';
import { PLACE_BYTES } from '../runs/page-layout.js';
import { decodePlaces, PLACES_VERSION } from '../runs/places.js';
import { firstRecordOf, slotOf, versionOf, windowsOf } from '../runs/run.js';
import type { RunReader } from '../runs/run-reader.js';
import type { StoredIndex } from '../stream/stored-index.js';
import { controlEntries, recordOf, type Window } from '../stream/window.js';
import type { VerifyProblem } from './verify-folder.js';

interface ExpectedControl {
  readonly value: Buffer;
  /** That of the window which said it last. */
  readonly version: number;
}

/** Compares the written index with what the log says it must be, window by window. */
export class IndexCheck {
  readonly #database: Database;
  readonly #stored: StoredIndex;
  readonly #report: (problem: VerifyProblem) => void;
  readonly #controls = new Map<string, ExpectedControl>();
  readonly #saidAt = new Map<string, number>();
  /** What the window behind the written ones will say about streams. */
  readonly #early = new Map<string, Buffer>();
  readonly #doubtful = new Set<number>();
  /** How many events the log has in each window. */
  readonly #events: number[] = [];
  /** Parts of the index that were found damaged: one problem each. */
  readonly #damaged = new Set<string>();
  readonly #damagedStreams = new Set<string>();
  /** The window that is compared next. */
  window = 0;
  /** Entries compared so far. */
  entries = 0;

  constructor(database: Database, stored: StoredIndex, report: (problem: VerifyProblem) => void) {
    this.#database = database;
    this.#stored = stored;
    this.#report = report;
  }

  /** Takes note of where something was said about a stream. */
  saidAt(stream: string, record: number): void {
    this.#saidAt.set(stream, record);
  }

  /** Says that a part of the present window could not be read: nothing can be held against its entries. */
  doubt(): void {
    this.#doubtful.add(this.window);
  }

  /** Compares the next window: where its events lie, stream by stream. */
  compare(window: Window): void {
    const number = this.window;
    this.window += 1;
    const run = this.#stored.runs().find((one) => holds(one, number));
    this.#events.push(window.events);
    if (this.#doubtful.has(number)) return;
    for (const { key, value, version } of controlEntries(window, number))
      this.#controls.set(key.toString('latin1'), { value, version });
    for (const stream of window.streams()) this.#compareStream(run, stream, window);
  }

  /**
   * Looks for entries that nothing in the log accounts for, and compares what was said about streams.
   *
   * @param unwritten - The window behind the written ones, of which some entries may be there already.
   */
  finish(unwritten: Window): void {
    this.#checkPages();
    for (const run of this.#stored.runs()) this.#countEvents(run);
    if (this.#doubtful.size > 0) return;
    this.#checkMany();
    for (const { key, value } of controlEntries(unwritten, this.window))
      this.#early.set(key.toString('latin1'), value);
    for (const [key, expected] of this.#controls)
      this.#compareControl(Buffer.from(key, 'latin1'), expected);
    for (const { key, value, version } of this.#entries('control'))
      if (!this.#controls.has(key.toString('latin1')) && !this.#isEarly(key, value, version))
        this.#problem(undefined, `nothing was said about stream '${streamOfControlKey(key)}'`);
  }

  #compareStream(run: RunReader | undefined, stream: string, window: Window): void {
    this.entries += 1;
    const first = window.span(stream)?.first ?? 0;
    const places = window.places(stream);
    let at = 0;
    try {
      const found = this.#placesIn(run, stream, first, places.length);
      at = places.findIndex((place, index) => place !== found[index]);
      if (at === -1) return;
      this.#problem(
        recordOf(places[at] ?? 0),
        `revision ${first + at} of stream '${stream}' is not where it should be`,
      );
    } catch (error) {
      while (at < places.length - 1 && this.#isReadable(run, stream, first + at)) at += 1;
      this.#damage(recordOf(places[at] ?? 0), stream, error);
    }
  }

  #placesIn(
    run: RunReader | undefined,
    stream: string,
    revision: number,
    count: number,
  ): readonly number[] {
    const entry = run?.find(hashed(stream));
    return entry === undefined ? [] : this.#stored.placesIn(entry, revision, count);
  }

  #isReadable(run: RunReader | undefined, stream: string, revision: number): boolean {
    try {
      this.#placesIn(run, stream, revision, 1);
      return true;
    } catch {
      return false;
    }
  }

  /** Reports a damaged part of the index, once. */
  #damage(record: number, stream: string | undefined, error: unknown): void {
    const detail = error instanceof StoreCorruptedError ? error.message : String(error);
    if (stream !== undefined) this.#damagedStreams.add(stream);
    if (this.#damaged.has(detail)) return;
    this.#damaged.add(detail);
    this.#problem(record, detail);
  }

  /** Looks for places of events that are not in the log. */
  #countEvents(reader: RunReader): void {
    const { from, to } = windowsOf(reader.run);
    for (let window = from; window < to; window += 1) if (this.#doubtful.has(window)) return;
    const expected = this.#events.slice(from, to).reduce((sum, events) => sum + events, 0);
    let found = 0;
    try {
      for (let page = 0; page < reader.pages; page += 1)
        for (const { count } of reader.page(page).entries()) found += count;
    } catch (error) {
      this.#damage(firstRecordOf(reader.run), undefined, error);
      return;
    }
    if (found !== expected)
      this.#problem(
        firstRecordOf(reader.run),
        `run ${reader.run.number} of level ${reader.run.level} has ${found} events, the log ${expected}`,
      );
  }

  /** Checks every stored page, also of runs that are not in use: a disk that changes bytes there changes others too. */
  #checkPages(): void {
    for (const { key, value, version } of this.#entries('run')) {
      const name = key.length === runKey(0, 0).length ? nameOfBeginnings(value) : nameOfPage(value);
      const isIts =
        name !== undefined &&
        version === versionOf(name.run) &&
        key.equals(runKey(name.run.level, slotOf(name.run), name.page));
      if (!isIts && !this.#isLookedInto(key, value)) this.#damagedPage(key);
    }
  }

  /** Whether damage was found, or will be, where events are looked for. */
  #isLookedInto(key: Buffer, value: Buffer): boolean {
    const live = this.#liveRun(key);
    if (live === undefined || isSealed(value)) return false;
    try {
      return key.length === runKey(0, 0).length || pageOfRunKey(key) < live.pages;
    } catch {
      return true;
    }
  }

  #damagedPage(key: Buffer): void {
    const live = this.#liveRun(key);
    const record = live === undefined ? 1 : firstRecordOf(live.run);
    this.#problem(record, `entry ${key.toString('hex')} of the index is damaged`);
  }

  /** The run in use that a key belongs to. */
  #liveRun(key: Buffer): RunReader | undefined {
    return this.#stored.runs().find(({ run }) => key[1] === run.level && key[2] === slotOf(run));
  }

  /** Checks the entries of streams with many places: what they say must be what is found. */
  #checkMany(): void {
    for (const { key, value, version } of this.#entries('stream')) {
      const stream = streamOfStreamKey(key);
      const first = revisionOfStreamKey(key);
      if (!isSealed(value)) {
        // Where it is in use, its events were looked for already.
        if (!this.#damagedStreams.has(stream))
          this.#problem(1, `an index entry of stream '${stream}' is damaged`);
        continue;
      }
      const count = (value.length - CHECKSUM_BYTES) / PLACE_BYTES;
      const places = decodePlaces(
        { bytes: value, from: CHECKSUM_BYTES, to: value.length },
        0,
        count,
      );
      const isRight = version === PLACES_VERSION && this.#agrees(stream, first, places);
      if (!isRight)
        this.#problem(
          recordOf(places[0] ?? 0),
          `an index entry of stream '${stream}' at revision ${first} is not what the log accounts for`,
        );
    }
  }

  /** Whether places are those that the index finds; some that belong to a window that is just being written are not known yet. */
  #agrees(stream: string, first: number, places: readonly number[]): boolean {
    try {
      if (first > this.#stored.last(stream)) return true;
      const found = this.#stored.places(stream, first, places.length);
      return found.every((place, index) => place === places[index]);
    } catch {
      // Reported already, by the events that are not found.
      return true;
    }
  }

  #compareControl(key: Buffer, { value, version }: ExpectedControl): void {
    const entry = readEntry(this.#database, key);
    if (entry?.bytes.equals(value) === true && entry.version === version) return;
    if (entry !== undefined && this.#isEarly(key, entry.bytes, entry.version)) return;
    const stream = streamOfControlKey(key);
    const record = this.#saidAt.get(stream);
    this.#report({
      what: 'control',
      position: record === undefined ? undefined : positionAt(record),
      detail: `what was said about stream '${stream}' differs from the log`,
    });
  }

  #problem(record: number | undefined, detail: string): void {
    const position = record === undefined ? undefined : positionAt(record);
    this.#report({ what: 'index', position, detail });
  }

  /** Whether an entry belongs to the window that is just being written. */
  #isEarly(key: Buffer, value: Buffer, version: number | undefined): boolean {
    const early = this.#early.get(key.toString('latin1'));
    return version === this.window + 1 && early?.equals(value) === true;
  }

  /** The entries of a kind, in order; a damaged tree that goes round in a circle ends them. */
  *#entries(kind: 'stream' | 'control' | 'run') {
    let before = Buffer.alloc(0);
    const range = this.#database.getRange({
      start: beginningOf(kind),
      end: endOf(kind),
      versions: true,
    });
    for (const { key, value, version } of range) {
      if (Buffer.compare(before, key) >= 0) break;
      before = Buffer.from(key);
      yield { key: before, value, version };
    }
  }
}

function holds({ run }: RunReader, window: number): boolean {
  const { from, to } = windowsOf(run);
  return window >= from && window < to;
}
