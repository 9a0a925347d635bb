// All keys of the one LMDB database. The first byte tells what stands there:
//   'H'                                       the head of the log
//   'I'                                       how far the index is written
//   'F'                                       the identity of the store
//   'B' + record number (8 bytes)             a block of the log
//   'C' + stream                              what was said about a stream: deleted, tombstoned, retention
//   'S' + stream + 0x0000 + revision (6 bytes)  places of a stream's events from that revision on
//   'N' + stream                              a snapshot
// A NUL within a stream name is written 0x0001, so that 0x0000 ends it and no name is the beginning of another's keys.

const PREFIX = { block: 0x42, control: 0x43, stream: 0x53, snapshot: 0x4e } as const;

/** Bytes of a revision at the end of a stream key. */
const REVISION_BYTES = 6;

export const HEAD_KEY = Buffer.from('H');
export const INDEX_KEY = Buffer.from('I');
export const IDENTITY_KEY = Buffer.from('F');

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

/** The key of the index entry that begins at a revision of a stream. */
export function streamKey(stream: string, revision: number): Buffer {
  const name = escaped(stream);
  const end = 1 + name.length;
  const key = Buffer.allocUnsafe(end + 2 + REVISION_BYTES);
  key[0] = PREFIX.stream;
  name.copy(key, 1);
  key.writeUInt16BE(0, end);
  key.writeUIntBE(revision, end + 2, REVISION_BYTES);
  return key;
}

/** The revision in a stream key. */
export function revisionOfStreamKey(key: Uint8Array): number {
  const bytes = Buffer.from(key.buffer, key.byteOffset, key.length);
  return bytes.readUIntBE(bytes.length - REVISION_BYTES, REVISION_BYTES);
}

/** The stream in a stream key. */
export function streamOfStreamKey(key: Uint8Array): string {
  return unescaped(key.subarray(1, key.length - REVISION_BYTES - 2));
}

/** The stream in a control key. */
export function streamOfControlKey(key: Uint8Array): string {
  return unescaped(key.subarray(1, key.length - 2));
}

function named(prefix: number, stream: string): Buffer {
  return Buffer.concat([Buffer.from([prefix]), escaped(stream), Buffer.from([0, 0])]);
}

function escaped(stream: string): Buffer {
  return Buffer.from(stream.includes('\0') ? stream.replaceAll('\0', '\0\x01') : stream, 'utf8');
}

function unescaped(name: Uint8Array): string {
  return Buffer.from(name).toString('utf8').replaceAll('\0\x01', '\0');
}
