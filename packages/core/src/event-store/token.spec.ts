import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Position } from './position.js';
import { createToken, positionOf, readToken } from './token.js';

const position = '0000000000000042' as Position;

describe('A consistency token', () => {
  it('holds the identity of its store and a position', () => {
    const identity = randomUUID();

    expect(readToken(createToken(identity, position))).toEqual({ identity, position });
  });

  it('can travel in an HTTP header and in a URL as it is', () => {
    expect(createToken(randomUUID(), position)).toMatch(/^[\w.-]+$/);
  });

  it('gives its position to the store that handed it out', () => {
    const identity = randomUUID();

    expect(positionOf(createToken(identity, position), identity)).toBe(position);
  });

  it('is refused by every other store, by name', () => {
    const [own, other] = [randomUUID(), randomUUID()];

    expect(() => positionOf(createToken(other, position), own)).toThrow(
      expect.objectContaining({ code: 'FOREIGN_POSITION', position, found: other, own }),
    );
  });

  it('is nothing that somebody made up', () => {
    const { length } = createToken(randomUUID(), position);
    const garbage = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.base64String(),
      fc
        .string({
          unit: fc.constantFrom(...'0123456789abcdef-./'),
          minLength: length - 3,
          maxLength: length + 3,
        })
        .filter((text) => text[36] !== '.' || text.indexOf('.') !== 36),
    );
    fc.assert(
      fc.property(garbage, (text) => {
        expect(() => readToken(text)).toThrow(TypeError);
        expect(() => positionOf(text, randomUUID())).toThrow(TypeError);
      }),
    );
  });

  it.each([
    ['cut short', (token: string) => token.slice(0, 36)],
    ['with a blank behind', (token: string) => `${token} `],
    ['with a line break behind', (token: string) => `${token}\n`],
    ['with a foreign character', (token: string) => `${token}€`],
    ['without its position', (token: string) => token.replace(/\..*/, '.')],
    ['longer than any position', (token: string) => token + '0'.repeat(64)],
    ['in an array', (token: string) => [token] as unknown as string],
    ['left out', () => undefined as unknown as string],
  ])('is refused when it comes back %s', (_, change) => {
    const changed = change(createToken(randomUUID(), position));

    expect(() => readToken(changed)).toThrow('hand back what a commit returned, unchanged');
  });
});
