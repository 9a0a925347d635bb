import { StoreCorruptedError } from '@everfold/core';
import { isSealed } from '../checksum.js';
import { positionAt } from '../position.js';
import type { Piece } from './bytes.js';
import type { HashedName } from './hash.js';
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
  PLACE_BYTES,
} from './page-layout.js';
import { firstRecordOf, isSameRun, type Run } from './run.js';

/** What a run says about a stream. */
export interface RunEntry {
  readonly hash: number;
  readonly name: Piece;
  /** The revision of its first event in the run. */
  readonly first: number;
  /** How many events it has there. */
  readonly count: number;
  /** Their places, 8 bytes each; `undefined` when they are many, and have entries of their own. */
  readonly places: Piece | undefined;
}

/** Which page of which run. */
export interface PageName {
  readonly run: Run;
  readonly page: number;
}

/** A page of a run, checked. What it hands out are pieces of its bytes. */
export class Page {
  readonly #bytes: Buffer;

  /** @throws {@link StoreCorruptedError} when the bytes are missing, have changed, or are another page's. */
  constructor(bytes: Buffer | undefined, name: PageName) {
    const found = bytes && nameOfPage(bytes);
    if (bytes === undefined || found?.page !== name.page || !isSameRun(found.run, name.run))
      throw damaged(name);
    this.#bytes = bytes;
  }

  /** The hash of its first entry. */
  get firstHash(): number {
    return this.#bytes.readUInt32LE(HEADER);
  }

  /** What it says about a stream; `undefined` when nothing. */
  find({ hash, name }: HashedName): RunEntry | undefined {
    const bytes = this.#bytes;
    for (let at = HEADER; at < bytes.length; at = this.#behind(at)) {
      const other = bytes.readUInt32LE(at);
      if (other > hash) return undefined;
      const nameAt = at + NAME_AT;
      const nameEnd = nameAt + (bytes.readUInt16LE(at + LENGTH_AT) & ~ELSEWHERE);
      if (other === hash && name.compare(bytes, nameAt, nameEnd) === 0) return this.#entryAt(at);
    }
    return undefined;
  }

  /** All entries, in order. */
  entries(): readonly RunEntry[] {
    const entries: RunEntry[] = [];
    for (let at = HEADER; at < this.#bytes.length; at = this.#behind(at))
      entries.push(this.#entryAt(at));
    return entries;
  }

  #behind(at: number): number {
    const length = this.#bytes.readUInt16LE(at + LENGTH_AT);
    return length < ELSEWHERE
      ? at + NAME_AT + length + PLACE_BYTES * this.#bytes.readUInt32LE(at + COUNT_AT)
      : at + NAME_AT + length - ELSEWHERE;
  }

  #entryAt(at: number): RunEntry {
    const bytes = this.#bytes;
    const length = bytes.readUInt16LE(at + LENGTH_AT);
    const nameEnd = at + NAME_AT + (length & ~ELSEWHERE);
    const count = bytes.readUInt32LE(at + COUNT_AT);
    return {
      hash: bytes.readUInt32LE(at),
      name: { bytes, from: at + NAME_AT, to: nameEnd },
      first: bytes.readUIntLE(at + FIRST_AT, 6),
      count,
      places:
        length < ELSEWHERE
          ? { bytes, from: nameEnd, to: nameEnd + PLACE_BYTES * count }
          : undefined,
    };
  }
}

function damaged({ run, page }: PageName): StoreCorruptedError {
  return new StoreCorruptedError(
    positionAt(firstRecordOf(run)),
    `page ${page} of run ${run.number} of level ${run.level} of the index is damaged or missing`,
  );
}

/** The page that stored bytes say they are; `undefined` when they have changed. */
export function nameOfPage(bytes: Buffer): PageName | undefined {
  if (bytes.length < HEADER || !isSealed(bytes)) return undefined;
  const run = { level: bytes[LEVEL_AT] ?? 0, number: bytes.readUIntLE(NUMBER_AT, 6) };
  return { run, page: bytes.readUInt32LE(PAGE_AT) };
}
