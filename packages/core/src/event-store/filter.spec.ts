import { predicateOf } from './filter.js';

const event = (type: string, stream: string) => ({ type, stream });

describe('A filter', () => {
  it('is no question at all when it asks for nothing', () => {
    expect(predicateOf(undefined)).toBeUndefined();
    expect(predicateOf({})).toBeUndefined();
    expect(predicateOf({ types: undefined, categories: undefined })).toBeUndefined();
  });

  it('passes events of the types named', () => {
    const matches = predicateOf({ types: ['a', 'b'] });

    expect(
      [event('a', 's-1'), event('b', 't'), event('c', 's-1')].map((it) => matches?.(it)),
    ).toEqual([true, true, false]);
  });

  it('passes events of the categories named, and of no stream without one', () => {
    const matches = predicateOf({ categories: ['account'] });

    expect(
      ['account-1', 'account-1-2', 'account', 'accounts-1', 'other-account'].map((stream) =>
        matches?.(event('a', stream)),
      ),
    ).toEqual([true, true, false, false, false]);
  });

  it('asks for both where both are named', () => {
    const matches = predicateOf({ types: ['a'], categories: ['account'] });

    expect(
      [event('a', 'account-1'), event('b', 'account-1'), event('a', 'other-1')].map((it) =>
        matches?.(it),
      ),
    ).toEqual([true, false, false]);
  });

  it('passes nothing with an empty list', () => {
    expect(predicateOf({ types: [] })?.(event('a', 's-1'))).toBe(false);
    expect(predicateOf({ categories: [] })?.(event('a', 's-1'))).toBe(false);
  });

  it('does not follow its lists when they change later', () => {
    const types = ['a'];
    const matches = predicateOf({ types });

    types.push('b');

    expect(matches?.(event('b', 's-1'))).toBe(false);
  });
});
