import {
  AggregateRepository,
  currentContext,
  type EventStore,
  encodeEvent,
  type MessageContext,
  newEventId,
  withContext,
} from '@everfold/core';
import { Injectable, Module } from '@nestjs/common';
import {
  CommandBus,
  CqrsModule,
  EventBus,
  EventsHandler,
  type ICommand,
  type IEventHandler,
  ofType,
  Saga,
} from '@nestjs/cqrs';
import { map, type Observable } from 'rxjs';
import { getAggregateToken, getEventStoreToken } from '../src/index.js';
import {
  Account,
  AccountOpened,
  DepositMoney,
  MoneyDeposited,
  OpenAccount,
} from './support/account.js';
import { AccountsModule, closeAll, eventsOf, rootOf, start } from './support/applications.js';

const seen: { readonly event: object; readonly context: MessageContext }[] = [];

@EventsHandler(AccountOpened, MoneyDeposited)
class Watcher implements IEventHandler<object> {
  handle(event: object): void {
    seen.push({ event, context: currentContext() });
  }
}

beforeEach(() => {
  seen.length = 0;
});
afterEach(closeAll);

const startWatched = (publishToEventBus?: boolean) =>
  start({ imports: [...rootOf({ publishToEventBus }), AccountsModule], providers: [Watcher] });

