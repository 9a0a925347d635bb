import { crc32 } from 'node:zlib';

/** The name of a stream, as runs are sorted by it. */
export interface HashedName {
  /** 32 bits, spread evenly. */
  readonly hash: number;
  readonly name: Buffer;
}

/** Hashes the name of a stream. */
export function hashed(stream: string): HashedName {
  return { hash: hashOf(stream), name: Buffer.from(stream) };
}

/**
 * The CRC-32 of a name in UTF-8, whose bits are mixed: neighbours in pages should not depend on how names are made up. The mixing is the
 * end of MurmurHash3 (Austin Appleby, public domain).
 */
export function hashOf(name: string): number {
  let hash = crc32(name);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
