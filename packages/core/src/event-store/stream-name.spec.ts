import fc from 'fast-check';
import {
  aggregateIdOf,
  assertCategory,
  assertStreamName,
  categoryOf,
  MAX_STREAM_NAME_BYTES,
  streamName,
} from './stream-name.js';

describe('Stream names', () => {
  it.each([
    ['a category and an id', 'account-1'],
    ['no dash', 'account'],
    ['hostile to paths', '../../etc/passwd'],
    ['with NUL and line breaks', 'a\0b\nc'],
    ['of other scripts', 'счёт-日本-🏦'],
    ['named as a member of every object', '__proto__'],
    ['with a dollar further on', 'a$b'],
    ['of one blank', ' '],
    ['of exactly as many bytes as allowed', 'é'.repeat(MAX_STREAM_NAME_BYTES / 2)],
    ['of exactly as many ASCII bytes as allowed', 'a'.repeat(MAX_STREAM_NAME_BYTES)],
  ])('may be %s', (_, name) => {
    expect(() => assertStreamName(name)).not.toThrow();
  });

  it.each([
    ['empty', ''],
    ['a system name', '$all'],
    ['not well-formed', 'a\ud800'],
    ['one byte too long', `${'é'.repeat(MAX_STREAM_NAME_BYTES / 2)}a`],
    ['one ASCII byte too long', 'a'.repeat(MAX_STREAM_NAME_BYTES + 1)],
    ['too long in bytes, though not in characters', '日'.repeat(MAX_STREAM_NAME_BYTES / 3 + 1)],
    ['no string', 7],
    ['undefined', undefined],
    ['null', null],
    ['a String object', Object('account-1')],
  ])('must not be %s', (_, name) => {
    expect(() => assertStreamName(name)).toThrow(TypeError);
  });

  it('are refused exactly when they are empty, malformed, too long or begin with a dollar', () => {
    const names = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({
        unit: fc.integer({ min: 0, max: 0xff_ff }).map((unit) => String.fromCharCode(unit)),
      }),
      fc.string({ unit: fc.constantFrom('a', 'é', '日', '🏦'), minLength: 240, maxLength: 1_010 }),
    );
    fc.assert(
      fc.property(names, (name) => {
        const allowed =
          name !== '' &&
          !name.startsWith('$') &&
          Buffer.from(name).toString() === name &&
          Buffer.byteLength(name) <= MAX_STREAM_NAME_BYTES;

        expect(isAllowed(name)).toBe(allowed);
      }),
    );
  });

  it('are made of a category and an id, and taken apart again', () => {
    const categories = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.]{0,20}$/);
    const ids = fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' });
    fc.assert(
      fc.property(categories, ids, (category, id) => {
        const stream = streamName(category, id);

        expect([categoryOf(stream), aggregateIdOf(stream)]).toEqual([category, id]);
      }),
    );
  });

  it('split at the first dash, as EventStoreDB does', () => {
    expect([categoryOf('a-b-c'), aggregateIdOf('a-b-c')]).toEqual(['a', 'b-c']);
    expect([categoryOf('none'), aggregateIdOf('none')]).toEqual([undefined, 'none']);
    expect([categoryOf('-x'), aggregateIdOf('-x')]).toEqual(['', 'x']);
  });

  it.each([
    ['account-'],
    ['1account'],
    ['_a'],
    [''],
    ['a b'],
    ['konto€'],
    ['a-b'],
    ['a\n'],
    [7],
    [undefined],
  ])('take no category %p', (category) => {
    expect(() => assertCategory(category)).toThrow(TypeError);
  });

  it.each([['account'], ['process.transfer'], ['A_1']])('take the category %p', (category) => {
    expect(() => assertCategory(category)).not.toThrow();
  });

  it('take no empty id, and none that makes them too long', () => {
    expect(() => streamName('account', '')).toThrow('An id must be a non-empty string.');
    expect(() => streamName('account', undefined as unknown as string)).toThrow(TypeError);
    expect(() => streamName('account', 'x'.repeat(MAX_STREAM_NAME_BYTES))).toThrow(TypeError);
  });
});

function isAllowed(name: string): boolean {
  try {
    assertStreamName(name);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    return false;
  }
}
