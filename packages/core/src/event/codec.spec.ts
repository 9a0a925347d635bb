import fc from 'fast-check';
import type { RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { prepareAppends } from '../event-store/prepare.js';
import { decodeEvent, decodeRegistered, encodeEvent } from './codec.js';
import { Event } from './event.js';
import { EventType } from './event-type.js';
import { newEventId } from './ids.js';
import type { Json } from './json.js';

const metadata = { correlationId: 'c-1' };

function recorded(type: string, data: Json | Uint8Array, version = 1): RecordedEvent {
  return {
    id: newEventId(),
    type,
    version,
    data,
    metadata,
    stream: 'account-1',
    revision: 0,
    position: '0' as Position,
    recordedAt: new Date(0),
  };
}

class Opened extends Event('codec.opened')<Record<string, Json>> {}

describe('Encoding an event', () => {
  it('takes its own fields under the type and version of its class', () => {
    const id = newEventId();

    expect(encodeEvent(new Opened({ owner: 'Ada' }), { id, metadata })).toEqual({
      id,
      type: 'codec.opened',
      version: 1,
      data: { owner: 'Ada' },
      metadata,
    });
  });

  it.each([
    ['a plain object', {}, 'Object is no event'],
    ['an object without prototype', Object.create(null), 'A value is no event'],
    ['null', null, 'A value is no event'],
    ['an array', [], 'Array is no event'],
  ])('refuses %s and names the remedy', (_, value, message) => {
    const encode = () => encodeEvent(value as object, { id: newEventId(), metadata });

    expect(encode).toThrow(TypeError);
    expect(encode).toThrow(message);
    expect(encode).toThrow("made by Event('type') or @EventType('type')");
  });

  it('hands a field that the subclass redeclares to the store, which names it', () => {
    class Redeclared extends Event('codec.redeclared')<{ field: number }> {
      override readonly field!: number;
    }
    const event = encodeEvent(new Redeclared({ field: 5 }), { id: newEventId(), metadata });

    expect(() => prepareAppends([{ stream: 'account-1', events: [event] }], 1_000)).toThrow(
      expect.objectContaining({
        code: 'UNSERIALIZABLE_EVENT',
        path: 'data.field',
        type: 'codec.redeclared',
      }),
    );
  });

  it('hands a symbol in the data to the store, which names it', () => {
    const event = new Opened({ [Symbol('secret')]: 1 } as Record<string, Json>);
    const encoded = encodeEvent(event, { id: newEventId(), metadata });

    expect(() => prepareAppends([{ stream: 'account-1', events: [encoded] }], 1_000)).toThrow(
      'Symbol(secret) would be dropped',
    );
  });
});

describe('Decoding an event', () => {
  it('never calls a constructor', () => {
    let constructed = 0;
    class Counted extends Event('codec.counted')<{ amount: number }> {
      constructor(data: { amount: number }) {
        super(data);
        constructed += 1;
      }
    }
    @EventType('codec.strict')
    class Strict {
      readonly note: string;
      constructor(note: string) {
        if (note === '') throw new Error('no note');
        this.note = note;
      }
    }

    const counted = decodeEvent(recorded('codec.counted', { amount: 5 }), Counted);
    const strict = decodeEvent(recorded('codec.strict', { note: '' }), Strict);

    expect(constructed).toBe(0);
    expect(counted).toBeInstanceOf(Counted);
    expect(counted.amount).toBe(5);
    expect(strict).toBeInstanceOf(Strict);
    expect(strict.note).toBe('');
  });

  it('gives methods of the class to the instance', () => {
    class Priced extends Event('codec.priced')<{ net: number; tax: number }> {
      get gross(): number {
        return this.net + this.tax;
      }
    }

    expect(decodeEvent(recorded('codec.priced', { net: 2, tax: 1 }), Priced).gross).toBe(3);
  });

  it('keeps an own __proto__ from the prototype, at the top and further down', () => {
    const data = JSON.parse(
      '{ "__proto__": { "admin": true }, "deep": { "__proto__": { "admin": true } } }',
    );

    const event = decodeEvent(recorded('codec.opened', data), Opened);

    expect(event).toBeInstanceOf(Opened);
    expect('admin' in event).toBe(false);
    expect('admin' in (event['deep'] as object)).toBe(false);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
    expect(JSON.stringify(event)).toBe(JSON.stringify(data));
  });

  it('runs no setter of the class', () => {
    class Guarded extends Event('codec.guarded')<object> {
      set amount(_: number) {
        throw new Error('a setter ran');
      }
    }

    const event = decodeEvent(recorded('codec.guarded', { amount: 5 }), Guarded);

    expect(Object.getOwnPropertyDescriptor(event, 'amount')?.value).toBe(5);
  });

  it('gives each reader an instance of its own', () => {
    const stored = recorded('codec.opened', { owner: 'Ada' });

    const first = decodeEvent(stored, Opened);
    Object.assign(first, { owner: 'Eve' });

    expect(decodeEvent(stored, Opened)['owner']).toBe('Ada');
  });

  it('leaves what nobody registered, or several claim, to be read raw', () => {
    class One extends Event('codec.claimed') {}
    class Two extends Event('codec.claimed') {}
    new One();
    new Two();

    expect(decodeRegistered(recorded('codec.nobody', {}))).toBeUndefined();
    expect(decodeRegistered(recorded('codec.claimed', {}))).toBeUndefined();
  });

  it.each([
    ['bytes', Uint8Array.of(1, 2), 'is stored as bytes: open the store with the transform'],
    ['an array', [1], 'has [1] for data'],
    ['null', null, 'has null for data'],
    ['a text', 'x', 'has "x" for data'],
  ])('refuses %s where a class wants an object', (_, data, message) => {
    const decode = () => decodeEvent(recorded('codec.opened', data), Opened);

    expect(decode).toThrow(TypeError);
    expect(decode).toThrow(message);
  });

  it('gives back what was encoded, whatever the fields are named', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.oneof(
            fc.string(),
            fc.constantFrom('__proto__', 'constructor', 'toString', 'type', '0'),
          ),
          fc
            .jsonValue({ noUnicodeString: false, maxDepth: 3 })
            .filter((value) => !JSON.stringify(value).includes('-0')),
          { noNullPrototype: true },
        ),
        (data) => {
          const event = new Opened(data as Record<string, Json>);
          const encoded = encodeEvent(event, { id: newEventId(), metadata });
          const stored = JSON.parse(JSON.stringify(encoded.data)) as Json;

          const decoded = decodeEvent(recorded('codec.opened', stored), Opened);

          expect(Object.getPrototypeOf(decoded)).toBe(Opened.prototype);
          expect(JSON.stringify(decoded)).toBe(JSON.stringify(event));
        },
      ),
    );
  });
});
