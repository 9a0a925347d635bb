import {
  compareScalars,
  type DocumentQuery,
  type FieldCondition,
  type Scalar,
} from '@everfold/core';
import { documentPrefix, entryPrefix } from '../keys.js';
import { type Collection, type CollectionIndex, MOST_VALUE_BYTES } from './collection.js';
import { endOfScalar, hasPlace, isCut, roomForText, tagsOf, writeScalar } from './sort-key.js';

type OrderField = DocumentQuery['orderBy'][number];

/** Which keys are walked over for a query, and in what order documents are met on the way. */
export interface QueryPlan {
  /** The number of the index that is walked; `undefined`: the documents themselves. */
  readonly index: number | undefined;
  /** The first key, and what is behind the last one. */
  readonly start: Buffer;
  readonly end: Buffer;
  /** Whether the walk is from the last key to the first. */
  readonly reverse: boolean;
  readonly groupOf: (key: Buffer) => Group;
}

/** Documents that follow each other on a walk, and come before those behind them in the order of the query. */
export interface Group {
  /** Where the part of the key ends that they share. */
  readonly end: number;
  /** Whether they are met in order; otherwise they must be sorted. */
  readonly isOrdered: boolean;
}

/** Finds out how to answer a query. */
export function planQuery(collection: Collection, query: DocumentQuery): QueryPlan {
  const wanted = new Wanted(query);
  let best: { readonly candidate: Candidate; readonly score: number } | undefined;
  for (const [number, index] of collection.indexes.entries()) {
    const candidate = candidateFor(index, number, wanted);
    const score = scoreOf(candidate, wanted);
    if (score > (best?.score ?? 0)) best = { candidate, score };
  }
  return best === undefined
    ? planOfAll(collection, wanted)
    : planOf(collection, best.candidate, wanted);
}

/** A query as indexes see it. */
class Wanted {
  readonly query: DocumentQuery;
  readonly equal = new Map<string, Scalar>();
  readonly bounds = new Map<string, FieldCondition[]>();
  /** What is left to order by: a field that must equal a value orders nothing. */
  readonly order: readonly (OrderField & { readonly after: Scalar | undefined })[];
  readonly ids: 'asc' | 'desc';
  /** Whether a walk may begin at the place behind which the query begins. */
  readonly canSeek: boolean;

  constructor(query: DocumentQuery) {
    this.query = query;
    for (const condition of query.where) this.#addCondition(condition);
    const { orderBy, after } = query;
    this.order = orderBy
      .map((field, at) => ({ ...field, after: after && (after.values[at] ?? null) }))
      .filter(
        ({ field }, at) =>
          !this.equal.has(field) && orderBy.findIndex((other) => other.field === field) === at,
      );
    this.ids = orderBy.at(-1)?.direction ?? 'asc';
    this.canSeek = after !== undefined && this.#isPlaceOfQuery(after);
  }

  #addCondition(condition: FieldCondition): void {
    const { field, eq } = condition;
    if (eq !== undefined && hasPlace(eq)) this.equal.set(field, eq);
    else if (eq === undefined)
      this.bounds.set(field, [...(this.bounds.get(field) ?? []), condition]);
  }

  #isPlaceOfQuery({ values, id }: NonNullable<DocumentQuery['after']>): boolean {
    if (!id.isWellFormed() || !values.every(hasPlace)) return false;
    return this.query.orderBy.every(({ field }, at) => {
      const value = this.equal.get(field);
      return value === undefined || compareScalars(value, values[at] ?? null) === 0;
    });
  }
}

/** How far an index answers a query. */
interface Candidate {
  readonly index: CollectionIndex;
  readonly number: number;
  /** Its first fields, which must equal these values. */
  readonly equal: readonly Scalar[];
  /** How many fields behind those the query orders by, from its first on, all in one direction. */
  readonly ordered: number;
  readonly hasBounds: boolean;
}

function candidateFor(index: CollectionIndex, number: number, wanted: Wanted): Candidate {
  const { fields } = index;
  const equal: Scalar[] = [];
  for (const field of fields) {
    const value = wanted.equal.get(field);
    if (value === undefined) break;
    equal.push(value);
  }
  const rest = fields.slice(equal.length);
  const direction = wanted.order[0]?.direction;
  const end = rest.findIndex((field, at) => {
    const order = wanted.order[at];
    return order?.field !== field || order.direction !== direction;
  });
  const hasBounds = wanted.bounds.has(rest[0] ?? '');
  return { index, number, equal, ordered: end === -1 ? rest.length : end, hasBounds };
}

/** The longest equal part counts most, then whether documents are met in order, then bounds. 0: not better than a walk over all documents. */
function scoreOf({ equal, ordered, hasBounds }: Candidate, { order }: Wanted): number {
  const inOrder = ordered === 0 ? 0 : ordered === order.length ? 4 : 2;
  return 8 * equal.length + inOrder + (hasBounds ? 1 : 0);
}

