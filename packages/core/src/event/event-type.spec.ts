import { definitionOf, definitionOfEvent } from './definition.js';
import { EventType } from './event-type.js';
import { eventRegistry } from './registry.js';
import { upcasts } from './upcasts.js';

describe('@EventType', () => {
  it('makes a plain class an event class of version 1', () => {
    @EventType('event-type.reviewed')
    class Reviewed {
      constructor(readonly note: string) {}
    }

    expect(definitionOf(Reviewed)).toMatchObject({
      type: 'event-type.reviewed',
      version: 1,
      aliases: [],
    });
    expect(definitionOfEvent(new Reviewed('fine'))).toBe(definitionOf(Reviewed));
    expect(eventRegistry().find('event-type.reviewed')[0]?.eventClass).toBe(Reviewed);
  });

  it('takes version, history and aliases', () => {
    const history = upcasts<{ a: number }>().to(({ a }) => ({ b: a }));

    @EventType('event-type.full', { version: 2, history, aliases: ['event-type.former'] })
    class Full {}
    @EventType('event-type.inferred', { history })
    class Inferred {}

    expect(definitionOf(Full)).toEqual({
      type: 'event-type.full',
      version: 2,
      history,
      aliases: ['event-type.former'],
    });
    expect(definitionOf(Inferred).version).toBe(2);
  });

  it('refuses a version that its history does not lead to', () => {
    const history = upcasts<{ a: number }>().to(({ a }) => ({ b: a }));

    expect(() => EventType('event-type.bad', { version: 3, history })).toThrow(
      "Event 'event-type.bad': version 3 is not the 2 of its history.",
    );
  });

  it.each([[0], [-1], [1.5], [Number.NaN], ['2' as unknown as number]])(
    'refuses version %p',
    (version) => {
      expect(() => EventType('event-type.bad', { version })(class {})).toThrow(
        'the version must be an integer from 1',
      );
    },
  );
});
