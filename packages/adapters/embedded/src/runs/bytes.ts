/** A range of bytes. Merging hands on millions of them: a view of each would cost more than what is done with it. */
export interface Piece {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

/** All of some bytes. */
export function pieceOf(bytes: Buffer): Piece {
  return { bytes, from: 0, to: bytes.length };
}

/** How many bytes it has. */
export function sizeOf({ from, to }: Piece): number {
  return to - from;
}

/** Up to here a loop is faster than a call of Node's. */
const SHORT = 64;

/** Copies a piece; returns the place behind it. */
export function copy({ bytes, from, to }: Piece, target: Buffer, at: number): number {
  if (to - from > SHORT) bytes.copy(target, at, from, to);
  else for (let index = from; index < to; index += 1) target[at + index - from] = bytes[index] ?? 0;
  return at + to - from;
}

/** Several pieces, one behind the other. */
export function joined(pieces: readonly Piece[]): Buffer {
  let size = 0;
  for (const piece of pieces) size += sizeOf(piece);
  const bytes = Buffer.allocUnsafe(size);
  let at = 0;
  for (const piece of pieces) at = copy(piece, bytes, at);
  return bytes;
}

/** Which piece comes first, by their bytes. */
export function compare(left: Piece, right: Piece): number {
  const size = Math.min(sizeOf(left), sizeOf(right));
  for (let index = 0; index < size; index += 1) {
    const difference =
      (left.bytes[left.from + index] ?? 0) - (right.bytes[right.from + index] ?? 0);
    if (difference !== 0) return difference;
  }
  return sizeOf(left) - sizeOf(right);
}
