import { CommandType, Event, type EventStore } from '@everfold/core';
import { memory } from '@everfold/memory';
import { Injectable, Module, type Type } from '@nestjs/common';
import {
  Command,
  CommandHandler,
  CqrsModule,
  AggregateRoot as NestAggregateRoot,
} from '@nestjs/cqrs';
import { AggregateRoot as CommitRoot, cqrsAggregate } from '../src/cqrs/index.js';
import { EverfoldModule, getAggregateToken, InjectAggregate } from '../src/index.js';
import { Account, account, HANDLERS } from './support/account.js';
import { closeAll, rootOf, start } from './support/applications.js';

afterEach(closeAll);

describe('Set-up names the remedy of', () => {
  it('an aggregate that two modules register', async () => {
    @Module({ imports: [EverfoldModule.forFeature([Account])] })
    class One {}
    @Module({ imports: [EverfoldModule.forFeature([Account])] })
    class Two {}

    await expect(start({ imports: [...rootOf(), One, Two] })).rejects.toThrow(
      /Account is registered twice.*one module.*exports/s,
    );
  });

  it('an aggregate with commit() that two modules register', async () => {
    class Kept extends CommitRoot {}
    class KeptOnce {}
    const feature = () =>
      EverfoldModule.forFeature([
        cqrsAggregate('kept', Kept, { events: { 'kept.once': KeptOnce } }),
      ]);
    @Module({ imports: [feature()] })
    class One {}
    @Module({ imports: [feature()] })
    class Two {}

    await expect(start({ imports: [...rootOf(), One, Two] })).rejects.toThrow(
      /Kept is registered twice/,
    );
  });

  it('what is no list of features, no aggregate with commit(), and no store', async () => {
    class PlainRoot extends NestAggregateRoot {}
    const named = { events: { 'plain.named': class Named {} } };
    const open = async () => undefined as unknown as EventStore;

    expect(() => EverfoldModule.forFeature(Account as never)).toThrow(/forFeature\(\[Account\]\)/);
    expect(() => cqrsAggregate('plain', PlainRoot, named)).toThrow(
      /PlainRoot does not extend AggregateRoot of '@everfold\/nestjs\/cqrs'/,
    );
    expect(() => cqrsAggregate('kept', class extends CommitRoot {}, undefined as never)).toThrow(
      /names no events/,
    );
    await expect(
      start({ imports: [EverfoldModule.forRoot({ eventStore: { open } })] }),
    ).rejects.toThrow(/resolved with no event store/);
  });

  it('a feature that is named twice', () => {
    expect(() => EverfoldModule.forFeature([Account, account, Account])).toThrow(
      /names Account twice/,
    );
  });

  it('a feature that is not there yet, as in a circular import', () => {
    const missing = undefined as unknown as Type<object>;

    expect(() => EverfoldModule.forFeature([Account, missing])).toThrow(/Feature 1.*third file/s);
    expect(() => InjectAggregate(missing)).toThrow(/third file/);
    expect(() => getAggregateToken(missing)).toThrow(/third file/);
  });

  it('what is no aggregate', async () => {
    class Plain {}

    expect(() => EverfoldModule.forFeature([{ name: 'account-summaries' }])).toThrow(
      /'account-summaries' is no aggregate/,
    );
    await expect(
      start({ imports: [...rootOf(), EverfoldModule.forFeature([Plain])] }),
    ).rejects.toThrow(/Plain is no aggregate: decorate it with @Aggregate/);
  });

  it('an aggregate that nobody registered', async () => {
    @Injectable()
    class Service {
      constructor(@InjectAggregate(Account) readonly accounts: unknown) {}
    }

    await expect(start({ imports: rootOf(), providers: [Service] })).rejects.toThrow(
      /Service.*EverfoldModule\.forFeature\(\[Account\]\)/s,
    );
  });

  it('a feature without a root', async () => {
    await expect(start({ imports: [EverfoldModule.forFeature([Account])] })).rejects.toThrow(
      /EverfoldModule\.forRoot\(…\) provides: import it once/,
    );
  });

  it('two roots', async () => {
    await expect(start({ imports: [...rootOf(), ...rootOf()] })).rejects.toThrow(
      /imported 2 times.*Import it once/s,
    );
  });

  it('two handlers of one command', async () => {
    @CommandType('set-up.pay')
    class Pay extends Command<void> {}
    @CommandHandler(Pay)
    class PayByCard {
      async execute() {}
    }
    @CommandHandler(Pay)
    class PayInCash {
      async execute() {}
    }

    await expect(start({ imports: rootOf(), providers: [PayByCard, PayInCash] })).rejects.toThrow(
      /PayByCard and PayInCash both handle the command Pay/,
    );
  });

  it('two commands with one type name', async () => {
    @CommandType('set-up.claimed')
    class One extends Command<void> {}
    @CommandType('set-up.claimed')
    class Two extends Command<void> {}
    @CommandHandler(One)
    class OneHandler {
      async execute() {}
    }
    void Two;

    await expect(start({ imports: rootOf(), providers: [OneHandler] })).rejects.toThrow(
      /2 classes claim the command type 'set-up.claimed'/,
    );
  });

  it('handlers without a bus', async () => {
    const feature = EverfoldModule.forFeature([Account]);
    const root = EverfoldModule.forRoot({ eventStore: memory() });

    await expect(start({ imports: [root, feature], providers: HANDLERS })).rejects.toThrow(
      /no command bus: import CqrsModule\.forRoot/,
    );
  });

  it('events for a bus that is not there', async () => {
    const root = EverfoldModule.forRoot({ eventStore: memory(), publishToEventBus: true });

    await expect(start({ imports: [root] })).rejects.toThrow(
      /publishToEventBus needs an EventBus: import CqrsModule\.forRoot/,
    );
  });

  it('snapshots that the store does not keep', async () => {
    const open = async (signal: AbortSignal) => {
      const store = await memory().open(signal);
      return new Proxy(store, { has: (target, key) => key !== 'snapshots' && key in target });
    };
    const root = EverfoldModule.forRoot({ eventStore: { open }, snapshots: { every: 1 } });

    await expect(start({ imports: [root] })).rejects.toThrow(/keeps no snapshots/);
  });

  it('two event classes with one type name', async () => {
    class Shipped extends Event('set-up.shipped') {}
    class Sent extends Event('set-up.shipped') {}
    void Sent;
    new Shipped();

    await expect(start({ imports: [CqrsModule.forRoot(), ...rootOf()] })).rejects.toThrow(
      /'set-up\.shipped' is claimed by Shipped and a class that extends Event\('set-up\.shipped'\)/,
    );
  });
});
