import { isSealed } from '../checksum.js';
import { type Database, readEntry, readVersion, readVolatile } from '../environment.js';
import { beginningOf, endOf, streamOfControlKey, streamOfStreamKey } from '../keys.js';
import { positionAt } from '../position.js';
import { entriesOf } from '../stream/index-writer.js';
import { blockOf, decodePlaces, type IndexEntry, indexOf, type Window } from '../stream/window.js';
import type { VerifyProblem } from './verify-folder.js';

interface ExpectedControl {
  readonly value: Buffer;
  /** That of the window which said it last. */
  readonly version: number;
}

/** Compares the written index with what the log says it must be, window by window. */
export class IndexCheck {
  readonly #database: Database;
  readonly #report: (problem: VerifyProblem) => void;
  readonly #controls = new Map<string, ExpectedControl>();
  #expected = 0;
  readonly #saidAt = new Map<string, number>();
  /** What the window behind the written ones will hold. */
  readonly #early = new Map<string, Buffer>();
  readonly #doubtful = new Set<number>();
  /** The window that is compared next. */
  window = 0;
  /** Entries compared so far. */
  entries = 0;

  constructor(database: Database, report: (problem: VerifyProblem) => void) {
    this.#database = database;
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

  /** Compares the next window. Each entry depends on its records alone, so that the bytes must be equal. */
  compare(window: Window): void {
    this.window += 1;
    if (this.#doubtful.has(this.window - 1)) return;
    for (const entry of entriesOf(window)) {
      if (entry.key[0] === beginningOf('control')[0]) {
        this.#controls.set(entry.key.toString('latin1'), {
          value: entry.value,
          version: this.window,
        });
      } else {
        this.#expected += 1;
        this.#compareEntry(entry);
      }
    }
  }

  /**
   * Looks for entries that nothing in the log accounts for, and compares what was said about streams.
   *
   * @param unwritten - The window behind the written ones, of which some entries may be there already.
   */
  finish(unwritten: Window): void {
    if (this.#doubtful.size > 0) return;
    for (const { key, value } of entriesOf(unwritten))
      this.#early.set(key.toString('latin1'), value);
    const found = this.#count();
    if (found !== this.#expected)
      this.#problem(
        undefined,
        `${found} entries stand where the log accounts for ${this.#expected}`,
      );
    for (const [key, expected] of this.#controls)
      this.#compareControl(Buffer.from(key, 'latin1'), expected);
    for (const { key, value, version } of this.#entries('control'))
      if (!this.#controls.has(key.toString('latin1')) && !this.#isEarly(key, value, version))
        this.#problem(undefined, `nothing was said about stream '${streamOfControlKey(key)}'`);
  }

  #compareEntry({ key, value }: IndexEntry): void {
    this.entries += 1;
    const stored = readVolatile(this.#database, key);
    if (stored === undefined) this.#mismatch(key, value, 'an entry is missing');
    else if (!isSealed(stored))
      this.#mismatch(key, value, 'the checksum of an entry does not match');
    else if (!stored.equals(value)) this.#mismatch(key, value, 'an entry differs from the log');
    else if (readVersion(this.#database, key) !== this.window)
      this.#mismatch(key, value, 'the version of an entry has changed');
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

  #mismatch(key: Buffer, expected: Buffer, detail: string): void {
    const stream = streamOfStreamKey(key);
    const [place = 0] = decodePlaces(expected, stream);
    this.#problem(blockOf(place) + indexOf(place), `${detail} (stream '${stream}')`);
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

  /** Entries of written windows. */
  #count(): number {
    let count = 0;
    for (const { key, value, version } of this.#entries('stream'))
      if (!this.#isEarly(key, value, version)) count += 1;
    return count;
  }

  /** The entries of a kind, in order; a damaged tree that goes round in a circle ends them. */
  *#entries(kind: 'stream' | 'control') {
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
