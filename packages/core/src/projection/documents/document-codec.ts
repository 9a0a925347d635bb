import { isDate } from 'node:util/types';
import { assign } from '../../aggregate/copy-value.js';
import { findJsonOrDateProblem, type JsonProblem } from '../../event/json.js';

/** A date is written as an object of this one key, which holds its milliseconds since 1970, UTC. */
const TAG = '$date';
/** An object of a user's own that has one such key is written with one `$` more. */
const LOOKS_LIKE_TAG = /^\$+date$/;
/** What every text with a date, or with an escaped key, contains. */
const TRACE = `${TAG}":`;

/**
 * Finds the first place at which a document is not JSON plus `Date`: what {@link findJsonProblem} finds, but for valid dates.
 *
 * @returns The problem, its path beginning with a field of the document (`lines[2].price`); `undefined` when the document comes back
 * equal from {@link decodeDocument}.
 */
export function findDocumentProblem(document: object): JsonProblem | undefined {
  const problem = findJsonOrDateProblem(document, '');
  if (problem === undefined) return undefined;
  const { path, reason } = problem;
  return { path: path === '' ? 'the document' : path.replace(/^\./, ''), reason };
}

/**
 * Writes a document as text: JSON, in which dates are marked, so that {@link decodeDocument} gives back an equal document.
 *
 * @param document - One in which {@link findDocumentProblem} finds nothing; this is not checked again.
 */
export function encodeDocument(document: object): string {
  return JSON.stringify(needsMarks(document) ? tagged(document) : document);
}

/** Reads what {@link encodeDocument} wrote. A key named `__proto__` stays a field and reaches no prototype. */
export function decodeDocument(text: string): object {
  const parsed: object = JSON.parse(text);
  return text.includes(TRACE) ? (untagged(parsed) as object) : parsed;
}

/** Whether there is a date, or an object that might look like one: nearly always not, and finding out costs little beside the JSON. */
function needsMarks(value: object): boolean {
  if (Array.isArray(value)) return value.some(holdsMarks);
  if ('toJSON' in value) return true;
  let keys = 0;
  let last = '';
  // Nothing is faster, and a document is plain: it inherits nothing that could be met here.
  for (const key in value) {
    if (holdsMarks((value as Fields)[key])) return true;
    keys += 1;
    last = key;
  }
  return keys === 1 && LOOKS_LIKE_TAG.test(last);
}

function holdsMarks(value: unknown): boolean {
  return typeof value === 'object' && value !== null && needsMarks(value);
}

/** The value itself where nothing in it needs a mark; otherwise a copy, because JSON asks dates for their text before any replacer sees them. */
function tagged(value: object): object {
  if (isDate(value)) return { [TAG]: value.getTime() };
  if (Array.isArray(value)) return taggedArray(value);
  const keys = Object.keys(value);
  const [first] = keys;
  const copy = taggedFields(value as Fields, keys);
  return first !== undefined && keys.length === 1 && LOOKS_LIKE_TAG.test(first)
    ? { [`$${first}`]: copy[first] }
    : copy;
}

type Fields = Readonly<Record<string, unknown>>;

function taggedArray(values: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (const [index, member] of values.entries()) {
    if (typeof member !== 'object' || member === null) continue;
    const next = tagged(member);
    if (next === member) continue;
    copy ??= [...values];
    copy[index] = next;
  }
  return copy ?? values;
}

function taggedFields(fields: Fields, keys: readonly string[]): Fields {
  let copy: Record<string, unknown> | undefined;
  for (const key of keys) {
    const field = fields[key];
    if (typeof field !== 'object' || field === null) continue;
    const next = tagged(field);
    if (next === field) continue;
    copy ??= { ...fields };
    assign(copy, key, next);
  }
  return copy ?? fields;
}

/** What was just parsed belongs to nobody yet, and is changed in place. */
function untagged(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) return untaggedFields(value as Record<string, unknown>);
  for (let index = 0; index < value.length; index += 1) value[index] = untagged(value[index]);
  return value;
}

function untaggedFields(fields: Record<string, unknown>): object {
  const keys = Object.keys(fields);
  const [first] = keys;
  if (first === TAG && keys.length === 1) return new Date(Number(fields[TAG]));
  for (const key of keys) {
    const next = untagged(fields[key]);
    if (next !== fields[key]) assign(fields, key, next);
  }
  return first !== undefined && keys.length === 1 && LOOKS_LIKE_TAG.test(first)
    ? { [first.slice(1)]: fields[first] }
    : fields;
}
