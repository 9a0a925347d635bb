const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * @internal The segment that a document belongs to, 0-based: the same in every process and on every platform, so that two never work on
 * one document.
 *
 * FNV-1a (32 bit) over the id's UTF-8, then MurmurHash3's final mix: the lower bits of FNV-1a alone are too regular for a modulo by 8.
 *
 * @see http://www.isthe.com/chongo/tech/comp/fnv/ and https://github.com/aappleby/smhasher/wiki/MurmurHash3
 */
export function segmentOf(documentId: string, segments: number): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < documentId.length; at += 1) {
    const code = documentId.charCodeAt(at);
    if (code > 0x7f) return mixed(hashOfBytes(hash, documentId.slice(at))) % segments;
    hash = Math.imul(hash ^ code, FNV_PRIME);
  }
  return mixed(hash) % segments;
}

function hashOfBytes(begun: number, text: string): number {
  let hash = begun;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash;
}

function mixed(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
