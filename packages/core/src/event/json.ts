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

/** A place in a value, and what is wrong there: `data.lines[2].price`. */
export interface JsonProblem {
  /** From the root given by the caller; keys that are no identifiers stand in brackets. */
  readonly path: string;
  /** What JSON would do to the value, and what to write instead. */
  readonly reason: string;
}

/**
 * Finds the first place at which JSON would change `value` silently: BigInt, NaN, the infinities, −0, `undefined` in an
 * own property or an array, functions, symbols, holes, cycles, and objects that are not plain (Date, Map, instances).
 * Own properties that are not enumerable are passed over, as JSON does: frameworks attach their context there.
 *
 * @param value - What is to be stored.
 * @param root - The name under which the path begins.
 * @returns The problem, or `undefined` when JSON gives back an equal value.
 */
export function findJsonProblem(value: unknown, root: string): JsonProblem | undefined {
  const trail: (string | number)[] = [];
  const reason = visit(value, trail, []);
  return reason === undefined ? undefined : { path: formatPath(root, trail), reason };
}

/** Like {@link findJsonProblem} for an object of any class at the top: an event instance is stored as its own fields. */
export function findFieldsProblem(value: object, root: string): JsonProblem | undefined {
  const trail: (string | number)[] = [];
  const reason = visitObject(value, trail, [value]);
  return reason === undefined ? undefined : { path: formatPath(root, trail), reason };
}

function visit(value: unknown, trail: (string | number)[], parents: object[]): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return numberProblem(value);
    case 'object':
      return value === null ? undefined : visitComposite(value, trail, parents);
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

function visitComposite(
  value: object,
  trail: (string | number)[],
  parents: object[],
): string | undefined {
  if (parents.includes(value)) return 'a cycle has no JSON form';
  if (parents.length >= MAX_JSON_DEPTH) return `nested deeper than ${MAX_JSON_DEPTH} levels`;
  parents.push(value);
  const problem = Array.isArray(value)
    ? visitArray(value, trail, parents)
    : isPlain(value)
      ? visitObject(value, trail, parents)
      : `${describe(value)} would lose its class: write plain values`;
  if (problem === undefined) parents.pop();
  return problem;
}

function visitArray(
  value: readonly unknown[],
  trail: (string | number)[],
  parents: object[],
): string | undefined {
  for (let index = 0; index < value.length; index += 1) {
    trail.push(index);
    const problem =
      index in value ? visit(value[index], trail, parents) : 'a hole in an array would become null';
    if (problem !== undefined) return problem;
    trail.pop();
  }
  if (Object.keys(value).length !== value.length)
    return 'named properties of an array would be dropped';
  return undefined;
}

function visitObject(
  value: object,
  trail: (string | number)[],
  parents: object[],
): string | undefined {
  for (const key of Object.keys(value)) {
    trail.push(key);
    const problem = visit((value as Record<string, unknown>)[key], trail, parents);
    if (problem !== undefined) return problem;
    trail.pop();
  }
  const symbol = Object.getOwnPropertySymbols(value).find((key) =>
    Object.prototype.propertyIsEnumerable.call(value, key),
  );
  return symbol === undefined ? undefined : `the property ${String(symbol)} would be dropped`;
}

/** Plain also in another realm: a literal, a parsed value, or an object without prototype. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  return typeof prototype === 'object' && Object.getPrototypeOf(prototype) === null;
}

function describe(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an instance';
}

function formatPath(root: string, trail: readonly (string | number)[]): string {
  return trail.reduce<string>((path, step) => {
    if (typeof step === 'number') return `${path}[${step}]`;
    return /^[A-Za-z_$][\w$]*$/.test(step) ? `${path}.${step}` : `${path}[${JSON.stringify(step)}]`;
  }, root);
}
