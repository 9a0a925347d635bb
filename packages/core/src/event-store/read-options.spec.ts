import { assertFilter, assertLogRead, assertStreamRead } from './read-options.js';

describe('What a read asks for', () => {
  it.each([
    [{}],
    [{ direction: 'backwards' as const, limit: 0, from: 0, after: 3 }],
    [{ limit: Number.POSITIVE_INFINITY }],
    [{ filter: { types: [], categories: ['account'] } }],
  ])('may be %j', (options) => {
    expect(() => assertStreamRead('account-1', options)).not.toThrow();
  });

  it.each([
    [{ direction: 'up' }, "Direction 'up': write 'forwards' or 'backwards'."],
    [{ limit: -1 }, 'limit must be an integer from 0, not -1.'],
    [{ limit: 1.5 }, 'limit must be an integer from 0, not 1.5.'],
    [{ limit: Number.NaN }, 'limit must be an integer from 0, not NaN.'],
    [{ limit: '5' }, 'limit must be an integer from 0, not 5.'],
    [{ filter: { types: 'a' } }, 'arrays of strings'],
    [{ filter: { categories: [7] } }, 'arrays of strings'],
  ])('is misuse when it is %j, of a stream and of the log', (options, message) => {
    expect(() => assertStreamRead('account-1', options as never)).toThrow(message);
    expect(() => assertLogRead(options as never)).toThrow(TypeError);
  });

  it.each([
    [{ from: -1 }],
    [{ after: 0.5 }],
    [{ from: '0' }],
    [{ after: Number.POSITIVE_INFINITY }],
  ])('is misuse when a revision is %j', (options) => {
    expect(() => assertStreamRead('account-1', options as never)).toThrow(
      'must be a 0-based revision',
    );
  });

  it('is misuse of a stream that cannot be', () => {
    expect(() => assertStreamRead('', {})).toThrow(TypeError);
  });

  it('needs no filter', () => {
    expect(() => assertFilter(undefined)).not.toThrow();
  });
});
