import { closeSync, openSync, readSync } from 'node:fs';

// LMDB's two meta pages as its binding lays them out, each at the beginning of a page: 24 bytes of page header, then magic,
// version, address and map size (4, 4, 8, 8), the heads of two trees (48 each), the last page and the transaction.
// See MDB_page, MDB_db and MDB_meta in mdb.c.
const FLAGS = { at: 18, meta: 0x08 };
const MAGIC = { at: 24, value: 0xbeefc0de };
const PAGE_SIZE_AT = 48;
const ROOTS_AT = [88, 136] as const;
const LAST_PAGE_AT = 144;
const TRANSACTION_AT = 152;
const BYTES = 160;

/** LMDB writes its two meta pages before anything else, at once. */
export const LEAST_BYTES = 2 * 4_096;

/** The newest commit of a data file, as its meta page tells it. */
export interface Meta {
  readonly pageSize: number;
  /** The highest page that was ever allocated. LMDB need not have written it. */
  readonly lastPage: number;
  /** The number of the commit. */
  readonly transaction: number;
  /** The roots of the list of free pages and of the one tree of entries; `undefined` where one is empty. */
  readonly roots: readonly (number | undefined)[];
}

/** Reads the newer of the two meta pages; `undefined` when the file is none of LMDB's. */
export function readMeta(file: number): Meta | undefined {
  const first = Buffer.alloc(BYTES);
  readSync(file, first, 0, BYTES, 0);
  if (!isMeta(first)) return undefined;
  const second = Buffer.alloc(BYTES);
  readSync(file, second, 0, BYTES, first.readUInt32LE(PAGE_SIZE_AT));
  const isNewer =
    isMeta(second) &&
    second.readBigUInt64LE(TRANSACTION_AT) > first.readBigUInt64LE(TRANSACTION_AT);
  return metaIn(isNewer ? second : first);
}

function isMeta(page: Buffer): boolean {
  return (
    (page.readUInt16LE(FLAGS.at) & FLAGS.meta) !== 0 && page.readUInt32LE(MAGIC.at) === MAGIC.value
  );
}

function metaIn(page: Buffer): Meta {
  return {
    pageSize: page.readUInt32LE(PAGE_SIZE_AT),
    lastPage: Number(page.readBigUInt64LE(LAST_PAGE_AT)),
    transaction: Number(page.readBigUInt64LE(TRANSACTION_AT)),
    roots: ROOTS_AT.map((at) => {
      const root = page.readBigUInt64LE(at);
      return root === NO_PAGE ? undefined : Number(root);
    }),
  };
}

const NO_PAGE = 2n ** 64n - 1n;

/** Whether a file of so many bytes holds every page that was ever allocated: then no page can be missing. */
export function holdsAllPages({ pageSize, lastPage }: Meta, bytes: number): boolean {
  return bytes >= (lastPage + 1) * pageSize;
}

/** The number of the newest commit in a data file. */
export function newestTransaction(name: string): number {
  const file = openSync(name, 'r');
  try {
    return readMeta(file)?.transaction ?? 0;
  } finally {
    closeSync(file);
  }
}
