import { isDate } from 'node:util/types';
import { placeInCursor } from './cursor.js';
import type { ProjectionDefinition } from './definition.js';
import type { Query } from './query.js';
import type { DocumentQuery, FieldCondition, Scalar } from './read-model-store.js';

/** @internal A user's query that is sound, in the form in which stores get it; `limit` is still the user's. */
export interface CheckedQuery extends DocumentQuery {
  /** What a cursor belongs to: the same for the same conditions and order, however they were written down. */
  readonly shape: string;
}

type Indexed = Pick<ProjectionDefinition, 'name' | 'indexes'>;

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;
const PARTS = ['where', 'orderBy', 'limit', 'cursor'];
const OPERATORS = ['gt', 'gte', 'lt', 'lte'];

/**
 * @internal Brings a query into the form of the port.
 *
 * @throws TypeError when a field is in no declared index, an operator is unknown, a value is no scalar, the limit is none, or the
 * cursor is damaged or belongs to another query.
 */
export function checkedQuery<D>(projection: Indexed, query: Query<D>): CheckedQuery {
  assertOnlyKeys(query, PARTS, 'A query');
  const where = conditionsOf(projection, query.where ?? {});
  const orderBy = orderOf(projection, query.orderBy ?? []);
  const limit = limitOf(query.limit);
  const shape = shapeOf(projection.name, where, orderBy);
  if (query.cursor === undefined) return { where, orderBy, limit, shape };
  return {
    where,
    orderBy,
    limit,
    shape,
    after: placeInCursor(query.cursor, shape, orderBy.length),
  };
}

function limitOf(limit: unknown = DEFAULT_LIMIT): number {
  if (Number.isSafeInteger(limit) && Number(limit) >= 1 && Number(limit) <= MAX_LIMIT)
    return Number(limit);
  throw new TypeError(`limit must be an integer from 1 to ${MAX_LIMIT}, not ${String(limit)}.`);
}

function conditionsOf(projection: Indexed, where: object): readonly FieldCondition[] {
  assertRecord(where, 'where');
  return Object.entries(where)
    .filter(([, condition]) => condition !== undefined)
    .map(([field, condition]) => {
      assertIndexed(projection, field);
      return conditionOf(field, condition);
    })
    .filter((condition) => Object.keys(condition).length > 1);
}

function conditionOf(field: string, condition: unknown): FieldCondition {
  if (typeof condition !== 'object' || condition === null || isDate(condition))
    return { field, eq: scalarOf(condition, field) };
  assertOnlyKeys(condition, OPERATORS, `The condition on '${field}'`);
  const bounds = Object.entries(condition).filter(([, bound]) => bound !== undefined);
  return {
    field,
    ...Object.fromEntries(bounds.map(([operator, bound]) => [operator, scalarOf(bound, field)])),
  };
}

function scalarOf(value: unknown, field: string): Scalar {
  if (isScalar(value)) return value;
  throw new TypeError(
    `'${field}' is compared with ${describe(value)}: documents are looked for by texts, numbers, booleans, null and dates.`,
  );
}

/** @internal Whether stores can look for a value. */
export function isScalar(value: unknown): value is Scalar {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string') return value.isWellFormed();
  return isDate(value) && !Number.isNaN(value.getTime());
}

function orderOf(projection: Indexed, orderBy: unknown): DocumentQuery['orderBy'] {
  if (!Array.isArray(orderBy)) throw wrongOrder(orderBy);
  const order = orderBy.map((entry: unknown) => {
    if (!Array.isArray(entry) || entry.length !== 2) throw wrongOrder(entry);
    const [field, direction]: readonly unknown[] = entry;
    if (typeof field !== 'string' || (direction !== 'asc' && direction !== 'desc'))
      throw wrongOrder(entry);
    assertIndexed(projection, field);
    return { field, direction } as const;
  });
  if (new Set(order.map(({ field }) => field)).size < order.length)
    throw new TypeError('orderBy names a field twice.');
  return order;
}

function wrongOrder(found: unknown): TypeError {
  return new TypeError(
    `orderBy is a list of [field, 'asc' | 'desc'], as in [['balance', 'desc']]: it holds ${describe(found)}.`,
  );
}

function assertIndexed({ name, indexes }: Indexed, field: string): void {
  if (indexes.some((fields) => fields.includes(field))) return;
  throw new TypeError(
    `Read model '${name}' has no index with '${field}': declare indexes: ['${field}'] in its projection, and raise its version.`,
  );
}

function assertOnlyKeys(value: unknown, known: readonly string[], what: string): void {
  assertRecord(value, what);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown === undefined) return;
  throw new TypeError(`${what} has no '${unknown}': ${known.join(', ')} are what there is.`);
}

function assertRecord(value: unknown, what: string): asserts value is object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !isDate(value))
    return;
  throw new TypeError(`${what} must be an object, not ${describe(value)}.`);
}

function describe(value: unknown): string {
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
    return `a ${typeof value}`;
  if (isDate(value)) return 'an invalid date';
  if (typeof value === 'number') return String(value);
  return String(JSON.stringify(value));
}

function shapeOf(
  name: string,
  where: readonly FieldCondition[],
  orderBy: DocumentQuery['orderBy'],
): string {
  const conditions = where.map((condition) => JSON.stringify(marked(condition)));
  return JSON.stringify([name, conditions.sort(), orderBy.map((it) => [it.field, it.direction])]);
}

/** The parts of a condition in one order; dates are told apart from texts that look like them. */
function marked(condition: FieldCondition): readonly unknown[] {
  const { field, eq, gt, gte, lt, lte } = condition;
  return [field, ...[eq, gt, gte, lt, lte].map((value) => (isDate(value) ? [+value] : [value, 0]))];
}
