const MAX_DEPTH = 500;

/**
 * @internal Copies a state so that no change to one of the two is seen in the other: plain objects, arrays, Date, Map, Set, and
 * instances of classes by their own enumerable fields. Functions are shared.
 *
 * @throws TypeError when it is nested deeper than 500 levels, as anything with a cycle is.
 */
export function copyValue<T>(value: T): T {
  return (typeof value === 'object' && value !== null ? copyObject(value, 0) : value) as T;
}

function copyAny(value: unknown, depth: number): unknown {
  return typeof value === 'object' && value !== null ? copyObject(value, depth) : value;
}

function copyObject(value: object, depth: number): object {
  if (depth > MAX_DEPTH)
    throw new TypeError(`State is nested deeper than ${MAX_DEPTH} levels, or has a cycle.`);
  if (Array.isArray(value)) return value.map((element) => copyAny(element, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return copyPlain(value, depth);
  if (value instanceof Date) return new Date(value);
  if (value instanceof Map) return copyMap(value, depth);
  if (value instanceof Set) return new Set(Array.from(value, (each) => copyAny(each, depth + 1)));
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return structuredClone(value);
  return copyFieldsOf(value, Object.create(prototype as object | null), depth);
}

function copyMap(value: Map<unknown, unknown>, depth: number): Map<unknown, unknown> {
  const copy = new Map<unknown, unknown>();
  for (const [key, each] of value) copy.set(copyAny(key, depth + 1), copyAny(each, depth + 1));
  return copy;
}

function copyPlain(from: object, depth: number): object {
  const copy: Record<string, unknown> = { ...from };
  for (const key of Object.keys(copy)) {
    const value = copy[key];
    if (typeof value === 'object' && value !== null) copy[key] = copyObject(value, depth + 1);
  }
  return copy;
}

function copyFieldsOf(from: object, to: object, depth: number): object {
  for (const key of Object.keys(from))
    assign(to, key, copyAny((from as Record<string, unknown>)[key], depth + 1));
  return to;
}

/** @internal Whether a value holds no objects, so that a shallow copy shares nothing with it. */
export function isFlat(value: object): boolean {
  for (const key of Object.keys(value)) {
    const field = (value as Record<string, unknown>)[key];
    if (typeof field === 'object' && field !== null) return false;
  }
  return true;
}

/** @internal Sets an own field and never runs a setter: a key named `__proto__` stays a field. */
export function assign(to: object, key: string, value: unknown): void {
  if (key in to && !Object.hasOwn(to, key))
    Object.defineProperty(to, key, { value, writable: true, enumerable: true, configurable: true });
  else (to as Record<string, unknown>)[key] = value;
}
