import { isDate } from 'node:util/types';
import type { DocumentQuery, FieldCondition, Scalar, StoredDocument } from '../read-model-store.js';

/**
 * Compares texts by code point, as databases do. JavaScript's `<` compares UTF-16 units, by which characters outside the basic plane
 * (emoji) come before U+E000–U+FFFF.
 */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return inCodePointOrder(left) - inCodePointOrder(right);
  }
  return a.length - b.length;
}

/** Moves surrogates behind all other units: the first difference then says which code point is larger. */
function inCodePointOrder(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/** Compares values in the order of the port: null, numbers, texts by code point, false, true, dates. */
export function compareScalars(a: Scalar, b: Scalar): number {
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  const kinds = kindOf(a) - kindOf(b);
  if (kinds !== 0) return kinds;
  const [left, right] = [Number(a), Number(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function kindOf(value: Scalar): number {
  switch (typeof value) {
    case 'number':
      return 1;
    case 'string':
      return 2;
    case 'boolean':
      return 3;
    default:
      return value === null ? 0 : 4;
  }
}

/** The value of a document's own field: null when it is missing, `undefined` when it is an object or an array, which no condition matches. */
export function fieldOf(document: object, field: string): Scalar | undefined {
  const value: unknown = Object.hasOwn(document, field) ? Reflect.get(document, field) : null;
  if (typeof value !== 'object' || value === null) return (value ?? null) as Scalar;
  return isDate(value) ? value : undefined;
}

/** The value by which a document is ordered: an object or an array stands where null does. */
export function orderValueOf(document: object, field: string): Scalar {
  return fieldOf(document, field) ?? null;
}

/** Whether a document meets all conditions. */
export function matchesConditions(document: object, where: readonly FieldCondition[]): boolean {
  return where.every((condition) => matches(fieldOf(document, condition.field), condition));
}

function matches(value: Scalar | undefined, { eq, gt, gte, lt, lte }: FieldCondition): boolean {
  if (value === undefined) return false;
  return (
    (eq === undefined || compareScalars(value, eq) === 0) &&
    within(value, gt, (compared) => compared > 0) &&
    within(value, gte, (compared) => compared >= 0) &&
    within(value, lt, (compared) => compared < 0) &&
    within(value, lte, (compared) => compared <= 0)
  );
}

function within(
  value: Scalar,
  bound: Scalar | undefined,
  holds: (compared: number) => boolean,
): boolean {
  if (bound === undefined) return true;
  return kindOf(value) === kindOf(bound) && holds(compareScalars(value, bound));
}

type OrderBy = DocumentQuery['orderBy'];

/** Compares documents in the order that a query asks for; ties are parted by id. */
export function compareDocuments(
  orderBy: OrderBy,
): (a: StoredDocument, b: StoredDocument) => number {
  return (a, b) =>
    comparePlaces(
      orderBy,
      ({ field }) => orderValueOf(a.document ?? {}, field),
      ({ field }) => orderValueOf(b.document ?? {}, field),
    ) || compareIds(orderBy, a.id, b.id);
}

/** Says of documents whether they come behind a place, in the order that a query asks for. */
export function isBehind(
  orderBy: OrderBy,
  after: NonNullable<DocumentQuery['after']>,
): (stored: StoredDocument) => boolean {
  return ({ id, document = {} }) => {
    const compared = comparePlaces(
      orderBy,
      ({ field }) => orderValueOf(document, field),
      (_, index) => after.values[index] ?? null,
    );
    return (compared || compareIds(orderBy, id, after.id)) > 0;
  };
}

type ValueAt = (field: OrderBy[number], index: number) => Scalar;

function comparePlaces(orderBy: OrderBy, left: ValueAt, right: ValueAt): number {
  for (const [index, field] of orderBy.entries()) {
    const compared = compareScalars(left(field, index), right(field, index));
    if (compared !== 0) return field.direction === 'desc' ? -compared : compared;
  }
  return 0;
}

function compareIds(orderBy: OrderBy, a: string, b: string): number {
  const compared = compareTexts(a, b);
  return orderBy.at(-1)?.direction === 'desc' ? -compared : compared;
}
