import { classOf } from '../class-of.js';
import { rulesOf } from './class-rules.js';
import { MAX_JSON_DEPTH } from './json.js';

/**
 * @internal A message whose instances under `@ValidateNested` have become plain objects of their own enumerable fields: there a
 * class is needed for its rules, and it is not what is stored. The message itself when there are none. All other instances stay,
 * and are refused by whoever stores them.
 */
export function withPlainNested<T extends object>(message: T): T {
  const nested = rulesOf(message)?.nested ?? [];
  if (nested.length === 0) return message;
  const fields = plainFields(message, nested, [message]);
  return { __proto__: Reflect.getPrototypeOf(message), ...fields } as object as T;
}

function plainFields(
  value: object,
  nested: readonly string[],
  parents: readonly object[],
): Record<string, unknown> {
  const fields: Record<string, unknown> = { ...value };
  for (const key of nested) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (typeof field === 'object' && field !== null) fields[key] = plain(field, parents);
  }
  return fields;
}

function plain(value: unknown, parents: readonly object[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  // Cycles, and what is too deep, are refused as they are.
  if (parents.includes(value) || parents.length >= MAX_JSON_DEPTH) return value;
  const path = [...parents, value];
  if (Array.isArray(value))
    return Object.keys(value).length === value.length
      ? value.map((each) => plain(each, path))
      : value;
  return isInstance(value) ? plainFields(value, rulesOf(value)?.nested ?? [], path) : value;
}

/** An instance of a class that is made of fields: no Date, no Map, and nothing with a form of its own in JSON. */
function isInstance(value: object): boolean {
  return (
    Object.prototype.toString.call(value) === '[object Object]' &&
    classOf(value) !== Object &&
    classOf(value) !== undefined &&
    typeof (value as { readonly toJSON?: unknown }).toJSON !== 'function'
  );
}
