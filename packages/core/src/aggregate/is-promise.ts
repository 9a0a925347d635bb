/** @internal Whether something has to be awaited: a promise of any realm or library. */
export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    value instanceof Promise ||
    (typeof value === 'object' &&
      value !== null &&
      typeof Reflect.get(value, 'then') === 'function')
  );
}
