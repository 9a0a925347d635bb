import type { Scalar } from '@everfold/core';

// Scalars as bytes whose order is the order of the port: a tag for the kind, then the value. Texts are UTF-8, whose order is that of
// code points, and end with a byte below all of theirs; what is too long for a key is cut, and ends with a byte above that one.
const NULL = 0x10;
const NUMBER = 0x20;
const TEXT = 0x30;
const FALSE = 0x40;
const TRUE = 0x41;
const DATE = 0x50;

const NUMBER_BYTES = 9;
const END = 0x00;
const CUT = 0x01;
/** Stands in front of a 0 or a 1 within a text, which would look like its end. */
const ESCAPE = 0x01;

/** What a text takes beside its own bytes: the tag and the end. */
const AROUND_TEXT = 2;

/** The most bytes of text in one of the `fields` values that share a key of `bytes`. */
export function textBytesFor(fields: number, bytes: number): number {
  return Math.floor(bytes / fields) - AROUND_TEXT;
}

/** The least that {@link textBytesFor} must come to. */
export const LEAST_TEXT_BYTES = NUMBER_BYTES - AROUND_TEXT;

/** How much room {@link writeScalar} wants for a text, most of which it gives back. */
export function roomForText(textBytes: number): number {
  return 8 * (textBytes + AROUND_TEXT);
}

/**
 * Writes a value so that keys sort as values do. Where two values share their bytes, both were cut.
 *
 * @param textBytes - Where texts are cut.
 * @returns Where it ends.
 */
export function writeScalar(target: Buffer, at: number, value: Scalar, textBytes: number): number {
  switch (typeof value) {
    case 'string':
      target[at] = TEXT;
      return writeText(target, at + 1, value, textBytes);
    case 'number':
      return writeNumber(target, at, NUMBER, value);
    case 'boolean':
      target[at] = value ? TRUE : FALSE;
      return at + 1;
    default:
      if (value !== null) return writeNumber(target, at, DATE, value.getTime());
      target[at] = NULL;
      return at + 1;
  }
}

/** Where a value ends that {@link writeScalar} wrote. */
export function endOfScalar(key: Buffer, at: number, textBytes: number): number {
  switch (key[at]) {
    case TEXT: {
      const mostEnd = at + 1 + textBytes;
      const end = key.indexOf(END, at + 1);
      return (end === -1 || end > mostEnd ? mostEnd : end) + 1;
    }
    case NUMBER:
    case DATE:
      return at + NUMBER_BYTES;
    default:
      return at + 1;
  }
}

/** Whether the value between two places of a key is only the beginning of a longer one. */
export function isCut(key: Buffer, at: number, end: number): boolean {
  return key[at] === TEXT && key[end - 1] === CUT;
}

/** The tags of a kind of values: from the first to behind the last. */
export function tagsOf(value: Scalar): readonly [from: number, to: number] {
  switch (typeof value) {
    case 'string':
      return [TEXT, TEXT + 1];
    case 'number':
      return [NUMBER, NUMBER + 1];
    case 'boolean':
      return [FALSE, TRUE + 1];
    default:
      return value === null ? [NULL, NULL + 1] : [DATE, DATE + 1];
  }
}

/** Whether a value has a place among keys: documents hold no others, but a query may ask for one. */
export function hasPlace(value: Scalar): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  return typeof value === 'boolean' || value === null || !Number.isNaN(Number(value));
}

/** The bits of a number, made to sort: those of negative ones turned over, the sign of others set. */
function writeNumber(target: Buffer, at: number, tag: number, value: number): number {
  target[at] = tag;
  // −0 equals 0.
  target.writeDoubleBE(value + 0, at + 1);
  const first = target[at + 1] ?? 0;
  if (first < 0x80) target[at + 1] = first | 0x80;
  else
    for (let byte = at + 1; byte < at + NUMBER_BYTES; byte += 1)
      target[byte] = ~(target[byte] ?? 0);
  return at + NUMBER_BYTES;
}

function writeText(target: Buffer, at: number, text: string, textBytes: number): number {
  // One unit more than fits: the last may be half of a character.
  const beginning = text.length > textBytes + 1 ? text.slice(0, textBytes + 1) : text;
  let end = at + target.write(beginning, at, 'utf8');
  const most = at + textBytes;
  for (let byte = at; byte < end && byte < most; byte += 1)
    if ((target[byte] ?? 0) <= CUT) {
      end = escapeFrom(target, byte, end);
      break;
    }
  if (end > most) {
    target[most] = CUT;
    return most + 1;
  }
  target[end] = END;
  return end + 1;
}

function escapeFrom(target: Buffer, from: number, to: number): number {
  const plain = Buffer.from(target.subarray(from, to));
  let end = from;
  for (const byte of plain) {
    if (byte <= CUT) {
      target[end] = ESCAPE;
      target[end + 1] = byte + 1;
      end += 2;
    } else {
      target[end] = byte;
      end += 1;
    }
  }
  return end;
}
