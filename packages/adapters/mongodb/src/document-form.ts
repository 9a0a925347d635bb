import { decodeDocument, encodeDocument, type Position, type StoredDocument } from '@everfold/core';

/** What the framework keeps in each document, in one field that users leave alone. */
export interface Header {
  /** The position of the last event that the document has seen. */
  readonly position: string;
  /** Which save wrote it: how it is told from another that came to the same position. */
  readonly write: string;
  readonly parkedSince?: string | undefined;
  /** Of a marker: its position. Documents have none. */
  readonly removed?: string | undefined;
  /** The whole document as text, where BSON cannot hold it as it is. */
  readonly text?: string | undefined;
  /** Indexed fields that hold an object or an array: no condition matches them, and they are ordered where null is. */
  readonly odd?: readonly string[] | undefined;
}

/** A document as MongoDB has it: the fields of the user's, and the header. */
export interface MongoDocument {
  readonly _id: string;
  readonly _everfold: Header;
  readonly [field: string]: unknown;
}

type Fields = Record<string, unknown>;

/** Names that BSON or the server would take for something else; conditions on them look at documents one by one. */
export function isPlainField(field: string): boolean {
  return (
    field !== '' &&
    field !== '_id' &&
    field !== '_everfold' &&
    field !== '__proto__' &&
    !field.startsWith('$') &&
    !field.includes('.') &&
    !field.includes('\0') &&
    field.isWellFormed()
  );
}

/** The depth from which on servers refuse a document, with room for what lies around it. */
const MOST_DEPTH = 80;

/** What a document is written with. */
export interface Written extends Omit<StoredDocument, 'document'> {
  readonly document: object | undefined;
  readonly write: string;
}

/** @param indexed - The fields of declared indexes. */
export function toMongo(
  { id, document, position, parkedSince, write }: Written,
  indexed: readonly string[],
): MongoDocument {
  const parked = parkedSince === undefined ? {} : { parkedSince };
  if (document === undefined)
    return { _id: id, _everfold: { position, write, ...parked, removed: position } };
  const odd = indexed.filter((field) => isOdd(document, field));
  if (odd.length === 0 && isFaithful(document, 0))
    return { ...document, _id: id, _everfold: { position, write, ...parked } };
  const text = encodeDocument(document);
  const header = { position, write, ...parked, text, ...(odd.length > 0 && { odd }) };
  return { ...shownFields(document, odd), _id: id, _everfold: header };
}

export function fromMongo({ _id, _everfold, ...fields }: MongoDocument): StoredDocument {
  const { position, parkedSince, removed, text } = _everfold;
  const document =
    removed !== undefined ? undefined : text === undefined ? fields : decodeDocument(text);
  return {
    id: _id,
    document,
    position: position as Position,
    ...(parkedSince !== undefined && { parkedSince: parkedSince as Position }),
  };
}

/** Whether BSON gives a value back as it is. */
function isFaithful(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null || value instanceof Date) return true;
  if (depth >= MOST_DEPTH) return false;
  if (Array.isArray(value))
    return depth > 0 && value.every((member) => isFaithful(member, depth + 1));
  return Object.entries(value).every(
    ([key, member]) => isPlainKey(key, depth) && isFaithful(member, depth + 1),
  );
}

function isPlainKey(key: string, depth: number): boolean {
  if (depth === 0) return isPlainField(key);
  return (
    key !== '__proto__' &&
    !key.startsWith('$') &&
    !key.includes('.') &&
    !key.includes('\0') &&
    key.isWellFormed()
  );
}

function isOdd(document: object, field: string): boolean {
  if (!Object.hasOwn(document, field)) return false;
  const value: unknown = Reflect.get(document, field);
  return typeof value === 'object' && value !== null && !(value instanceof Date);
}

/** The fields that people and indexes can see of a document that lies as text. */
function shownFields(document: object, odd: readonly string[]): Fields {
  if (Array.isArray(document)) return {};
  const shown = Object.entries(document).filter(
    ([key, value]) => isPlainField(key) && !odd.includes(key) && isFaithful(value, 1),
  );
  return Object.fromEntries(shown);
}
