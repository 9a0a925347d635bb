import {
  AggregateRepository,
  CommandType,
  On,
  type ReactorContext,
  reactor,
  withContext,
} from '@everfold/core';
import { Injectable, Logger, Module, Scope } from '@nestjs/common';
import { Command, CommandBus, CommandHandler } from '@nestjs/cqrs';
import { Test } from '@nestjs/testing';
import { EverfoldModule, getAggregateToken, InjectAggregate, Reactor } from '../src/index.js';
import { Account, AccountOpened, MoneyDeposited } from './support/account.js';
import {
  AccountsModule,
  closeAll,
  eventsOf,
  lasting,
  rootOf,
  start,
} from './support/applications.js';
import { accountsOf } from './support/balances.js';
import { met } from './support/met.js';

@Injectable()
class Mailer {
  readonly sent: { readonly to: string; readonly key: string }[] = [];
}

@Reactor('welcome-mail')
class WelcomeMail {
  constructor(private readonly mailer: Mailer) {}

  @On(AccountOpened)
  async opened({ owner: to }: AccountOpened, { key }: ReactorContext): Promise<void> {
    this.mailer.sent.push({ to, key });
  }
}

@Module({
  imports: [EverfoldModule.forFeature([WelcomeMail])],
  providers: [WelcomeMail, Mailer],
  exports: [Mailer],
})
class MailModule {}

afterEach(closeAll);

describe('A class with @Reactor', () => {
  it('has its dependencies injected, and is called once for each event', async () => {
    const app = await start({ imports: [...rootOf(), AccountsModule, MailModule] });

    for (const owner of ['Ada', 'Bob']) await accountsOf(app).create(owner, (it) => it.open(owner));

    const { sent } = app.get(Mailer);
    await met(() => sent.length === 2);
    expect(sent.map(({ to }) => to).sort()).toEqual(['Ada', 'Bob']);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(2);
  });

  it('runs once for the three modules that import it, and goes on where it was after a restart', async () => {
    @Module({ imports: [MailModule] })
    class One {}
    @Module({ imports: [MailModule, EverfoldModule.forFeature([WelcomeMail])] })
    class Two {}
    const eventStore = lasting();
    const again = () =>
      start({ imports: [...rootOf({ eventStore }), AccountsModule, MailModule, One, Two] });
    const before = await again();
    await accountsOf(before).create('a', (it) => it.open('Ada'));
    await met(() => before.get(Mailer).sent.length > 0);
    await before.close();

    const app = await again();
    await accountsOf(app).create('b', (it) => it.open('Bob'));
    await met(() => app.get(Mailer).sent.length > 0);

    expect(before.get(Mailer).sent.map(({ to }) => to)).toEqual(['Ada']);
    expect(app.get(Mailer).sent.map(({ to }) => to)).toEqual(['Bob']);
  });

  it('may be replaced in a test by what has its methods', async () => {
    const seen: object[] = [];
    const testing = await Test.createTestingModule({
      imports: [...rootOf(), AccountsModule, MailModule],
    })
      .overrideProvider(WelcomeMail)
      .useValue({ opened: async (event: object) => seen.push(event) })
      .compile();
    await testing.init();

    await testing
      .get<AggregateRepository<Account>>(getAggregateToken(Account))
      .create('a', (it) => it.open('Ada'));

    await met(() => seen.length === 1);
    await testing.close();
    expect(seen).toMatchObject([{ owner: 'Ada' }]);
  });
});

