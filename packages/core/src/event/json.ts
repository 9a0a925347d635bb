import { isDate } from 'node:util/types';
import { classNameOf } from '../class-of.js';

/** A value that JSON keeps as it is: what events, commands and metadata are made of. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** Deeper nesting is refused: it is never a fact, and parsers differ in where they give up. */
export const MAX_JSON_DEPTH = 500;

const MAX_PATH_LENGTH = 201;

/** A place in a value, and what is wrong there: `data.lines[2].price`. */
export interface JsonProblem {
  /** From the root given by the caller; keys that are no identifiers stand in brackets. Long ones are cut in the middle: `data[0][0]…[0][0]`. */
  readonly path: string;
  /** What JSON would do to the value, and what to write instead. */
  readonly reason: string;
}

/**
 * Finds the first place at which JSON would change `value` silently: BigInt, NaN, the infinities, −0, `undefined` in an
 * own property or an array, functions, symbols, holes, cycles, `toJSON` methods, objects that are not plain (Date, Map,
 * instances), and lone surrogates in texts and keys, which `JSON.parse` gives back but UTF-8 and databases do not. Own properties that are not enumerable are passed over, as JSON does: frameworks attach their context
 * there.
 *
 * @param value - What is to be stored.
 * @param root - The name under which the path begins.
 * @returns The problem, or `undefined` when JSON gives back an equal value.
 */
export function findJsonProblem(value: unknown, root: string): JsonProblem | undefined {
  // Nearly every value is fine, and then nothing needs to be remembered of the way there.
  if (isFaithful(value, 0)) return undefined;
  const way = wayInto();
  return problemAt(root, way, visit(value, way));
}

/** Like {@link findJsonProblem}, for values that are JSON plus `Date`: valid dates are no problem. */
export function findJsonOrDateProblem(value: unknown, root: string): JsonProblem | undefined {
  if (isFaithful(value, 0, true)) return undefined;
  const way = wayInto([], true);
  return problemAt(root, way, visit(value, way));
}

/** Like {@link findJsonProblem} for an object of any class at the top: an event instance is stored as its own fields. */
export function findFieldsProblem(value: object, root: string): JsonProblem | undefined {
  const way = wayInto([value]);
  return problemAt(root, way, visitFields(value, way));
}

/** Like {@link findJsonProblem} for an object whose own properties may be `undefined`: JSON leaves them out. */
export function findOptionalsProblem(value: object, root: string): JsonProblem | undefined {
  if (!isPlain(value) || hasToJson(value)) return findJsonProblem(value, root);
  const keys = Object.keys(value);
  const given = value as Readonly<Record<string, unknown>>;
  if (
    keys.every((key) => given[key] === undefined || isFaithfulField(key, given[key], 1)) &&
    !hasSymbols(value)
  )
    return undefined;
  const rest: Record<PropertyKey, unknown> = { ...value };
  for (const key of keys) if (rest[key] === undefined) delete rest[key];
  return findJsonProblem(rest, root);
}

const LONE_SURROGATE = 'a lone surrogate, which has no UTF-8 form: cut texts between characters';

/** Whether JSON gives back an equal value: the quick form of {@link visit}, which says where and why it does not. */
function isFaithful(value: unknown, depth: number, dates = false): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      return value === null || isFaithfulObject(value, depth, dates);
    default:
      return false;
  }
}

function isFaithfulObject(value: object, depth: number, dates: boolean): boolean {
  if (hasToJson(value)) return dates && isDate(value) && dateProblem(value) === undefined;
  // Cycles end here as well.
  if (depth >= MAX_JSON_DEPTH || hasSymbols(value)) return false;
  if (Array.isArray(value)) return isFaithfulArray(value, depth, dates);
  if (!isPlain(value)) return false;
  for (const key of Object.keys(value))
    if (!isFaithfulField(key, (value as Readonly<Record<string, unknown>>)[key], depth + 1, dates))
      return false;
  return true;
}

function isFaithfulField(key: string, value: unknown, depth: number, dates = false): boolean {
  return key.isWellFormed() && isFaithful(value, depth, dates);
}

function isFaithfulArray(value: readonly unknown[], depth: number, dates: boolean): boolean {
  for (const member of value) if (!isFaithful(member, depth + 1, dates)) return false;
  return isPlainArray(value) && Object.keys(value).length === value.length;
}

/** How {@link visit} came to where it is. */
interface Way {
  readonly trail: (string | number)[];
  readonly parents: object[];
  /** Whether valid dates are no problem. */
  readonly dates: boolean;
}

