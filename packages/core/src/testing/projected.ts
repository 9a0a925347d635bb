import { isDate } from 'node:util/types';

interface AsymmetricMatcher {
  asymmetricMatch(value: unknown): boolean;
}

/**
 * The part of `actual` that `expected` speaks of, so that a comparison shows nothing else. What a regular expression or an
 * asymmetric matcher in `expected` accepts comes back as that.
 */
export function projected(actual: unknown, expected: unknown): unknown {
  if (expected instanceof RegExp)
    return typeof actual === 'string' && expected.test(actual) ? expected : actual;
  if (isMatcher(expected)) return expected.asymmetricMatch(actual) ? expected : actual;
  if (!isObject(actual) || !isObject(expected)) return actual;
  return Array.isArray(expected)
    ? projectedArray(actual, expected)
    : projectedFields(actual, expected);
}

/** `actual` as a whole, but for what asymmetric matchers in `expected` accept: that comes back as the matcher. */
export function matched(actual: unknown, expected: unknown): unknown {
  if (isMatcher(expected)) return expected.asymmetricMatch(actual) ? expected : actual;
  if (!isObject(actual) || !isObject(expected) || isDate(actual)) return actual;
  if (Array.isArray(actual))
    return actual.map((value, index) => matched(value, Reflect.get(expected, index)));
  return Object.fromEntries(
    Object.entries(actual).map(([key, value]) => [key, matched(value, Reflect.get(expected, key))]),
  );
}

function projectedArray(actual: object, expected: readonly unknown[]): unknown {
  if (!Array.isArray(actual)) return actual;
  return actual.map((value, index) => projected(value, expected[index]));
}

function projectedFields(actual: object, expected: object): object {
  const said = Object.entries(expected).filter(([key]) => key in actual);
  return Object.fromEntries(
    said.map(([key, value]) => [key, projected(Reflect.get(actual, key), value)]),
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isMatcher(value: unknown): value is AsymmetricMatcher {
  return isObject(value) && typeof Reflect.get(value, 'asymmetricMatch') === 'function';
}
