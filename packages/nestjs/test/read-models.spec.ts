import {
  type EventStore,
  projection,
  ReadModel,
  ReadSession,
  type StoreFactory,
  StoreUnavailableError,
} from '@everfold/core';
import {
  MemoryEventStore,
  type MemoryReadModelStore,
  memory,
  memoryReadModels,
} from '@everfold/memory';
import { Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { EverfoldModule, getReadModelToken, InjectReadModel } from '../src/index.js';
import { AccountOpened, MoneyDeposited } from './support/account.js';
import { AccountsModule, closeAll, lasting, rootOf, start } from './support/applications.js';
import {
  accountsOf,
  type Balance,
  balances,
  balancesOf,
  feature,
  readModelOf,
  startBalances,
} from './support/balances.js';

afterEach(closeAll);

describe('A projection', () => {
  it('is injected as its read model, which has a commit by its token', async () => {
    @Injectable()
    class Service {
      constructor(@InjectReadModel(balances) readonly read: ReadModel<Balance>) {}
    }
    const app = await start({
      imports: [...rootOf(), AccountsModule, feature],
      providers: [Service],
    });

    const { token } = await accountsOf(app).create('a', (it) => {
      it.open('Ada');
      it.deposit(5);
    });

    await expect(app.get(Service).read.get('a', { after: token })).resolves.toEqual({
      id: 'a',
      owner: 'Ada',
      balance: 5,
    });
  });

  it('runs once, and is one read model, for the three modules that name it', async () => {
    let folds = 0;
    const counted = projection<{ readonly n: number }>('counted', { version: 1 }).start(
      AccountOpened,
      () => {
        folds += 1;
        return { n: 1 };
      },
    );
    @Module({ imports: [EverfoldModule.forFeature([counted])] })
    class One {}
    @Module({ imports: [EverfoldModule.forFeature([counted])] })
    class Two {}
    @Module({ imports: [EverfoldModule.forFeature([counted]), One, Two] })
    class Three {}
    const app = await start({ imports: [...rootOf(), AccountsModule, One, Two, Three] });
    const readModels = app.get<ReadModel<object>>(getReadModelToken(counted), { each: true });

    const { token } = await accountsOf(app).create('a', (it) => it.open('Ada'));
    await readModelOf(app, counted).get('a', { after: token });

    expect(new Set([readModels].flat()).size).toBe(1);
    expect(folds).toBe(1);
  });

  it('is kept by another store than the events, when one is given', async () => {
    let opened: MemoryReadModelStore | undefined;
    const readModels: StoreFactory<MemoryReadModelStore> = {
      open: async (signal) => {
        opened = await memoryReadModels().open(signal);
        return opened;
      },
    };
    const app = await startBalances({ readModels });

    const { token } = await accountsOf(app).create('a', (it) => it.open('Ada'));
    await balancesOf(app).get('a', { after: token });

    await expect(opened?.listRecords('models/')).resolves.toMatchObject([
      { key: 'models/balances@1' },
    ]);
    await app.close();
    await expect(opened?.listRecords('models/')).rejects.toThrow(StoreUnavailableError);
  });

  it('is there again after a restart, folded no second time', async () => {
    const eventStore = lasting();
    let folds = 0;
    const counted = projection<{ readonly n: number }>('counted', { version: 1 }).start(
      AccountOpened,
      () => {
        folds += 1;
        return { n: 1 };
      },
    );
    const again = () =>
      start({
        imports: [...rootOf({ eventStore }), AccountsModule, EverfoldModule.forFeature([counted])],
      });
    const before = await again();
    const { token } = await accountsOf(before).create('a', (it) => it.open('Ada'));
    await readModelOf(before, counted).get('a', { after: token });
    await before.close();

    const app = await again();

    await expect(readModelOf(app, counted).get('a', { after: token })).resolves.toEqual({ n: 1 });
    expect(folds).toBe(1);
  });

  it('can be read in a session', async () => {
    const app = await startBalances();
    const { token } = await accountsOf(app).create('a', (it) => it.open('Ada'));
    const session = new ReadSession(token);

    const { items } = await session.of(balancesOf(app)).find({ where: { owner: 'Ada' } });

    expect(items).toHaveLength(1);
  });

  it('can be replaced in a test', async () => {
    const testing = await Test.createTestingModule({
      imports: [...rootOf(), feature],
    })
      .overrideProvider(getReadModelToken(balances))
      .useValue({ get: async () => 'another' })
      .compile();
    await testing.init();

    await expect(testing.get(getReadModelToken(balances)).get('a')).resolves.toBe('another');
    await testing.close();
  });

  it('is read from onModuleInit on, and not before', async () => {
    let early: unknown;
    @Injectable()
    class Eager implements OnModuleInit {
      tooEarly: Promise<unknown>;
      constructor(@InjectReadModel(balances) private readonly read: ReadModel<Balance>) {
        this.tooEarly = read.get('a').catch((error: unknown) => error);
      }
      async onModuleInit() {
        early = await this.read.get('a', { timeoutMs: 0 }).catch((error: unknown) => error);
      }
    }

    const app = await start({ imports: [...rootOf(), feature], providers: [Eager] });

    await expect(app.get(Eager).tooEarly).resolves.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/not open yet/),
    });
    expect(early).toMatchObject({ code: 'READ_MODEL_BEHIND' });
  });
});

