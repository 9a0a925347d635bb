import { projection, ReadModel, ReadSession } from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';
import { Injectable, Logger } from '@nestjs/common';
import {
  EverfoldHealthIndicator,
  EverfoldModule,
  getReadModelToken,
  InjectReadModel,
  live,
} from '../src/index.js';
import { AccountOpened } from './support/account.js';
import { AccountsModule, closeAll, lasting, rootOf, start } from './support/applications.js';
import { accountsOf, type Balance, balances, readModelOf } from './support/balances.js';
import { met } from './support/met.js';

afterEach(closeAll);

describe('A live projection', () => {
  it('is injected as its read model, beside the stored one of the same projection', async () => {
    @Injectable()
    class Service {
      constructor(
        @InjectReadModel(live(balances)) readonly now: ReadModel<Balance>,
        @InjectReadModel(balances) readonly stored: ReadModel<Balance>,
      ) {}
    }
    const app = await start({
      imports: [...rootOf(), AccountsModule, EverfoldModule.forFeature([balances, live(balances)])],
      providers: [Service],
    });
    const { now, stored } = app.get(Service);

    const { token } = await accountsOf(app).create('a', (it) => it.open('Ada'));

    const both = await Promise.all([now, stored].map((it) => it.get('a', { after: token })));
    expect(both).toEqual(new Array(2).fill({ id: 'a', owner: 'Ada', balance: 0 }));
    expect(now).not.toBe(stored);
  });

  it('is complete when the application has started, and needs no store of read models', async () => {
    class Lasting extends MemoryEventStore {
      override async [Symbol.asyncDispose](): Promise<void> {}
    }
    const store = new Lasting();
    const imports = () => [
      ...rootOf({ eventStore: { open: async () => store }, consumers: 'none' }),
      AccountsModule,
      EverfoldModule.forFeature([live(balances)]),
    ];
    const before = await start({ imports: imports() });
    for (const id of ['a', 'b', 'c']) await accountsOf(before).create(id, (it) => it.open('Ada'));
    await before.close();

    const app = await start({ imports: imports() });

    const { items } = await readModelOf(app, live(balances)).find({});
    expect(items).toHaveLength(3);
  });

  it('can be read in a session', async () => {
    const app = await start({
      imports: [...rootOf(), AccountsModule, EverfoldModule.forFeature([live(balances)])],
    });
    const { token } = await accountsOf(app).create('a', (it) => it.open('Ada'));
    const session = new ReadSession(token);

    const found = await session.of(readModelOf(app, live(balances))).get('a');

    expect(found).toMatchObject({ owner: 'Ada' });
  });

  it('is one and the same, however often it is named', async () => {
    const feature = () => EverfoldModule.forFeature([live(balances)]);

    const app = await start({ imports: [...rootOf(), feature(), feature()] });

    expect(live(balances)).toBe(live(balances));
    const found = app.get<ReadModel<object>>(getReadModelToken(live(balances)), { each: true });
    expect(new Set([found].flat()).size).toBe(1);
  });

  it('says that it is not there yet to whom asks too early', async () => {
    @Injectable()
    class Eager {
      readonly early: Promise<unknown>;
      constructor(@InjectReadModel(live(balances)) read: ReadModel<Balance>) {
        this.early = read.get('a').catch((error: unknown) => error);
      }
    }

    const app = await start({
      imports: [...rootOf(), EverfoldModule.forFeature([live(balances)])],
      providers: [Eager],
    });

    await expect(app.get(Eager).early).resolves.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/'balances' is not there yet/),
    });
  });

  it('that fails makes the application unwell, and does not let it start again', async () => {
    const failing = projection<Balance>('failing', { version: 1 }).start(AccountOpened, () => {
      throw new Error('a hole in the fold');
    });
    Logger.overrideLogger(false);
    const eventStore = lasting();
    const imports = [
      ...rootOf({ eventStore }),
      AccountsModule,
      EverfoldModule.forFeature([live(failing)]),
    ];
    const app = await start({ imports });
    const health = app.get(EverfoldHealthIndicator);

    await accountsOf(app).create('a', (it) => it.open('Ada'));

    await met(async () => (await health.isHealthy()).everfold.status === 'down');
    const { everfold } = await health.isHealthy();
    expect(everfold.message).toMatch(/'failing' \(live\) is stopped: .*a hole in the fold/);
    await app.close();
    await expect(start({ imports })).rejects.toThrow(/a hole in the fold/);
  });

  it('is made of a projection', () => {
    expect(() => live({ name: 'x' } as never)).toThrow(/live\(\) takes a projection/);
    expect(() => live(undefined as never)).toThrow(/live\(\) takes a projection/);
  });
});
