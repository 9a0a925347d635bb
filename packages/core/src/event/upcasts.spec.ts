import type { RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { decodeEvent, decodeRegistered } from './codec.js';
import { Event } from './event.js';
import { EventType } from './event-type.js';
import type { Json } from './json.js';
import { isUpcasts, upcasts } from './upcasts.js';

function recorded(type: string, version: number, data: Json | Uint8Array): RecordedEvent {
  return {
    id: '01890a5d-ac96-774b-bcce-b302099a8057',
    type,
    version,
    data,
    metadata: { correlationId: 'c-1' },
    stream: 'account-1',
    revision: 0,
    position: '0' as Position,
    recordedAt: new Date(0),
  };
}

describe('Upcasts', () => {
  class Deposited extends Event(
    'upcasts.deposited',
    upcasts<{ amount: number }>()
      .to((old) => ({ ...old, reference: '' }))
      .to(({ amount, reference }) => ({ cents: amount * 100, reference })),
    { aliases: ['upcasts.paid-in'] },
  ) {}

  it.each([
    [1, { amount: 5 }, { cents: 500, reference: '' }],
    [2, { amount: 5, reference: 'rent' }, { cents: 500, reference: 'rent' }],
    [3, { cents: 7, reference: 'rent' }, { cents: 7, reference: 'rent' }],
  ])('lead version %p to the present one', (version, stored, present) => {
    const event = decodeEvent(recorded('upcasts.deposited', version, stored), Deposited);

    expect({ ...event }).toEqual(present);
    expect(event).toBeInstanceOf(Deposited);
  });

  it('lead what was stored under an alias, too', () => {
    new Deposited({ cents: 1, reference: '' });

    const event = decodeRegistered(recorded('upcasts.paid-in', 1, { amount: 1 }));

    expect(event).toEqual(new Deposited({ cents: 100, reference: '' }));
  });

  it('are immutable: each step returns a longer history', () => {
    const first = upcasts<{ a: number }>();
    const second = first.to(({ a }) => ({ b: a }));

    expect([first.version, second.version]).toEqual([1, 2]);
  });

  it('are told from other values', () => {
    expect(isUpcasts(upcasts())).toBe(true);
    expect([undefined, null, 'x', {}, { version: 2, to: () => 1 }].some(isUpcasts)).toBe(false);
  });

  it('refuse a version newer than the class', () => {
    expect(() => decodeEvent(recorded('upcasts.deposited', 4, {}), Deposited)).toThrow(
      expect.objectContaining({ code: 'EVENT_VERSION_TOO_NEW', stored: 4, known: 3 }),
    );
  });

  it('refuse an older version when the class has no history', () => {
    @EventType('upcasts.plain', { version: 2 })
    class Plain {}

    expect(() => decodeEvent(recorded('upcasts.plain', 1, {}), Plain)).toThrow(
      expect.objectContaining({ code: 'UPCASTER_MISSING', stored: 1, known: 2 }),
    );
  });

  it('name the step that returned no object', () => {
    class Holed extends Event(
      'upcasts.holed',
      upcasts<{ a: number }>()
        .to((old) => old)
        .to(() => undefined as unknown as { b: number }),
    ) {}

    expect(() => decodeEvent(recorded('upcasts.holed', 1, { a: 1 }), Holed)).toThrow(
      "Event 'upcasts.holed': the upcaster from version 2 returned no object.",
    );
  });
});
