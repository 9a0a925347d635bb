import fc from 'fast-check';
import { copyValue } from './copy-value.js';

// Two invalid dates are not equal to Jest.
const date = fc.date({ noInvalidDate: true });
const states = fc.object({
  values: [fc.string(), fc.double(), fc.boolean(), date, fc.constant(null), fc.constant(undefined)],
  withMap: true,
  withSet: true,
  withNullPrototype: true,
});

class Money {
  constructor(readonly amount: { cents: number }) {}
}

describe('A copy of a state', () => {
  it('equals it and shares nothing with it, whatever it holds', () => {
    fc.assert(
      fc.property(states, (value) => {
        const copy = copyValue(value);

        expect(copy).toEqual(value);
        expect(sharesObjects(copy, value)).toBe(false);
      }),
    );
  });

  it('keeps classes', () => {
    const money = new Money({ cents: 5 });

    const copy = copyValue([money]);

    expect(copy[0]).toBeInstanceOf(Money);
    expect(copy[0]).toEqual(money);
    expect(copy[0]?.amount).not.toBe(money.amount);
  });

  it('keeps bytes', () => {
    const bytes = new Uint8Array([1, 2]);

    const copy = copyValue({ bytes });
    bytes[0] = 9;

    expect(copy.bytes).toEqual(new Uint8Array([1, 2]));
  });

  it('lets no key reach a prototype', () => {
    const value = JSON.parse('{"__proto__": {"polluted": true}}') as object;

    const copy = copyValue(value);

    expect(Object.keys(copy)).toEqual(['__proto__']);
    expect('polluted' in copy).toBe(false);
  });

  it('is refused where there is a cycle', () => {
    const cycle: { self?: object } = {};
    cycle.self = cycle;

    expect(() => copyValue(cycle)).toThrow(TypeError);
  });
});

function sharesObjects(a: unknown, b: unknown): boolean {
  const seen = new Set<unknown>();
  const visit = (value: unknown, found: (object: object) => void): void => {
    if (typeof value !== 'object' || value === null) return;
    found(value);
    const parts = value instanceof Map || value instanceof Set ? [...value] : Object.values(value);
    for (const part of parts.flat()) visit(part, found);
  };
  visit(a, (object) => seen.add(object));
  let shares = false;
  visit(b, (object) => {
    shares ||= seen.has(object);
  });
  return shares;
}
