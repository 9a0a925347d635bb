// The test runner's globals, as far as the contract uses them: the published kernel depends on no runner.

/** What can be said about a value. */
export interface Matchers<Result> {
  readonly not: Matchers<Result>;
  toBe(expected: unknown): Result;
  toEqual(expected: unknown): Result;
  toStrictEqual(expected: unknown): Result;
  toMatchObject(expected: object): Result;
  toHaveLength(expected: number): Result;
  toContain(expected: unknown): Result;
  toBeInstanceOf(expected: unknown): Result;
  toBeGreaterThan(expected: number): Result;
  toBeGreaterThanOrEqual(expected: number): Result;
  toBeLessThanOrEqual(expected: number): Result;
  toMatch(expected: RegExp): Result;
  toBeUndefined(): Result;
  toBeDefined(): Result;
}

/** The runner's `expect`. */
export type Expect = (actual: unknown) => Matchers<void> & {
  readonly resolves: Matchers<Promise<void>>;
  readonly rejects: Matchers<Promise<void>>;
};

/** A runner with the globals of Jest: Jest itself, Vitest with `globals: true`. */
export interface TestRunner {
  describe(title: string, body: () => void): void;
  it(sentence: string, body: () => Promise<void>): void;
  readonly expect: Expect;
}

/** The runner whose globals stand. */
export function currentRunner(): TestRunner {
  const { describe, it, expect } = globalThis as unknown as Partial<TestRunner>;
  if (describe === undefined || it === undefined || expect === undefined)
    throw new TypeError(
      'A contract suite runs inside a test runner with global describe, it and expect.',
    );
  return { describe, it, expect };
}

/** The `expect` of the runner whose globals stand. */
export const expect: Expect = (actual) => currentRunner().expect(actual);
