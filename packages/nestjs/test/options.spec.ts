import { AggregateRepository, type EventStore } from '@everfold/core';
import { MemoryEventStore, MemoryReadModelStore, memory } from '@everfold/memory';
import { Inject, Injectable, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import {
  EverfoldModule,
  type EverfoldModuleOptions,
  type EverfoldOptionsFactory,
  getAggregateToken,
  getEventStoreToken,
} from '../src/index.js';
import { Account } from './support/account.js';
import { AccountsModule, closeAll, start } from './support/applications.js';

afterEach(closeAll);

describe('The options of EverfoldModule', () => {
  const options: EverfoldModuleOptions = { eventStore: memory() };
  @Injectable()
  class Options implements EverfoldOptionsFactory {
    createEverfoldOptions() {
      return options;
    }
  }
  @Module({ providers: [Options], exports: [Options] })
  class ConfigModule {}

  it.each([
    ['a factory', EverfoldModule.forRootAsync({ useFactory: async () => options })],
    [
      'a factory with what it injects',
      EverfoldModule.forRootAsync({
        imports: [ConfigModule],
        inject: [Options],
        useFactory: (made: Options) => made.createEverfoldOptions(),
      }),
    ],
    ['a class', EverfoldModule.forRootAsync({ useClass: Options })],
    ['a provider', EverfoldModule.forRootAsync({ imports: [ConfigModule], useExisting: Options })],
  ])('come from %s', async (_, root) => {
    const app = await start({ imports: [root, CqrsModule.forRoot(), AccountsModule] });
    const accounts = app.get<AggregateRepository<Account>>(getAggregateToken(Account));

    await expect(accounts.create('a', (it) => it.open('Ada'))).resolves.toMatchObject({
      revision: 0,
    });
  });

  it('say whether the store is there without an import', async () => {
    @Injectable()
    class Service {
      constructor(@Inject(getEventStoreToken()) readonly store: EventStore) {}
    }
    @Module({ providers: [Service] })
    class Elsewhere {}
    const root = (isGlobal: boolean) => EverfoldModule.forRoot({ eventStore: memory(), isGlobal });

    await expect(start({ imports: [root(true), Elsewhere] })).resolves.toBeDefined();
    await expect(start({ imports: [root(false), Elsewhere] })).rejects.toThrow(/event-store/);
  });

  it.each([
    [undefined, /needs options/],
    [{}, /eventStore must be a factory/],
    [{ eventStore: new MemoryEventStore() }, /not an open store/],
    [{ ...options, readModel: memory() }, /no option 'readModel'/],
    [{ ...options, readModels: new MemoryReadModelStore() }, /readModels.*not an open store/],
    [{ ...options, consumers: 'some' }, /consumers must be 'all', 'none' or a list of names/],
    [{ ...options, consumers: [5] }, /consumers must be 'all', 'none' or a list of names/],
    [{ ...options, leases: 5 }, /leases must be an object/],
    [{ ...options, leases: { heartbeat: 5 } }, /no option 'leases.heartbeat'/],
    [{ ...options, retry: { baseMs: '1s' } }, /retry.baseMs must be a number/],
    [{ ...options, shutdownTimeoutMs: -1 }, /shutdownTimeoutMs/],
    [{ ...options, shutdownTimeoutMs: Number.NaN }, /shutdownTimeoutMs/],
    [{ ...options, snapshots: { every: 0 } }, /snapshots must be { every: a whole number from 1/],
    [{ ...options, cache: {} }, /cache must be { maxAggregates/],
    [{ ...options, oneAtATime: 1 }, /oneAtATime must be true or false/],
    [{ ...options, publishToEventBus: 'yes' }, /publishToEventBus must be true or false/],
    [{ ...options, context: 5 }, /context must be a function/],
    [{ ...options, commands: null }, /commands must be an object/],
    [{ ...options, commands: { validat: true } }, /no option 'commands.validat'/],
    [{ ...options, commands: { conflictRetries: 0.5 } }, /commands.conflictRetries must be/],
    [{ ...options, commands: { authorise: true } }, /commands.authorise must be a function/],
  ])('are refused when they are malformed: %p', async (wrong, message) => {
    const given = wrong as unknown as EverfoldModuleOptions;

    expect(() => EverfoldModule.forRoot(given)).toThrow(message);
    await expect(
      start({ imports: [EverfoldModule.forRootAsync({ useFactory: () => given })] }),
    ).rejects.toThrow(message);
  });
});
