// All keys of the one LMDB database. The first byte tells what stands there:
//   'H'                                        the head of the log
//   'I'                                        the manifest of the index: which runs it consists of
//   'F'                                        the identity of the store
//   'B' + record number (8 bytes)              a block of the log
//   'C' + stream                               what was said about a stream: deleted, tombstoned, retention
//   'R' + level (1 byte) + slot (1 byte) + page (4 bytes)  a page of a run of the index
//   'R' + level (1 byte) + slot (1 byte)       where the pages of that run begin
//   'S' + length (2 bytes) + stream + revision (6 bytes)  places of a stream's events from that revision on, where they are many
//   'N' + stream                               a snapshot
// and of the read models:
//   'O'                                        the number of the newest collection
//   'K' + name                                 a collection: its number and its indexes
//   'D' + collection (4 bytes) + id            a document
//   'X' + collection (4 bytes) + index (2 bytes) + values + id  an entry of one of its indexes
//   'Z' + collection (4 bytes)                 a collection that was dropped, and whose documents are being removed
//   'V' + key                                  a record of the framework's own
// The length in front keeps names apart of which one is the beginning of another; no key is longer than 1,009 bytes, but for entries
// of indexes, which may have the 1,978 that LMDB allows.

const PREFIX = {
  block: 0x42,
  control: 0x43,
  document: 0x44,
  collection: 0x4b,
  snapshot: 0x4e,
  run: 0x52,
  stream: 0x53,
  record: 0x56,
  entry: 0x58,
  dropped: 0x5a,
} as const;

/** Bytes in front of the name and behind it in a stream key. */
const LENGTH_BYTES = 2;
const REVISION_BYTES = 6;

export const HEAD_KEY = Buffer.from('H');
export const INDEX_KEY = Buffer.from('I');
export const IDENTITY_KEY = Buffer.from('F');
export const NEWEST_COLLECTION_KEY = Buffer.from('O');

/** The most bytes of a key in LMDB with pages of 4 KiB. */
export const MAX_KEY_BYTES = 1_978;

/** The first key behind all keys of a kind. */
export function endOf(kind: keyof typeof PREFIX): Buffer {
  return Buffer.from([PREFIX[kind] + 1]);
}

/** The first key of a kind. */
export function beginningOf(kind: keyof typeof PREFIX): Buffer {
  return Buffer.from([PREFIX[kind]]);
}

/** The key of the block whose first record has this number. */
export function blockKey(first: number): Buffer {
  const key = Buffer.allocUnsafe(9);
  key[0] = PREFIX.block;
  key.writeUInt16BE(0, 1);
  key.writeUIntBE(first, 3, 6);
  return key;
}

/** The record number in a block's key. */
export function firstOfBlockKey(key: Uint8Array): number {
  return Buffer.from(key.buffer, key.byteOffset, key.length).readUIntBE(3, 6);
}

/** The key of what was said about a stream. */
export function controlKey(stream: string): Buffer {
  return named(PREFIX.control, stream);
}

/** The key of a stream's snapshot. */
export function snapshotKey(stream: string): Buffer {
  return named(PREFIX.snapshot, stream);
}

/** The key of the page of a run, or of where its pages begin. */
export function runKey(level: number, slot: number, page?: number): Buffer {
  const key = Buffer.allocUnsafe(page === undefined ? 3 : 7);
  key[0] = PREFIX.run;
  key[1] = level;
  key[2] = slot;
  if (page !== undefined) key.writeUInt32BE(page, 3);
  return key;
}

/** The page in the key of a page of a run. */
export function pageOfRunKey(key: Uint8Array): number {
  return Buffer.from(key.buffer, key.byteOffset, key.length).readUInt32BE(3);
}

/** The key of the index entry that begins at a revision of a stream, by its name in UTF-8. */
export function streamKey(stream: Uint8Array, revision: number): Buffer {
  const end = 1 + LENGTH_BYTES + stream.length;
  const key = Buffer.allocUnsafe(end + REVISION_BYTES);
  key[0] = PREFIX.stream;
  key.writeUInt16BE(stream.length, 1);
  key.set(stream, 1 + LENGTH_BYTES);
  key.writeUIntBE(revision, end, REVISION_BYTES);
  return key;
}

/** The revision in a stream key. */
export function revisionOfStreamKey(key: Uint8Array): number {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.length);
  return bytes.readUIntBE(bytes.length - REVISION_BYTES, REVISION_BYTES);
}

/** The stream in a stream key. */
export function streamOfStreamKey(key: Uint8Array): string {
  return Buffer.from(key.subarray(1 + LENGTH_BYTES, key.length - REVISION_BYTES)).toString('utf8');
}

/** The stream in a control key. */
export function streamOfControlKey(key: Uint8Array): string {
  return Buffer.from(key.subarray(1)).toString('utf8');
}

/** The key of a collection's definition. */
export function collectionKey(name: string): Buffer {
  return named(PREFIX.collection, name);
}

/** The key that says that a collection was dropped. */
export function droppedKey(collection: number): Buffer {
  return numbered(PREFIX.dropped, collection);
}

/** The key of a record of the read models, or what all keys begin with whose records begin so. */
export function recordKey(key: string): Buffer {
  return named(PREFIX.record, key);
}

/** What stands in front of the id in a document's key. */
export const DOCUMENT_PREFIX_BYTES = 5;

/** What the keys of all documents of a collection begin with. */
export function documentPrefix(collection: number): Buffer {
  return numbered(PREFIX.document, collection);
}

/** What stands in front of the values in the key of an index entry. */
export const ENTRY_PREFIX_BYTES = 7;

/** What the keys of all entries of an index begin with; of all indexes of the collection, where none is named. */
export function entryPrefix(collection: number, index?: number): Buffer {
  const prefix = numbered(PREFIX.entry, collection);
  if (index === undefined) return prefix;
  const bytes = Buffer.concat([prefix, Buffer.alloc(2)]);
  bytes.writeUInt16BE(index, prefix.length);
  return bytes;
}

/** The collection in the key of a document, of an index entry, or of a dropped collection. */
export function collectionOfKey(key: Uint8Array): number {
  return Buffer.from(key.buffer, key.byteOffset, key.length).readUInt32BE(1);
}

/** The index in the key of an index entry. */
export function indexOfEntryKey(key: Uint8Array): number {
  return Buffer.from(key.buffer, key.byteOffset, key.length).readUInt16BE(5);
}

/** The name in the key of a collection, or the key of a record in its own. */
export function nameOfKey(key: Uint8Array): string {
  return Buffer.from(key.subarray(1)).toString('utf8');
}

function numbered(prefix: number, collection: number): Buffer {
  const bytes = Buffer.allocUnsafe(5);
  bytes[0] = prefix;
  bytes.writeUInt32BE(collection, 1);
  return bytes;
}

function named(prefix: number, stream: string): Buffer {
  return Buffer.concat([Buffer.from([prefix]), Buffer.from(stream, 'utf8')]);
}
