import {
  AggregateRepository,
  type EventStore,
  type StoreFactory,
  withContext,
} from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';
import { Injectable, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  EverfoldModule,
  getAggregateToken,
  getEventStoreToken,
  InjectAggregate,
  InjectEventStore,
} from '../src/index.js';
import { Account, account } from './support/account.js';
import { AccountsModule, closeAll, rootOf, start, startAccounts } from './support/applications.js';

/** Counts what happens to its store. */
class WatchedFactory implements StoreFactory<EventStore> {
  opened = 0;
  closed = 0;

  async open(): Promise<EventStore> {
    this.opened += 1;
    const store = new MemoryEventStore();
    const close = store[Symbol.asyncDispose].bind(store);
    store[Symbol.asyncDispose] = () => {
      this.closed += 1;
      return close();
    };
    return store;
  }
}

afterEach(closeAll);

describe('EverfoldModule', () => {
  it('opens the store when the application initialises, and closes it once when it shuts down', async () => {
    const eventStore = new WatchedFactory();
    const testing = await Test.createTestingModule({
      imports: [EverfoldModule.forRoot({ eventStore })],
    }).compile();
    const app = testing.createNestApplication({ logger: false });
    const before = eventStore.opened;

    await app.init();
    const then = { ...eventStore };
    await Promise.all([app.close(), app.close()]);

    expect(before).toBe(0);
    expect(then).toMatchObject({ opened: 1, closed: 0 });
    expect({ ...eventStore }).toMatchObject({ opened: 1, closed: 1 });
  });

  it('leaves nothing to close when it was never initialised', async () => {
    const eventStore = new WatchedFactory();
    const testing = await Test.createTestingModule({
      imports: [EverfoldModule.forRoot({ eventStore })],
    }).compile();

    await testing.close();

    expect(eventStore).toMatchObject({ opened: 0, closed: 0 });
  });

  it('has the store open for every onModuleInit of the application', async () => {
    let head: unknown = 'not asked';
    @Injectable()
    class Early implements OnModuleInit {
      constructor(@InjectEventStore() private readonly store: EventStore) {}
      async onModuleInit() {
        head = await this.store.head();
      }
    }
    @Module({ providers: [Early] })
    class EarlyModule {}

    await start({ imports: [EarlyModule, ...rootOf()] });

    expect(head).toBeUndefined();
  });

  it('has the store open for every onApplicationShutdown of the application', async () => {
    let last: unknown;
    @Injectable()
    class Late implements OnApplicationShutdown {
      constructor(@InjectEventStore() private readonly store: EventStore) {}
      async onApplicationShutdown() {
        last = await this.store.identity();
      }
    }
    @Module({ providers: [Late] })
    class LateModule {}
    const app = await start({ imports: [...rootOf(), LateModule] });

    await app.close();

    expect(last).toMatch(/^[\da-f-]{36}$/);
  });

  it('says that the store is not open yet to whom asks too early', async () => {
    @Injectable()
    class TooEarly {
      constructor(@InjectEventStore() store: EventStore) {
        store.capabilities;
      }
    }

    const starting = start({ imports: rootOf(), providers: [TooEarly] });

    await expect(starting).rejects.toThrow(/opens it when it initialises/);
  });

  it('rejects the start with what the store says when it cannot be opened', async () => {
    const failure = new Error('the disk is gone');

    const starting = start({
      imports: [EverfoldModule.forRoot({ eventStore: { open: () => Promise.reject(failure) } })],
    });

    await expect(starting).rejects.toBe(failure);
  });

  it('provides the repository of a class and of a fold of the same category', async () => {
    @Injectable()
    class Service {
      constructor(
        @InjectAggregate(Account) readonly classes: AggregateRepository<Account>,
        @InjectAggregate(account) readonly folds: AggregateRepository<typeof account>,
      ) {}
    }
    const app = await start({
      imports: [...rootOf(), EverfoldModule.forFeature([Account, account])],
      providers: [Service],
    });
    const { classes, folds } = app.get(Service);

    await classes.create('a', (it) => it.open('Ada'));
    await classes.update('a', (it) => it.deposit(5));

    await expect(folds.find('a')).resolves.toMatchObject({ state: { balance: 5 } });
  });

  it('is one application for a feature module that is imported three times', async () => {
    @Module({ imports: [AccountsModule] })
    class One {}
    @Module({ imports: [AccountsModule] })
    class Two {}

    const app = await start({ imports: [...rootOf(), One, Two, AccountsModule] });

    expect(app.get(getAggregateToken(Account), { each: true })).toHaveLength(1);
  });

  it('takes its options to the repositories', async () => {
    const app = await startAccounts({
      snapshots: { every: 1 },
      cache: { maxAggregates: 1 },
      oneAtATime: true,
      commands: { conflictRetries: 0 },
    });
    const accounts = app.get<AggregateRepository<Account>>(getAggregateToken(Account));
    const store = app.get<EventStore & { readonly snapshots: MemoryEventStore['snapshots'] }>(
      getEventStoreToken(),
    );
    await accounts.create('a', (it) => it.open('Ada'));

    await Promise.all(
      Array.from({ length: 20 }, () => accounts.update('a', (it) => it.deposit(1))),
    );

    await expect(accounts.find('a')).resolves.toMatchObject({ state: { balance: 20 } });
    await expect(store.snapshots.load('account-a')).resolves.toMatchObject({ revision: 20 });
  });

  it('counts the updates of a command that no bus has handled', async () => {
    const app = await startAccounts();
    const accounts = app.get<AggregateRepository<Account>>(getAggregateToken(Account));
    await accounts.create('a', (it) => it.open('Ada'));
    const depositTwice = () =>
      withContext({ commandId: 'c-1' }, async () => [
        await accounts.update('a', (it) => it.deposit(1)),
        await accounts.update('a', (it) => it.deposit(1)),
      ]);

    const first = await depositTwice();
    const second = await depositTwice();

    expect(first.map(({ repeated }) => repeated)).toEqual([false, false]);
    expect(second.map(({ repeated }) => repeated)).toEqual([true, true]);
    await expect(accounts.find('a')).resolves.toMatchObject({ state: { balance: 2 } });
  });

  it('reads an aggregate once that it keeps in memory', async () => {
    const store = new MemoryEventStore();
    let reads = 0;
    const read = store.read.bind(store);
    store.read = (...given) => {
      reads += 1;
      return read(...given);
    };
    const app = await startAccounts({
      eventStore: { open: async () => store },
      cache: { maxAggregates: 10 },
    });
    const accounts = app.get<AggregateRepository<Account>>(getAggregateToken(Account));
    await accounts.create('a', (it) => it.open('Ada'));
    reads = 0;

    await accounts.update('a', (it) => it.deposit(1));
    await accounts.update('a', (it) => it.deposit(1));

    expect(reads).toBe(0);
  });

  it('lets a repository be overridden in a test', async () => {
    class Fake {}
    const testing = await Test.createTestingModule({ imports: [...rootOf(), AccountsModule] })
      .overrideProvider(getAggregateToken(Account))
      .useValue(new Fake())
      .compile();

    expect(testing.get(getAggregateToken(Account))).toBeInstanceOf(Fake);
    await testing.close();
  });
});
