import { median, percentile } from './statistics.js';

describe('median', () => {
  it.each([
    { values: [3], middle: 3 },
    { values: [5, 1, 3], middle: 3 },
    { values: [4, 1, 3, 2], middle: 2.5 },
    { values: [100, 9, 20], middle: 20 },
  ])('of $values is $middle', ({ values, middle }) => {
    expect(median(values)).toBe(middle);
  });

  it('leaves the values in their order', () => {
    const values = [3, 1, 2];

    median(values);

    expect(values).toEqual([3, 1, 2]);
  });
});

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it.each([
    { share: 0.5, value: 50 },
    { share: 0.99, value: 99 },
    { share: 1, value: 100 },
    { share: 0, value: 1 },
  ])('at $share of 1 to 100 is $value', ({ share, value }) => {
    expect(percentile(hundred, share)).toBe(value);
  });
});