describe("Nest's EventBus", () => {
  it('hears nothing by default', async () => {
    const app = await startWatched();

    await app.get(CommandBus).execute(new OpenAccount('a', 'Ada'));

    expect(seen).toEqual([]);
  });

  it('hears of what was committed, as instances of its classes, when the command is answered', async () => {
    const app = await startWatched(true);

    await app.get(CommandBus).execute(new OpenAccount('a', 'Ada'));
    await app.get(CommandBus).execute(new DepositMoney('a', 5));

    expect(seen.map(({ event }) => event)).toEqual([
      new AccountOpened({ owner: 'Ada' }),
      new MoneyDeposited({ amount: 5 }),
    ]);
    expect(seen[0]?.event).toBeInstanceOf(AccountOpened);
  });

  it('hears of nothing that was refused, and of a repeat once', async () => {
    const app = await startWatched(true);
    const commands = app.get(CommandBus);
    const open = () =>
      withContext({ commandId: 'c-1' }, () => commands.execute(new OpenAccount('a', 'Ada')));

    await open();
    await open();
    await commands.execute(new DepositMoney('a', 2_000)).catch(() => undefined);

    expect(seen).toHaveLength(1);
  });

  it('hears once of what is appended again with the same ids, to one stream or to several', async () => {
    const app = await startWatched(true);
    const store = app.get<EventStore>(getEventStoreToken());
    const event = (id: string) =>
      encodeEvent(new AccountOpened({ owner: id }), {
        id: newEventId(),
        metadata: { correlationId: 'r-1' },
      });
    const one = event('one');
    const [two, three] = [event('two'), event('three')];
    const appendOne = () => store.append('account-1', [one], { expected: 'no-stream' });
    const appendTwo = () =>
      store.appendToStreams([
        { stream: 'account-2', events: [two], expected: 'no-stream' },
        { stream: 'account-3', events: [three], expected: 'no-stream' },
      ]);

    for (const append of [appendOne, appendOne, appendTwo, appendTwo]) await append();

    expect(seen.map((at) => at.event)).toEqual(
      ['one', 'two', 'three'].map((owner) => new AccountOpened({ owner })),
    );
  });

  it('tells its handlers who acted and why, and is no part of the command', async () => {
    const app = await startWatched(true);
    const context = { commandId: 'c-1', actor: 'ada', correlationId: 'r-1' };

    await withContext(context, () => app.get(CommandBus).execute(new OpenAccount('a', 'Ada')));

    const [event] = await eventsOf(app);
    expect(seen[0]?.context).toMatchObject({
      actor: 'ada',
      correlationId: 'r-1',
      causationId: event?.id,
    });
    expect(seen[0]?.context.commandId).toBeUndefined();
  });

  it('hears of several events in their order, and of what no command did', async () => {
    const app = await startWatched(true);
    const accounts = app.get<AggregateRepository<Account>>(getAggregateToken(Account));

    await accounts.create('a', (it) => {
      it.open('Ada');
      it.deposit(1);
      it.deposit(2);
    });

    expect(seen.map(({ event }) => event)).toEqual([
      new AccountOpened({ owner: 'Ada' }),
      new MoneyDeposited({ amount: 1 }),
      new MoneyDeposited({ amount: 2 }),
    ]);
  });

  it('calls each handler once, however many buses there are', async () => {
    @Module({ imports: [CqrsModule] })
    class Feature {}
    const app = await start({
      imports: [...rootOf({ publishToEventBus: true }), Feature, AccountsModule],
      providers: [Watcher],
    });

    await app.get(CommandBus).execute(new OpenAccount('a', 'Ada'));

    expect(seen).toHaveLength(1);
  });

  it('is that of CqrsModule.forRoot() for whom subscribes, not that of a feature', async () => {
    @Injectable()
    class Subscriber {
      constructor(readonly bus: EventBus) {}
    }
    @Module({ imports: [CqrsModule] })
    class Feature {}
    @Module({ providers: [Subscriber] })
    class Elsewhere {}
    const app = await start({
      imports: [Feature, Elsewhere, ...rootOf({ publishToEventBus: true }), AccountsModule],
    });
    const heard: unknown[] = [];
    app.get(Subscriber).bus.subscribe((event) => heard.push(event));

    await app.get(CommandBus).execute(new OpenAccount('a', 'Ada'));

    expect(heard).toEqual([new AccountOpened({ owner: 'Ada' })]);
  });

  it('calls a handler once whose module is imported three times', async () => {
    @Module({ providers: [Watcher] })
    class WatcherModule {}
    @Module({ imports: [WatcherModule] })
    class One {}
    @Module({ imports: [WatcherModule] })
    class Two {}
    const app = await start({
      imports: [...rootOf({ publishToEventBus: true }), AccountsModule, One, Two, WatcherModule],
    });

    await app.get(CommandBus).execute(new OpenAccount('a', 'Ada'));

    expect(seen).toHaveLength(1);
  });

  it('changes nothing about a commit by handlers, sagas and subscribers that throw, and goes on', async () => {
    @EventsHandler(AccountOpened)
    class Throws implements IEventHandler<AccountOpened> {
      handle(): void {
        throw new Error('the handler fails');
      }
    }
    @EventsHandler(AccountOpened)
    class Rejects implements IEventHandler<AccountOpened> {
      async handle(): Promise<void> {
        throw new Error('the handler rejects');
      }
    }
    @Injectable()
    class Sagas {
      @Saga() failing = (events: Observable<object>): Observable<ICommand> =>
        events.pipe(
          ofType(AccountOpened),
          map(() => {
            throw new Error('the saga fails');
          }),
        );
    }
    const app = await start({
      imports: [...rootOf({ publishToEventBus: true }), AccountsModule],
      providers: [Throws, Rejects, Sagas, Watcher],
    });
    const commands = app.get(CommandBus);

    await commands.execute(new OpenAccount('a', 'Ada'));
    await commands.execute(new OpenAccount('b', 'Bob'));

    expect(seen).toHaveLength(2);
    await expect(eventsOf(app)).resolves.toHaveLength(2);
  });

  it('says in the log, and nowhere else, that a publisher failed', async () => {
    const app = await startWatched(true);
    app.get(EventBus).publisher = {
      publish: () => {
        throw new Error('the broker is gone');
      },
    };

    await expect(app.get(CommandBus).execute(new OpenAccount('a', 'Ada'))).resolves.toMatchObject({
      revision: 0,
    });
  });
});
