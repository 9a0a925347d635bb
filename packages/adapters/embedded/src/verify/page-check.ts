import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type Database, dataFile } from '../environment.js';
import { holdsAllPages, type Meta, readMeta } from '../opening/meta-pages.js';

// The layout of a page of LMDB's trees: 24 bytes of header, then the offsets of its nodes, counted from behind the header.
// See MDB_page and MDB_node in mdb.c.
const HEADER = 24;
const FLAGS_AT = 18;
const NODES_AT = 20;
const BRANCH = 0x01;
const LEAF = 0x02;
const NODE_HEADER = 8;
const BIG_DATA = 0x01;

/**
 * Looks for a page that the newest commit reaches and that the data file is too short to hold. It reads the file, not LMDB's
 * map of it: there, a missing page ends the process.
 *
 * @param database - Open; its read transaction keeps the pages as they are meanwhile.
 * @returns What is missing; `undefined` when nothing is.
 */
export function findMissingPage(database: Database, folder: string): string | undefined {
  // Begins the read transaction, and reads no page.
  database.getStats();
  const file = openSync(dataFile(folder), 'r');
  try {
    const meta = readMeta(file);
    const { size } = fstatSync(file);
    if (meta === undefined || holdsAllPages(meta, size)) return undefined;
    return new PageWalk(file, meta, size).run();
  } finally {
    closeSync(file);
  }
}

/** Walks both trees of a data file. */
class PageWalk {
  readonly #file: number;
  readonly #meta: Meta;
  readonly #pages: number;
  readonly #page: Buffer;
  readonly #todo: number[] = [];
  readonly #seen = new Set<number>();

  constructor(file: number, meta: Meta, size: number) {
    this.#file = file;
    this.#meta = meta;
    this.#pages = Math.floor(size / meta.pageSize);
    this.#page = Buffer.alloc(meta.pageSize);
  }

  run(): string | undefined {
    for (const root of this.#meta.roots) if (root !== undefined) this.#todo.push(root);
    for (let page = this.#todo.pop(); page !== undefined; page = this.#todo.pop()) {
      const missing = this.#missing(page, 1) ?? this.#visit(page);
      if (missing !== undefined) return `page ${missing} of it is missing`;
    }
    return undefined;
  }

  /** The last of some pages, when the file ends before it. */
  #missing(page: number, count: number): number | undefined {
    return page + count <= this.#pages ? undefined : page + count - 1;
  }

  /** Remembers the pages below a page; the number of one that is missing. */
  #visit(page: number): number | undefined {
    if (this.#seen.has(page)) return undefined;
    this.#seen.add(page);
    readSync(this.#file, this.#page, 0, this.#page.length, page * this.#page.length);
    const flags = this.#page.readUInt16LE(FLAGS_AT);
    const nodes = this.#page.readUInt16LE(NODES_AT) >> 1;
    for (let index = 0; index < nodes; index += 1) {
      const at = HEADER + this.#number(HEADER + 2 * index, 2);
      if ((flags & BRANCH) !== 0) this.#todo.push(this.#number(at, 6));
      else if ((flags & LEAF) !== 0) {
        const missing = this.#missingData(at);
        if (missing !== undefined) return missing;
      }
    }
    return undefined;
  }

  /** A missing page of a value that has pages of its own. */
  #missingData(node: number): number | undefined {
    if ((this.#number(node + 4, 2) & BIG_DATA) === 0) return undefined;
    const bytes = HEADER + this.#number(node, 4);
    const first = this.#number(node + NODE_HEADER + this.#number(node + 6, 2), 6);
    return this.#missing(first, Math.ceil(bytes / this.#page.length));
  }

  /** A number in the page; 0 where a damaged page points beyond its end, which the check of what it holds will find. */
  #number(at: number, bytes: number): number {
    return at + bytes <= this.#page.length ? this.#page.readUIntLE(at, bytes) : 0;
  }
}
