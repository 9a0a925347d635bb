import { seal } from '../checksum.js';
import { copy, type Piece, sizeOf } from './bytes.js';
import type { PageName, RunEntry } from './page.js';
import {
  COUNT_AT,
  ELSEWHERE,
  FIRST_AT,
  HEADER,
  LENGTH_AT,
  LEVEL_AT,
  NAME_AT,
  NUMBER_AT,
  PAGE_AT,
  PAGE_BYTES,
} from './page-layout.js';

/** An entry that is to be put into a page. */
export interface DraftEntry extends Omit<RunEntry, 'places'> {
  /** Its places, piece by piece; `undefined` when they have entries of their own. */
  readonly places: readonly Piece[] | undefined;
}

/** Puts entries into a page, in order, as many as it holds. */
export class PageDraft {
  #bytes = Buffer.allocUnsafe(PAGE_BYTES);
  #size = HEADER;
  /** The hash of the first entry. */
  readonly firstHash: number;
  #lastHash: number;

  constructor(entry: DraftEntry) {
    this.firstHash = entry.hash;
    this.#lastHash = entry.hash;
    this.#put(entry, bytesOf(entry));
  }

  /** Adds an entry, unless the page is full. Entries of the same hash stay together, however many. */
  add(entry: DraftEntry): boolean {
    const size = bytesOf(entry);
    if (this.#size + size > PAGE_BYTES && entry.hash !== this.#lastHash) return false;
    this.#put(entry, size);
    return true;
  }

  /** The bytes of the page, which takes no more entries. */
  encode({ run, page }: PageName): Buffer {
    const bytes = this.#bytes.subarray(0, this.#size);
    bytes[LEVEL_AT] = run.level;
    bytes[LEVEL_AT + 1] = 0;
    bytes.writeUIntLE(run.number, NUMBER_AT, 6);
    bytes.writeUInt32LE(page, PAGE_AT);
    seal(bytes);
    return bytes;
  }

  #put({ hash, name, first, count, places }: DraftEntry, size: number): void {
    const at = this.#size;
    this.#size += size;
    if (this.#size > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes], Math.max(this.#size, 2 * this.#bytes.length));
    const bytes = this.#bytes;
    bytes.writeUInt32LE(hash, at);
    bytes.writeUInt16LE(sizeOf(name) | (places === undefined ? ELSEWHERE : 0), at + LENGTH_AT);
    bytes.writeUIntLE(first, at + FIRST_AT, 6);
    bytes.writeUInt32LE(count, at + COUNT_AT);
    let end = copy(name, bytes, at + NAME_AT);
    if (places !== undefined) for (const piece of places) end = copy(piece, bytes, end);
    this.#lastHash = hash;
  }
}

function bytesOf({ name, places }: DraftEntry): number {
  let size = NAME_AT + sizeOf(name);
  if (places !== undefined) for (const piece of places) size += sizeOf(piece);
  return size;
}
