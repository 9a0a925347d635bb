import { IsInt, Min, ValidateNested } from 'class-validator';
import { EventInvalidError, UnserializableEventError } from '../event/errors.js';
import { Event } from '../event/event.js';
import { EventType } from '../event/event-type.js';
import { classFoldDefinition } from './aggregate-class.js';
import { aggregate, foldDefinition } from './aggregate-fold.js';
import { Aggregate, AggregateRoot, On } from './aggregate-root.js';
import type { Decision } from './decision.js';
import { decide } from './decision.js';
import { foldEvent } from './fold-event.js';
import { kernelOf } from './state-form.js';

class Counted extends Event('root.counted')<{ by: number; at?: unknown }> {}
@EventType('root.measured')
class Measured {
  @IsInt() @Min(1) readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}
class Line {
  @IsInt() amount = 0;
}
@EventType('root.ordered')
class Ordered {
  @ValidateNested() readonly line: object;
  constructor(line: object) {
    this.line = line;
  }
}

@Aggregate('rootCounter')
class Counter extends AggregateRoot {
  total = 0;
  raise(...events: readonly object[]): void {
    for (const event of events) this.apply(event);
  }
  @On(Counted) protected onCounted({ by }: Counted): void {
    this.total += by;
  }
}
const counter = aggregate('rootCounter', { initial: () => 0 })
  .on(Counted, (total, { by }) => total + by)
  .on(Measured, (total) => total)
  .on(Ordered, (total) => total);

const marks = { metadata: { correlationId: 'c' }, newId: () => 'id' };

/** What both forms make of raising these events. */
function raising(...events: readonly object[]): readonly (() => Decision<unknown>)[] {
  const place = { stream: 'rootCounter-1', id: '1' };
  const classes = kernelOf<Counter>(Counter);
  const folds = kernelOf<number>(counter);
  const inClass = (c: Counter) => c.raise(...events);
  return [
    () =>
      decide(classes, { ...place, state: classes.form.begin(place), revision: -1 }, inClass, marks),
    () => decide(folds, { ...place, state: 0, revision: -1 }, () => events, marks),
  ] as readonly (() => Decision<unknown>)[];
}

describe('An aggregate', () => {
  it('raises events of every kind of class', () => {
    for (const run of raising(new Counted({ by: 2 }), new Measured(3)))
      expect(run().events.map(({ type, data }) => ({ type, data }))).toEqual([
        { type: 'root.counted', data: { by: 2 } },
        { type: 'root.measured', data: { value: 3 } },
      ]);
  });

  it('refuses an event that breaks the rules of its class', () => {
    for (const run of raising(new Measured(0))) {
      expect(run).toThrow(EventInvalidError);
      expect(run).toThrow(
        expect.objectContaining({
          code: 'EVENT_INVALID',
          type: 'root.measured',
          errors: [{ path: 'value', messages: [expect.stringContaining('not be less than 1')] }],
        }),
      );
    }
  });

  it('keeps the rules of a class whose event has a field named constructor', () => {
    const named = (value: number) => Object.assign(new Measured(value), { constructor: 'Acme' });

    for (const run of raising(named(3)))
      expect(run().events).toMatchObject([{ data: { value: 3, constructor: 'Acme' } }]);
    for (const run of raising(named(0))) expect(run).toThrow(EventInvalidError);
  });

  it('reads what breaks the rules of today: a fact stays a fact', () => {
    const fold = aggregate('rootCounter', { initial: () => 0 }).on(
      Measured,
      (_total, { value }) => value,
    );
    const stored = { id: 'id', type: 'root.measured', version: 1, data: { value: -7.5 } };
    const event = { ...stored, metadata: { correlationId: 'c' }, revision: 0 };

    const state = foldEvent(foldDefinition(fold), 0, event, { stream: 'rootCounter-1', id: '1' });

    expect(state).toBe(-7.5);
  });

  it('names the path of a broken rule further down', () => {
    const line = Object.assign(new Line(), { amount: 0.5 });

    for (const run of raising(new Ordered(line)))
      expect(run).toThrow(
        expect.objectContaining({ errors: [expect.objectContaining({ path: 'line.amount' })] }),
      );
  });

  it.each([
    ['undefined', undefined, 'data.at'],
    ['a date', { when: new Date(0) }, 'data.at.when'],
    ['a BigInt', [1n], 'data.at[0]'],
    ['not a number', Number.NaN, 'data.at'],
  ])('refuses an event with %s in it, and names the place', (_what, at, path) => {
    for (const run of raising(new Counted({ by: 1, at }))) {
      expect(run).toThrow(UnserializableEventError);
      expect(run).toThrow(expect.objectContaining({ path }));
    }
  });

  it('refuses what is no event', () => {
    for (const value of [{ by: 1 }, new Date(), Object.create(null)])
      for (const run of raising(value)) expect(run).toThrow(TypeError);
  });

  it('refuses an event that a fold returns and does not know', () => {
    class Foreign extends Event('root.foreign') {}
    const [, inFold] = raising(new Foreign());

    expect(inFold).toThrow(/\.on/);
  });

  it.each([[undefined], [null], ['text'], [5]])(
    'refuses a change of a fold that returns %p instead of events',
    (returned) => {
      const kernel = kernelOf<number>(counter);
      const base = { stream: 'rootCounter-1', id: '1', state: 0, revision: -1 };

      expect(() => decide(kernel, base, () => returned, marks)).toThrow(/must return the events/);
    },
  );

  it('shares nothing nested between an event, what is written, and the state', () => {
    const kept = aggregate('rootKept', { initial: (): unknown => undefined }).on(
      Counted,
      (_state, { at }) => at,
    );
    const kernel = kernelOf<unknown>(kept);
    const at = { tags: ['a'] };
    const base = { stream: 'rootKept-1', id: '1', state: undefined, revision: -1 };

    const decision = decide(kernel, base, () => new Counted({ by: 1, at }), marks) as Decision<{
      tags: string[];
    }>;
    at.tags.push('b');
    decision.state.tags.push('c');

    expect(decision.events[0]?.data).toEqual({ by: 1, at: { tags: ['a'] } });
    expect(decision.state.tags).toEqual(['a', 'c']);
  });
});

