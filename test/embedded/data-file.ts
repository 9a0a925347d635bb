import { readFile } from 'node:fs/promises';

// The layout of a data file of LMDB as lmdb-js builds it, read without LMDB: 24 bytes of page header, then the offsets of
// the nodes. See MDB_page_header, MDB_node, MDB_ovpage and MDB_meta in its mdb.c.
const PAGE_HEADER = 24;
const NODE_HEADER = 8;
const BRANCH = 0x01;
const LEAF = 0x02;
const BIG_DATA = 0x01;
const META = { pageSize: 24 + 24, root: 24 + 24 + 48 + 40, txnId: 24 + 24 + 96 + 8 };
/** lmdb-js writes the version of an entry in front of its value. */
const VERSION = 8;

/** A piece of the file. */
export interface Range {
  readonly at: number;
  readonly length: number;
}

/** An entry that the newest commit reaches. */
export interface LiveEntry {
  /** Block of the log, many places of a stream, part of a run of the index, what was said about a stream, or something else. */
  readonly kind: 'block' | 'stream' | 'run' | 'control' | 'manifest' | 'other';
  readonly key: Buffer;
  /** Without its version. */
  readonly value: Buffer;
  readonly keyRange: Range;
  /** With its version. */
  readonly valueRange: Range;
}

/** What the newest commit reaches. */
export interface LiveData {
  readonly entries: readonly LiveEntry[];
  /** Headers of pages and nodes: what LMDB alone looks at. */
  readonly headers: readonly Range[];
}

const KINDS: Readonly<Record<string, LiveEntry['kind']>> = {
  B: 'block',
  S: 'stream',
  R: 'run',
  C: 'control',
  I: 'manifest',
};

/** Walks the tree of the newest commit in a data file. */
export async function readLiveData(file: string): Promise<LiveData> {
  const bytes = await readFile(file);
  const pageSize = bytes.readUInt32LE(META.pageSize);
  const [first, second] = [0, pageSize].map((meta) => bytes.readBigUInt64LE(meta + META.txnId));
  const meta = (first ?? 0n) > (second ?? 0n) ? 0 : pageSize;
  const entries: LiveEntry[] = [];
  const headers: Range[] = [];
  const walk = (page: number): void => {
    const at = page * pageSize;
    const flags = bytes.readUInt16LE(at + 18);
    const nodes = bytes.readUInt16LE(at + 20) >> 1;
    headers.push({ at: at + 16, length: PAGE_HEADER - 16 + 2 * nodes });
    for (let index = 0; index < nodes; index += 1) {
      const node = at + PAGE_HEADER + bytes.readUInt16LE(at + PAGE_HEADER + 2 * index);
      headers.push({ at: node, length: NODE_HEADER });
      if ((flags & BRANCH) !== 0) walk(bytes.readUIntLE(node, 6));
      else if ((flags & LEAF) !== 0) entries.push(entryAt(bytes, node, pageSize));
    }
  };
  walk(Number(bytes.readBigUInt64LE(meta + META.root)));
  return { entries, headers };
}

function entryAt(bytes: Buffer, node: number, pageSize: number): LiveEntry {
  const length = bytes.readUInt32LE(node);
  const keyLength = bytes.readUInt16LE(node + 6);
  const keyRange = { at: node + NODE_HEADER, length: keyLength };
  let at = node + NODE_HEADER + keyLength;
  if ((bytes.readUInt16LE(node + 4) & BIG_DATA) !== 0) {
    at = Number(bytes.readBigUInt64LE(at)) * pageSize + PAGE_HEADER;
  }
  const key = bytes.subarray(keyRange.at, keyRange.at + keyLength);
  return {
    kind: KINDS[key.toString('latin1', 0, 1)] ?? 'other',
    key,
    value: bytes.subarray(at + VERSION, at + length),
    keyRange,
    valueRange: { at, length },
  };
}

/** The records that a block holds. */
export function recordsOf({ key, value }: LiveEntry): {
  readonly first: number;
  readonly count: number;
} {
  return { first: key.readUIntBE(3, 6), count: value.readUInt16LE(6) };
}

/** Where the entries of a page of a run begin, and the name in an entry. */
const PAGE_ENTRIES = 16;
const ENTRY_NAME = 16;
const ELSEWHERE = 0x8000;
const PAGE_KEY_BYTES = 7;

/** The numbers of the records that an entry of the index points at; none where it concerns others as well. */
export function recordsIn({ kind, key, value }: LiveEntry): readonly number[] {
  if (kind === 'stream') return placesIn(value.subarray(4));
  if (kind !== 'run' || key.length < PAGE_KEY_BYTES) return [];
  const records: number[] = [];
  for (let at = PAGE_ENTRIES; at < value.length; ) {
    const length = value.readUInt16LE(at + 4);
    if (length >= ELSEWHERE) return [];
    const places = at + ENTRY_NAME + length;
    const end = places + 8 * value.readUInt32LE(at + 12);
    records.push(...placesIn(value.subarray(places, end)));
    at = end;
  }
  return records;
}

/** Blocks count up to 65,536 records. */
function placesIn(bytes: Buffer): readonly number[] {
  return Array.from({ length: bytes.length / 8 }, (_, index) => {
    const place = bytes.readDoubleLE(8 * index);
    return Math.floor(place / 65_536) + (place % 65_536);
  });
}