function wayInto(parents: object[] = [], dates = false): Way {
  return { trail: [], parents, dates };
}

function visit(value: unknown, way: Way): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? undefined : LONE_SURROGATE;
    case 'boolean':
      return undefined;
    case 'number':
      return numberProblem(value);
    case 'object':
      return value === null ? undefined : visitComposite(value, way);
    case 'undefined':
      return 'undefined would be dropped: leave the property out, or write null';
    case 'bigint':
      return 'a BigInt has no JSON form: write a string or a safe integer';
    default:
      return `a ${typeof value} would be dropped`;
  }
}

function numberProblem(value: number): string | undefined {
  if (!Number.isFinite(value)) return `${value} would become null`;
  return Object.is(value, -0) ? '-0 would become 0' : undefined;
}

function visitComposite(value: object, way: Way): string | undefined {
  if (way.dates && isDate(value)) return dateProblem(value);
  const { parents } = way;
  if (parents.includes(value)) return 'a cycle has no JSON form';
  if (parents.length >= MAX_JSON_DEPTH) return `nested deeper than ${MAX_JSON_DEPTH} levels`;
  if (!(Array.isArray(value) ? isPlainArray(value) : isPlain(value)))
    return `${describe(value)} would lose its class: write plain values`;
  parents.push(value);
  const problem = Array.isArray(value) ? visitArray(value, way) : visitFields(value, way);
  if (problem === undefined) parents.pop();
  return problem;
}

function dateProblem(value: Date): string | undefined {
  // One of a derived class, which clocks of test runners hand out, comes back as a plain Date: the same point in time.
  if (Number.isNaN(value.getTime())) return 'an invalid Date is no point in time';
  return Object.keys(value).length === 0 && !hasSymbols(value)
    ? undefined
    : 'own properties of a Date would be dropped';
}

function visitArray(value: readonly unknown[], way: Way): string | undefined {
  const { trail } = way;
  for (let index = 0; index < value.length; index += 1) {
    trail.push(index);
    const problem =
      index in value ? visit(value[index], way) : 'a hole in an array would become null';
    if (problem !== undefined) return problem;
    trail.pop();
  }
  if (Object.keys(value).length !== value.length)
    return 'named properties of an array would be dropped';
  return methodOrSymbolProblem(value);
}

function visitFields(value: object, way: Way): string | undefined {
  const { trail } = way;
  for (const key of Object.keys(value)) {
    trail.push(key);
    if (!key.isWellFormed()) return `its name has ${LONE_SURROGATE}`;
    const problem = visit((value as Record<string, unknown>)[key], way);
    if (problem !== undefined) return problem;
    trail.pop();
  }
  return methodOrSymbolProblem(value);
}

function methodOrSymbolProblem(value: object): string | undefined {
  if (hasToJson(value)) return 'what its toJSON returns would stand in its place';
  const symbol = Object.getOwnPropertySymbols(value).find((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key),
  );
  return symbol === undefined ? undefined : `the property ${String(symbol)} would be dropped`;
}

function hasToJson(value: object): boolean {
  return typeof (value as { readonly toJSON?: unknown }).toJSON === 'function';
}

/** Whether there are symbols at all; those that are not enumerable are passed over by {@link visit}. */
function hasSymbols(value: object): boolean {
  return Object.getOwnPropertySymbols(value).length > 0;
}

/** Plain also in another realm: a literal, a parsed value, or an object without prototype. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return (
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype as object, 'hasOwnProperty')
  );
}

/** No instance of a class derived from Array, whose prototype would be no array itself. */
function isPlainArray(value: readonly unknown[]): boolean {
  return Array.isArray(Object.getPrototypeOf(value));
}

function describe(value: object): string {
  const name = classNameOf(value);
  return name === undefined ? 'an instance' : `an instance of ${name}`;
}

function problemAt(
  root: string,
  { trail }: Way,
  reason: string | undefined,
): JsonProblem | undefined {
  if (reason === undefined) return undefined;
  const path = trail.reduce<string>((at, step) => {
    if (typeof step === 'number') return `${at}[${step}]`;
    return /^[A-Za-z_$][\w$]*$/.test(step) ? `${at}.${step}` : `${at}[${JSON.stringify(step)}]`;
  }, root);
  return { path: shortened(path), reason };
}

/** The way to what is nested too deeply would fill a screen: its ends say where it is. */
function shortened(path: string): string {
  if (path.length <= MAX_PATH_LENGTH) return path;
  const half = (MAX_PATH_LENGTH - 1) / 2;
  return `${path.slice(0, half)}…${path.slice(-half)}`.toWellFormed();
}
