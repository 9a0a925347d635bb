/**
 * Returns the one value of this name in the process, made on first use. A process may load this package more than once
 * (as an ES module and as CommonJS): registry and context must be shared all the same.
 */
export function processWide<T extends object>(name: string, create: () => T): T {
  const key = Symbol.for(`everfold.${name}`);
  const holder = globalThis as unknown as Record<symbol, T | undefined>;
  const present = holder[key];
  if (present !== undefined) return present;
  const made = create();
  Object.defineProperty(globalThis, key, { value: made });
  return made;
}