describe('The option consumers', () => {
  it("'none' reads what other processes have folded", async () => {
    const eventStore = lasting();
    await startBalances({ eventStore });
    const reader = await startBalances({ eventStore, consumers: 'none' });

    const { token } = await accountsOf(reader).create('a', (it) => it.open('Ada'));

    await expect(balancesOf(reader).get('a', { after: token })).resolves.toMatchObject({ id: 'a' });
  });

  it("'none' runs nothing", async () => {
    const app = await startBalances({ consumers: 'none' });
    const { token } = await accountsOf(app).create('a', (it) => it.open('Ada'));

    const read = balancesOf(app).get('a', { after: token, timeoutMs: 50 });

    await expect(read).rejects.toMatchObject({ code: 'READ_MODEL_BEHIND' });
  });

  it('names those that are run', async () => {
    const other = projection<{ readonly n: number }>('other', { version: 1 }).start(
      AccountOpened,
      () => ({ n: 1 }),
    );
    const app = await start({
      imports: [
        ...rootOf({ consumers: ['balances'] }),
        AccountsModule,
        EverfoldModule.forFeature([balances, other]),
      ],
    });
    const { token } = await accountsOf(app).create('a', (it) => it.open('Ada'));

    const isRun = balancesOf(app).get('a', { after: token });
    const isNot = readModelOf(app, other).get('a', { after: token, timeoutMs: 50 });

    await expect(isRun).resolves.toMatchObject({ id: 'a' });
    await expect(isNot).rejects.toMatchObject({ code: 'READ_MODEL_BEHIND' });
  });
});

describe('Set-up names the remedy of', () => {
  const noReadModels: StoreFactory<EventStore> = { open: async () => new MemoryEventStore() };

  it('an event store that keeps no read models', async () => {
    await expect(startBalances({ eventStore: noReadModels })).rejects.toThrow(
      /keeps no read models, and 'balances' needs.*readModels: memoryReadModels\(\)/s,
    );
  });

  it('no such event store when nothing is projected', async () => {
    await expect(
      start({ imports: [...rootOf({ eventStore: noReadModels }), AccountsModule] }),
    ).resolves.toBeDefined();
  });

  it('a store of read models that is none', async () => {
    await expect(startBalances({ readModels: noReadModels as never })).rejects.toThrow(
      /readModels\.open\(\) resolved with no store of read models/,
    );
  });

  it('two projections with one name', async () => {
    const same = projection<Balance>('balances', { version: 1 });

    const starting = start({
      imports: [...rootOf(), feature, EverfoldModule.forFeature([same])],
    });

    await expect(starting).rejects.toThrow(
      /Two consumers are called 'balances': a projection and a projection.*its own/s,
    );
  });

  it('a projection that is named twice', () => {
    expect(() => EverfoldModule.forFeature([balances, balances])).toThrow(/'balances' twice/);
  });

  it('names of consumers that nobody knows, before anything is opened', async () => {
    let opened = 0;
    const eventStore: StoreFactory<EventStore> = {
      open: (signal) => {
        opened += 1;
        return memory().open(signal);
      },
    };

    const starting = startBalances({ eventStore, consumers: ['balances', 'balance', 'x'] });

    await expect(starting).rejects.toThrow(/names 'balance', 'x'.*There are 'balances'\./s);
    expect(opened).toBe(0);
  });

  it('a read model that nobody registered', async () => {
    @Injectable()
    class Service {
      constructor(@InjectReadModel(balances) readonly read: unknown) {}
    }

    await expect(start({ imports: rootOf(), providers: [Service] })).rejects.toThrow(
      /Service.*EverfoldModule\.forFeature\(\['balances'\]\)/s,
    );
  });

  it('what is no projection', () => {
    expect(() => InjectReadModel({ name: 'x' })).toThrow(/'x' is no projection/);
    expect(() => getReadModelToken(undefined as never)).toThrow(/third file/);
  });

  it('a projection that was changed under its version', async () => {
    const eventStore = lasting();
    const app = await startBalances({ eventStore });
    await app.close();
    const changed = projection<Balance>('balances', { version: 1 }).on(
      MoneyDeposited,
      (document) => document,
    );

    const starting = start({
      imports: [...rootOf({ eventStore }), EverfoldModule.forFeature([changed])],
    });

    await expect(starting).rejects.toMatchObject({ code: 'PROJECTION_CHANGED' });
  });
});
