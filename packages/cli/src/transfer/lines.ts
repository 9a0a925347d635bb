import type { FileHandle } from 'node:fs/promises';

const NEW_LINE = 0x0a;
const CHUNK_BYTES = 64 * 1_024;

/**
 * The lines of a stream of bytes, without their ends, one after the other. Only `\n` ends a line: JSON may hold U+2028, at
 * which `readline` would cut.
 *
 * @throws TypeError when the bytes are no UTF-8.
 */
export async function* linesOf(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  let begun: Buffer[] = [];
  for await (const piece of source) {
    const chunk = Buffer.from(piece as Uint8Array);
    let from = 0;
    for (let at = chunk.indexOf(NEW_LINE); at !== -1; at = chunk.indexOf(NEW_LINE, from)) {
      begun.push(chunk.subarray(from, at));
      yield decoder.decode(Buffer.concat(begun));
      begun = [];
      from = at + 1;
    }
    if (from < chunk.length) begun.push(chunk.subarray(from));
  }
  if (begun.length > 0) yield decoder.decode(Buffer.concat(begun));
}

/** The end of what was written whole. */
export interface WholeLines {
  /** The last line that has its end; `undefined` where there is none. */
  readonly last: string | undefined;
  /** Where the next line belongs, bytes from the beginning of the file. */
  readonly end: number;
}

/** Finds the last line of a file that has its end: what stands behind it was cut off. Reads the file from its end. */
export async function lastWholeLine(file: FileHandle): Promise<WholeLines> {
  const { size } = await file.stat();
  const end = (await newLineBefore(file, size)) + 1;
  if (end === 0) return { last: undefined, end };
  const begin = (await newLineBefore(file, end - 1)) + 1;
  const { buffer } = await file.read(Buffer.alloc(end - 1 - begin), 0, end - 1 - begin, begin);
  return { last: buffer.toString('utf8'), end };
}

/** The offset of the last `\n` before an offset; −1 where there is none. */
async function newLineBefore(file: FileHandle, offset: number): Promise<number> {
  for (let until = offset; until > 0; ) {
    const from = Math.max(0, until - CHUNK_BYTES);
    const { buffer } = await file.read(Buffer.alloc(until - from), 0, until - from, from);
    const at = buffer.lastIndexOf(NEW_LINE);
    if (at !== -1) return from + at;
    until = from;
  }
  return -1;
}
