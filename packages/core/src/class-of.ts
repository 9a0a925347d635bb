/**
 * @internal The class that an object is an instance of; `undefined` where there is none. Not `value.constructor`: data may have
 * a field of that name.
 */
export function classOf(value: object): (abstract new (...args: never[]) => object) | undefined {
  const found: unknown = Reflect.getPrototypeOf(value)?.constructor;
  return typeof found === 'function' ? (found as abstract new () => object) : undefined;
}

/** @internal The name of the class of a value; `undefined` for what has no class, and for a class without a name. */
export function classNameOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return classOf(value)?.name || undefined;
}
