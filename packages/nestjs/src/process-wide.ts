/**
 * @internal The one value of this name in the process, made on first use: the package may be loaded as an ES module and as
 * CommonJS at once, and both must agree on injection tokens.
 */
export function processWide<T extends object>(name: string, create: () => T): T {
  const key = Symbol.for(`everfold.nestjs.${name}`);
  const present: unknown = Reflect.get(globalThis, key);
  if (present !== undefined) return present as T;
  const made = create();
  Object.defineProperty(globalThis, key, { value: made });
  return made;
}
