import type { DocumentQuery, FieldCondition, Scalar } from '@everfold/core';
import type { Filter, Sort } from 'mongodb';
import { isPlainField, type MongoDocument } from './document-form.js';

type Condition = Filter<MongoDocument>;

/** Documents, and no markers. */
export const PRESENT: Condition = { '_everfold.removed': null };

/** What nothing meets. */
const NEVER: Condition = { _id: { $in: [] } };

/** Every value of each kind, in the order of the port; what is missing stands with null. */
const KINDS = [
  (field: string): Condition => ({ [field]: null }),
  (field: string): Condition => ({ [field]: { $gte: Number.NEGATIVE_INFINITY } }),
  (field: string): Condition => ({ [field]: { $gte: '' } }),
  (field: string): Condition => ({ [field]: { $gte: false } }),
  (field: string): Condition => ({ [field]: { $gte: new Date(-8_640_000_000_000_000) } }),
] as const;

/** Whether the server can be asked a query; otherwise documents are looked at one by one. */
export function isAskable({ where, orderBy }: DocumentQuery): boolean {
  return [...where, ...orderBy].every(({ field }) => isPlainField(field));
}

export function filterOf({ where, orderBy, after }: DocumentQuery): Condition {
  const conditions = where.flatMap(conditionsOf);
  if (after !== undefined) conditions.push(behind(orderBy, after));
  conditions.push(PRESENT);
  return { $and: conditions };
}

export function sortOf(orderBy: DocumentQuery['orderBy']): Sort {
  const order = new Map<string, 1 | -1>();
  for (const { field, direction } of orderBy)
    if (!order.has(field)) order.set(field, direction === 'desc' ? -1 : 1);
  order.set('_id', orderBy.at(-1)?.direction === 'desc' ? -1 : 1);
  return order;
}

function conditionsOf({ field, eq, gt, gte, lt, lte }: FieldCondition): Condition[] {
  return [
    ...(eq === undefined ? [] : [equal(field, eq)]),
    ...bounds(field, '$gt', gt),
    ...bounds(field, '$gte', gte),
    ...bounds(field, '$lt', lt),
    ...bounds(field, '$lte', lte),
  ];
}

/** A server compares values of one kind only, as the port does; null is equal to itself, and neither less nor more. */
function bounds(
  field: string,
  operator: '$gt' | '$gte' | '$lt' | '$lte',
  bound: Scalar | undefined,
): Condition[] {
  if (bound === undefined) return [];
  if (bound !== null) return [{ [field]: { [operator]: bound } }];
  return [operator.endsWith('e') ? equal(field, null) : NEVER];
}

/** An object or an array is left out of the field, and is not null for that. */
function equal(field: string, value: Scalar): Condition {
  if (value !== null) return { [field]: { $eq: value } };
  return { $and: [{ [field]: null }, { '_everfold.odd': { $ne: field } }] } as Condition;
}

/** What comes behind a place, in the order that a query asks for. */
function behind(
  orderBy: DocumentQuery['orderBy'],
  { values, id }: NonNullable<DocumentQuery['after']>,
): Condition {
  const alternatives: Condition[] = [];
  const same: Condition[] = [];
  for (const [index, { field, direction }] of orderBy.entries()) {
    const value = values[index] ?? null;
    for (const beyond of beyondOf(field, value, direction))
      alternatives.push({ $and: [...same, beyond] });
    // The place itself, where objects and arrays stand with null too.
    same.push(value === null ? { [field]: null } : { [field]: { $eq: value } });
  }
  const beyondId =
    orderBy.at(-1)?.direction === 'desc' ? { _id: { $lt: id } } : { _id: { $gt: id } };
  alternatives.push({ $and: [...same, beyondId] });
  return { $or: alternatives };
}

/** Values of the same kind beyond one, and all values of the kinds beyond its own. */
function beyondOf(field: string, value: Scalar, direction: 'asc' | 'desc'): Condition[] {
  const kind = kindOf(value);
  const others = direction === 'asc' ? KINDS.slice(kind + 1) : KINDS.slice(0, kind);
  const beyond = others.map((all) => all(field));
  if (value !== null)
    beyond.push(direction === 'asc' ? { [field]: { $gt: value } } : { [field]: { $lt: value } });
  return beyond;
}

function kindOf(value: Scalar): number {
  if (value === null) return 0;
  return { number: 1, string: 2, boolean: 3, object: 4 }[typeof value as 'number'];
}