function planOfAll({ number }: Collection, { query, order, ids, canSeek }: Wanted): QueryPlan {
  const prefix = documentPrefix(number);
  const reverse = ids === 'desc';
  const isOrdered = order.length === 0;
  let [start, end] = [prefix, documentPrefix(number + 1)];
  if (isOrdered && canSeek) {
    const place = Buffer.concat([prefix, Buffer.from(query.after?.id ?? '')]);
    if (reverse) end = place;
    else start = successor(place);
  }
  return {
    index: undefined,
    start,
    end,
    reverse,
    groupOf: () => ({ end: prefix.length, isOrdered }),
  };
}

function planOf(
  { number: collection }: Collection,
  candidate: Candidate,
  wanted: Wanted,
): QueryPlan {
  const { index, number, equal, ordered } = candidate;
  const { order, ids } = wanted;
  const base = keyOf(entryPrefix(collection, number), equal, index);
  const reverse = (ordered === 0 ? ids : order[0]?.direction) === 'desc';
  const endsWithId = ordered === order.length && equal.length + ordered === index.fields.length;
  const isOrdered = endsWithId && reverse === (ids === 'desc');
  const groupOf = (key: Buffer): Group => {
    let end = base.length;
    for (let field = 0; field < ordered; field += 1) {
      const from = end;
      end = endOfScalar(key, from, index.textBytes);
      // Of the values that begin so, and of what stands behind them, the key does not tell the order.
      if (isCut(key, from, end)) return { end, isOrdered: false };
    }
    return { end, isOrdered };
  };
  const plan = { index: number, ...rangeOf(base, candidate, wanted), reverse, groupOf };
  return wanted.canSeek ? sought(plan, base, candidate, wanted) : plan;
}

/** The keys that the conditions on the field behind the equal ones leave. */
function rangeOf(
  base: Buffer,
  { index, equal, hasBounds }: Candidate,
  { bounds }: Wanted,
): { readonly start: Buffer; readonly end: Buffer } {
  let [start, end] = [base, behind(base)];
  const conditions = hasBounds ? bounds.get(index.fields[equal.length] ?? '') : undefined;
  for (const { gt, gte, lt, lte } of conditions ?? []) {
    for (const value of [gt, gte, lt, lte].filter(isBound)) {
      const [from, to] = tagsOf(value);
      start = later(start, Buffer.concat([base, Buffer.from([from])]));
      end = earlier(end, Buffer.concat([base, Buffer.from([to])]));
    }
    for (const value of [gt, gte].filter(isBound))
      start = later(start, keyOf(base, [value], index));
    for (const value of [lt, lte].filter(isBound))
      end = earlier(end, behind(keyOf(base, [value], index)));
  }
  return { start, end };
}

/** A plan that begins with the group of the place behind which the query begins, or right behind that place. */
function sought(
  plan: QueryPlan,
  base: Buffer,
  { index, ordered }: Candidate,
  { order, query }: Wanted,
): QueryPlan {
  const values = order.slice(0, ordered).map(({ after }) => after ?? null);
  const whole = keyOf(base, values, index);
  const { end: shared, isOrdered } = plan.groupOf(whole);
  const place = isOrdered
    ? Buffer.concat([whole, Buffer.from(query.after?.id ?? '')])
    : whole.subarray(0, shared);
  if (plan.reverse) return { ...plan, end: earlier(plan.end, isOrdered ? place : behind(place)) };
  return { ...plan, start: later(plan.start, isOrdered ? successor(place) : place) };
}

function isBound(value: Scalar | undefined): value is Scalar {
  return value !== undefined && hasPlace(value);
}

function keyOf(prefix: Buffer, values: readonly Scalar[], { textBytes }: CollectionIndex): Buffer {
  const key = Buffer.alloc(prefix.length + MOST_VALUE_BYTES + roomForText(textBytes));
  let end = prefix.copy(key);
  for (const value of values) end = writeScalar(key, end, value, textBytes);
  return key.subarray(0, end);
}

/** Behind every key that begins so: no byte that follows is that large. */
function behind(beginning: Buffer): Buffer {
  return Buffer.concat([beginning, Buffer.from([0xff])]);
}

/** The first key behind a key. */
export function successor(key: Uint8Array): Buffer {
  return Buffer.concat([key, Buffer.from([0])]);
}

function later(a: Buffer, b: Buffer): Buffer {
  return Buffer.compare(a, b) < 0 ? b : a;
}

function earlier(a: Buffer, b: Buffer): Buffer {
  return Buffer.compare(a, b) < 0 ? a : b;
}