describe('An aggregate class', () => {
  it('has a state of its own enumerable fields and nothing of the framework', () => {
    const state = new Counter();

    expect(Object.keys(state)).toEqual(['total']);
    expect(JSON.stringify(state)).toBe('{"total":0}');
    expect(Object.getOwnPropertySymbols({ ...state })).toEqual([]);
  });

  it('folds an event by the method that overrides', async () => {
    @Aggregate('rootDouble')
    class Double extends Counter {
      protected override onCounted({ by }: Counted): void {
        this.total += 2 * by;
      }
    }
    const kernel = kernelOf<Double>(Double);
    const place = { stream: 'rootDouble-1', id: '1' };
    const state = kernel.form.begin(place);

    await decide(
      kernel,
      { ...place, state, revision: -1 },
      (d: Double) => d.raise(new Counted({ by: 2 })),
      marks,
    );

    expect(state.total).toBe(4);
  });

  it('refuses two methods for one event', () => {
    @Aggregate('rootTwice')
    class Twice extends Counter {
      @On(Counted) protected again(_event: Counted): void {}
    }

    expect(() => classFoldDefinition(Twice)).toThrow(/twice/);
  });

  it('refuses to be used without @Aggregate, and @On without an event', () => {
    class Bare extends AggregateRoot {}
    class Plain {}

    expect(() => kernelOf(Bare)).toThrow(/@Aggregate/);
    expect(() => kernelOf({})).toThrow(TypeError);
    expect(() => On(Plain)).toThrow(/no event class/);
    expect(() => Aggregate('a-b')).toThrow(TypeError);
  });

  it('refuses to raise from a fold', () => {
    @Aggregate('rootEager')
    class Eager extends Counter {
      @On(Measured) protected onMeasured({ value }: Measured): void {
        this.apply(new Counted({ by: value }));
      }
    }
    const kernel = kernelOf<Eager>(Eager);
    const place = { stream: 'rootEager-1', id: '1' };
    const base = { ...place, state: kernel.form.begin(place), revision: -1 };

    expect(() => decide(kernel, base, (e: Eager) => e.raise(new Measured(1)), marks)).toThrow(
      /must not apply/,
    );
  });

  it('counts its revision with the events it applies', async () => {
    const kernel = kernelOf<Counter>(Counter);
    const place = { stream: 'rootCounter-1', id: '1' };
    const state = kernel.form.begin(place);
    const seen: number[] = [];

    await decide(
      kernel,
      { ...place, state, revision: 4 },
      async (c: Counter) => {
        c.raise(new Counted({ by: 1 }), new Measured(1));
        seen.push(c.revision);
      },
      marks,
    );

    expect(seen).toEqual([6]);
    expect(state.id).toBe('1');
  });
});
