import { encodeEvent } from './codec.js';
import { definitionOf, definitionOfEvent } from './definition.js';
import { Event } from './event.js';
import { eventRegistry } from './registry.js';
import { upcasts } from './upcasts.js';

const metadata = { correlationId: 'c-1' };
const id = '01890a5d-ac96-774b-bcce-b302099a8057';

describe('Event()', () => {
  class Opened extends Event('event.opened')<{ owner: string; currency: string }> {}
  class Frozen extends Event('event.frozen') {}
  class Deposited extends Event(
    'event.deposited',
    upcasts<{ amount: number }>().to((old) => ({ ...old, reference: '' })),
    { aliases: ['event.paid-in'] },
  ) {}

  it('makes instances that hold the fields of their data', () => {
    const event = new Opened({ owner: 'Ada', currency: 'EUR' });

    expect(event.owner).toBe('Ada');
    expect({ ...event }).toEqual({ owner: 'Ada', currency: 'EUR' });
    expect(event).toBeInstanceOf(Opened);
  });

  it('makes an event without data of nothing', () => {
    expect(Object.keys(new Frozen())).toEqual([]);
  });

  it('shows type and version on the class', () => {
    expect([Opened.type, Opened.version]).toEqual(['event.opened', 1]);
    expect([Deposited.type, Deposited.version]).toEqual(['event.deposited', 2]);
  });

  it('keeps aliases beside a history and without one', () => {
    class Renamed extends Event('event.renamed', { aliases: ['event.old-name'] }) {}

    expect(definitionOf(Deposited).aliases).toEqual(['event.paid-in']);
    expect(definitionOf(Renamed).aliases).toEqual(['event.old-name']);
  });

  it('does not follow its data when that changes later', () => {
    const data = { owner: 'Ada', currency: 'EUR' };
    const event = new Opened(data);

    data.owner = 'Eve';

    expect(event.owner).toBe('Ada');
  });

  it('leaves events open to what frameworks attach', () => {
    const event = new Opened({ owner: 'Ada', currency: 'EUR' });

    Object.defineProperty(event, 'context', { value: { request: 1 }, enumerable: false });

    expect(encodeEvent(event, { id, metadata }).data).toEqual({ owner: 'Ada', currency: 'EUR' });
  });

  it('keeps a field that is named as a member of every object', () => {
    class Odd extends Event('event.odd')<{ constructor: string; toString: string }> {}

    const event = new Odd({ constructor: 'Ferrari', toString: 'x' });

    expect(definitionOfEvent(event)?.type).toBe('event.odd');
    expect(encodeEvent(event, { id, metadata }).data).toEqual({
      constructor: 'Ferrari',
      toString: 'x',
    });
  });

  it('runs no setter of the class for a field of the data', () => {
    class Guarded extends Event('event.guarded')<object> {
      set amount(_: number) {
        throw new Error('a setter ran');
      }
    }

    const event = new Guarded({ amount: 5 });

    expect(Object.getOwnPropertyDescriptor(event, 'amount')?.value).toBe(5);
  });

  it('keeps an own __proto__ of its data from its prototype', () => {
    const event = new Frozen(JSON.parse('{ "__proto__": { "admin": true } }'));

    expect(event).toBeInstanceOf(Frozen);
    expect('admin' in event).toBe(false);
    expect(Object.keys(event)).toEqual(['__proto__']);
  });

  it.each([
    ['empty', ''],
    ['a type of the store', '$system'],
    ['a type of the framework', 'everfold.command-settled'],
    ['no well-formed Unicode', 'a\ud800'],
    ['too long', 'x'.repeat(501)],
    ['no string', 7 as unknown as string],
  ])('refuses a type that is %s', (_, type) => {
    expect(() => Event(type)).toThrow(TypeError);
  });

  it('refuses a malformed alias, and registers nothing then', () => {
    expect(() => Event('event.half', { aliases: ['$old'] })).toThrow(TypeError);

    expect(eventRegistry().find('event.half')).toEqual([]);
  });
});

describe('definitionOf', () => {
  it('names the remedy for a class that is no event class', () => {
    class Plain {}

    expect(() => definitionOf(Plain)).toThrow(/^Plain is no event class: extend Event\('type'\)/);
    expect(() => definitionOf(class {})).toThrow(TypeError);
  });

  it.each([[undefined], [null], [7], ['text'], [{}], [Object.create(null)], [[]], [() => 1]])(
    'finds no definition of %p',
    (value) => {
      expect(definitionOfEvent(value)).toBeUndefined();
    },
  );
});