describe('A reactor', () => {
  it('is called for each event', async () => {
    const amounts: number[] = [];
    const audit = reactor('audit').on(MoneyDeposited, async ({ amount }) => {
      amounts.push(amount);
    });
    const app = await start({
      imports: [...rootOf(), AccountsModule, EverfoldModule.forFeature([audit])],
    });

    await accountsOf(app).create('a', (it) => {
      it.open('Ada');
      for (const amount of [1, 2, 3]) it.deposit(amount);
    });

    await met(() => amounts.length === 3);
    expect(amounts).toEqual([1, 2, 3]);
  });

  it('sends commands, which under its key are done once although the event is handled twice', async () => {
    @CommandType('reactors.reward')
    class Reward extends Command<void> {
      constructor(readonly accountId: string) {
        super();
      }
    }
    @CommandHandler(Reward)
    class RewardHandler {
      constructor(
        @InjectAggregate(Account) private readonly accounts: AggregateRepository<Account>,
      ) {}
      async execute({ accountId }: Reward) {
        await this.accounts.update(accountId, (it) => it.deposit(5));
      }
    }
    let attempts = 0;
    @Reactor('reward')
    class Rewards {
      constructor(private readonly commands: CommandBus) {}
      @On(AccountOpened)
      async opened(_: AccountOpened, { aggregateId, attempt, key }: ReactorContext): Promise<void> {
        attempts = attempt;
        await withContext({ commandId: key }, () => this.commands.execute(new Reward(aggregateId)));
        if (attempt === 1) throw new Error('after it was done');
      }
    }
    Logger.overrideLogger(false);
    const app = await start({
      imports: [
        ...rootOf({ retry: { baseMs: 1 } }),
        AccountsModule,
        EverfoldModule.forFeature([Rewards]),
      ],
      providers: [Rewards, RewardHandler],
    });

    await accountsOf(app).create('a', (it) => it.open('Ada'));

    await met(() => attempts === 2);
    await met(async () => (await accountsOf(app).find('a'))?.revision === 1);
    const [opened, deposited] = await eventsOf(app);
    expect(deposited?.metadata).toMatchObject({
      causationId: opened?.id,
      correlationId: opened?.metadata.correlationId,
    });
    expect(await eventsOf(app)).toHaveLength(2);
  });

  it('that is busy when the application stops may end what it does, with all that belongs to it', async () => {
    let begun = false;
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    @Reactor('late')
    class Late {
      constructor(
        @InjectAggregate(Account) private readonly accounts: AggregateRepository<Account>,
      ) {}
      @On(AccountOpened)
      async opened(_: AccountOpened, { aggregateId }: ReactorContext): Promise<void> {
        begun = true;
        await gate;
        await this.accounts.update(aggregateId, (it) => it.deposit(5));
      }
    }
    const eventStore = lasting();
    const app = await start({
      imports: [...rootOf({ eventStore }), AccountsModule, EverfoldModule.forFeature([Late])],
      providers: [Late],
    });
    await accountsOf(app).create('a', (it) => it.open('Ada'));
    await met(() => begun);

    const closing = app.close();
    await met(async () => (await refusal(app)) !== undefined);
    go();
    await closing;

    const store = await eventStore.open(AbortSignal.timeout(1_000));
    const types: string[] = [];
    for await (const { type } of store.readAll()) types.push(type);
    expect(types).toEqual(['account.opened', 'account.money-deposited']);
  });
});

describe('Set-up names the remedy of', () => {
  it('a reactor that no module provides', async () => {
    const starting = start({ imports: [...rootOf(), EverfoldModule.forFeature([WelcomeMail])] });

    await expect(starting).rejects.toThrow(/WelcomeMail is a reactor, and no module provides it/);
  });

  it('a reactor that several modules provide', async () => {
    @Module({ providers: [WelcomeMail, Mailer] })
    class Another {}

    await expect(start({ imports: [...rootOf(), MailModule, Another] })).rejects.toThrow(
      /WelcomeMail is a reactor, and 2 modules provide it/,
    );
  });

  it('a reactor that nobody runs', async () => {
    await expect(start({ imports: rootOf(), providers: [WelcomeMail, Mailer] })).rejects.toThrow(
      /WelcomeMail is a reactor that nobody runs.*forFeature\(\[WelcomeMail\]\)/,
    );
  });

  it('a reactor that is made for each request', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class OfRequest {}
    @Reactor('of-request')
    class Scoped {
      constructor(readonly it: OfRequest) {}
      @On(AccountOpened) async opened(_: AccountOpened): Promise<void> {}
    }

    const starting = start({
      imports: [...rootOf(), EverfoldModule.forFeature([Scoped])],
      providers: [Scoped, OfRequest],
    });

    await expect(starting).rejects.toThrow(/Scoped is a reactor, and depends on.*each request/);
  });

  it('a reactor without events', async () => {
    @Reactor('idle')
    class Idle {}

    const starting = start({
      imports: [...rootOf(), EverfoldModule.forFeature([Idle])],
      providers: [Idle],
    });

    await expect(starting).rejects.toThrow(/'idle', has no method with @On/);
  });

  it('a reactor with the name of another', async () => {
    const other = reactor('welcome-mail').on(MoneyDeposited, async () => undefined);

    const starting = start({
      imports: [...rootOf(), MailModule, EverfoldModule.forFeature([other])],
    });

    await expect(starting).rejects.toThrow(/Two consumers are called 'welcome-mail'/);
  });
});

async function refusal(app: Parameters<typeof accountsOf>[0]): Promise<unknown> {
  return accountsOf(app)
    .find('a')
    .then(
      () => undefined,
      (error: unknown) => error,
    );
}
