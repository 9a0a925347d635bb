import type { ValidatorConstraintInterface } from 'class-validator';
import {
  IsInt,
  IsString,
  Min,
  registerDecorator,
  Validate,
  ValidateNested,
  ValidatorConstraint,
} from 'class-validator';
import { aggregate } from '../aggregate/aggregate-fold.js';
import type { Decision } from '../aggregate/decision.js';
import { decide } from '../aggregate/decision.js';
import { kernelOf } from '../aggregate/state-form.js';
import { commandHash, decodeCommand, encodeCommand } from '../command/command-codec.js';
import { CommandType } from '../command/command-type.js';
import { encodeEvent } from './codec.js';
import { EventType } from './event-type.js';

class Price {
  @IsInt() @Min(1) readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
}
class Line {
  @IsString() readonly article: string = 'tea';
  @ValidateNested() readonly price: unknown;
  readonly extra: unknown;
  constructor(price: unknown, extra: unknown = null) {
    this.price = price;
    this.extra = extra;
  }
}
@EventType('nested.ordered')
@CommandType('nested.order')
class Ordered {
  @ValidateNested() readonly lines: unknown;
  readonly note: unknown;
  constructor(lines: unknown, note: unknown = null) {
    this.lines = lines;
    this.note = note;
  }
}
const stored = { lines: [{ article: 'tea', price: { cents: 3 }, extra: null }], note: null };
const ordered = () => new Ordered([new Line(new Price(3))]);

function raise(event: object) {
  const seen: unknown[] = [];
  const fold = aggregate('nestedOrder', { initial: () => 0 }).on(Ordered, (count, { lines }) => {
    seen.push(lines);
    return count + 1;
  });
  const kernel = kernelOf<number>(fold.ignore('nested.checked', 'nested.holding', 'nested.unsaid'));
  const base = { stream: 'nestedOrder-1', id: '1', state: 0, revision: 0 };
  const marks = { metadata: { correlationId: 'c' }, newId: () => 'id' };
  const { events } = decide(kernel, base, () => event, marks) as Decision<number>;
  return { data: events[0]?.data, seen };
}

describe('Instances in a property with @ValidateNested', () => {
  it('are stored in an event as their fields, and folds see these', () => {
    const { data, seen } = raise(ordered());

    expect(data).toStrictEqual(stored);
    expect(seen).toStrictEqual([stored.lines]);
  });

  it('are encoded alike when an event is appended by hand', () => {
    const { data } = encodeEvent(ordered(), { id: '', metadata: { correlationId: 'c' } });

    expect(data).toStrictEqual(stored);
  });

  it('are stored in a command alike, which keeps its hash', () => {
    const encoded = encodeCommand(ordered());

    expect(encoded.data).toStrictEqual(stored);
    expect(commandHash(decodeCommand(encoded))).toBe(commandHash(ordered()));
  });

  it('are held to the rules of their classes', () => {
    expect(() => raise(new Ordered([new Line(new Price(0))]))).toThrow(/lines\.0\.price\.cents/);
    expect(() => raise(new Ordered([{ article: 'tea' }]))).toThrow(/lines\.0/);
  });

  it.each([
    ['in another property', () => new Ordered([], new Price(1)), 'data.note'],
    [
      'in another property of theirs',
      () => new Ordered([new Line(new Price(1), new Price(2))]),
      'data.lines[0].extra',
    ],
    [
      'that say what JSON makes of them',
      () => new Ordered([Object.assign(new Line(new Price(1)), { toJSON: () => 1 })]),
      'data.lines[0]',
    ],
    [
      'with a value that JSON would change',
      () => new Ordered([new Line(new Price(1), Number.NaN)]),
      'data.lines[0].extra',
    ],
  ])('are refused %s', (_what, event, path) => {
    expect(() => raise(event())).toThrow(
      expect.objectContaining({ code: 'UNSERIALIZABLE_EVENT', path }),
    );
    expect(() => encodeCommand(event())).toThrow(path);
  });

  it('leave an array as it is that is more than its elements', () => {
    const lines = Object.assign([new Line(new Price(1))], { of: 'tea' });

    expect(() => encodeCommand(new Ordered(lines))).toThrow(/lines/);
  });
});

describe('An asynchronous rule', () => {
  @EventType('nested.checked')
  class Checked {
    value = 1;
  }
  @EventType('nested.holding')
  class Holding {
    @ValidateNested() readonly held = [new Checked()];
  }
  registerDecorator({
    name: 'later',
    target: Checked,
    propertyName: 'value',
    async: true,
    validator: { validate: async () => true, defaultMessage: () => 'no' },
  });

  it('is not passed over when an event is raised, but refused with what to do', () => {
    expect(() => raise(new Checked())).toThrow(TypeError);
    expect(() => raise(new Checked())).toThrow(/nested\.checked.*value.*command/);
  });

  it('is known by its function when it does not say that it is one', () => {
    @ValidatorConstraint()
    class Later implements ValidatorConstraintInterface {
      async validate(): Promise<boolean> {
        return false;
      }
    }
    @EventType('nested.unsaid')
    class Unsaid {
      @Validate(Later) readonly value = 1;
    }

    expect(() => raise(new Unsaid())).toThrow(/value is asynchronous/);
  });

  it('is found in what an event holds, too', () => {
    expect(() => raise(new Holding())).toThrow(/held\.value/);
  });
});
