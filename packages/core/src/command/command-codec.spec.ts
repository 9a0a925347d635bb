import fc from 'fast-check';
import { commandHash, decodeCommand, encodeCommand } from './command-codec.js';
import type { Props } from './command-type.js';
import { CommandType, commandClassOf, commandTypeOf } from './command-type.js';

let constructed = 0;

@CommandType('codec.deposit')
class Deposit {
  readonly accountId: string;
  readonly amount: number;
  readonly reference: string | undefined;
  constructor(props: Props<Deposit>) {
    constructed += 1;
    this.accountId = props.accountId;
    this.amount = props.amount;
    this.reference = props.reference;
  }
  double(): number {
    return this.amount * 2;
  }
}
@CommandType('codec.anything')
class Anything {
  constructor(readonly value: unknown) {}
}

const deposit = () => new Deposit({ accountId: '1', amount: 5, reference: undefined });

describe('A command', () => {
  it('is stored by its type and its fields, without those that nobody gave', () => {
    expect(encodeCommand(deposit())).toEqual({
      type: 'codec.deposit',
      data: { accountId: '1', amount: 5 },
    });
  });

  it('comes back as an instance of its class, without its constructor', () => {
    const encoded = encodeCommand(deposit());
    constructed = 0;

    const command = decodeCommand(encoded) as Deposit;

    expect(command).toBeInstanceOf(Deposit);
    expect(command.double()).toBe(10);
    expect(command).toEqual(deposit());
    expect(constructed).toBe(1);
  });

  it('comes back equal whatever JSON it holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const command = new Anything(value);
        fc.pre(isStorable(command));

        const stored = JSON.parse(JSON.stringify(encodeCommand(command)));

        expect(decodeCommand(stored)).toEqual(command);
      }),
    );
  });

  it('lets no stored key reach a prototype', () => {
    const data = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}');

    const command = decodeCommand({ type: 'codec.anything', data });

    expect(command).toBeInstanceOf(Anything);
    expect('polluted' in command).toBe(false);
    expect('polluted' in {}).toBe(false);
  });

  it.each([
    [new Date(0), 'data.value'],
    [{ deep: [1n] }, 'data.value.deep[0]'],
    [Number.POSITIVE_INFINITY, 'data.value'],
    [{ hole: undefined }, 'data.value.hole'],
  ])('is refused with %p in it, and the place is named', (value, path) => {
    expect(() => encodeCommand(new Anything(value))).toThrow(TypeError);
    expect(() => encodeCommand(new Anything(value))).toThrow(path);
  });

  it('has a hash of its type and its fields, in whatever order', () => {
    const one = commandHash(new Anything({ a: 1, b: [2] }));
    const other = commandHash(new Anything({ b: [2], a: 1 }));

    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(other).toBe(one);
    expect(commandHash(new Anything({ a: 1, b: [3] }))).not.toBe(one);
  });

  it('counts instances further down by their fields, and stores none', () => {
    class Line {
      amount = 1;
    }

    expect(commandHash(new Anything([new Line()]))).toBe(
      commandHash(new Anything([{ amount: 1 }])),
    );
    expect(() => encodeCommand(new Anything([new Line()]))).toThrow(/an instance of Line/);
    expect(() => commandHash(new Anything(new Date(0)))).toThrow(/data\.value/);
  });

  it('has another hash under another type', () => {
    @CommandType('codec.other')
    class Other {
      readonly value = 1;
    }

    expect(commandHash(new Other())).not.toBe(commandHash(new Anything(1)));
  });

  it('may have a field named constructor', () => {
    const command = Object.assign(deposit(), { constructor: 'Acme Ltd' });

    const encoded = encodeCommand(command);

    expect(encoded).toMatchObject({ type: 'codec.deposit', data: { constructor: 'Acme Ltd' } });
    expect(() => commandTypeOf({ constructor: Deposit })).toThrow(/Object is no command/);
  });

  it('needs a type of its own', () => {
    class Bare {}
    @CommandType('codec.claimed')
    class One {}
    @CommandType('codec.claimed')
    class Two {}

    expect(commandTypeOf(One)).toBe('codec.claimed');
    expect(() => commandTypeOf(new Bare())).toThrow(/Bare.*@CommandType/);
    expect(() => commandClassOf(commandTypeOf(new Two()))).toThrow(/2 classes/);
    expect(() => commandClassOf('codec.unknown')).toThrow(TypeError);
    expect(() => CommandType('')).toThrow(TypeError);
  });
});

function isStorable(command: object): boolean {
  try {
    encodeCommand(command);
    return true;
  } catch {
    return false;
  }
}
