/** @internal Compares strings as `<` does, where only that the order is always the same matters. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
