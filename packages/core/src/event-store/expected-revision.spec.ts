import { assertExpectedRevision } from './expected-revision.js';

describe('An expected revision', () => {
  it.each([['any'], ['no-stream'], ['stream-exists'], [0], [7], [Number.MAX_SAFE_INTEGER]])(
    'may be %p',
    (value) => {
      expect(() => assertExpectedRevision(value)).not.toThrow();
    },
  );

  it.each([
    [-1],
    [1.5],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [2 ** 53],
    [1n],
    ['1'],
    ['exists'],
    [''],
    [null],
    [undefined],
    [{}],
  ])('is not %p, and says what may be written', (value) => {
    expect(() => assertExpectedRevision(value)).toThrow(TypeError);
    expect(() => assertExpectedRevision(value)).toThrow(
      "write 'any', 'no-stream', 'stream-exists' or a 0-based revision",
    );
  });
});
