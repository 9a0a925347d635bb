/** @internal Whether a value is a promise, of whatever make. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function'
  );
}

/** @internal What a user's function returned that is refused. A promise is let go of, so that what becomes of it ends no process. */
export function describeReturned(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (isThenable(value)) {
    Promise.resolve(value).catch(() => undefined);
    return 'a promise (it must not be asynchronous)';
  }
  return Array.isArray(value)
    ? 'a list'
    : typeof value === 'object' && value !== null
      ? 'an object'
      : String(value);
}
