import { findJsonProblem } from './json.js';

describe('The place of a problem', () => {
  it('is shortened in the middle when it is long, and only then', () => {
    const key = (length: number) => ({ ['k'.repeat(length)]: 1n });

    const whole = findJsonProblem(key(196), 'data')?.path;
    const cut = findJsonProblem(key(197), 'data')?.path;

    expect(whole).toBe(`data.${'k'.repeat(196)}`);
    expect(cut).toBe(`data.${'k'.repeat(95)}…${'k'.repeat(100)}`);
  });
});
