import {
  CommandInvalidError,
  CommandType,
  currentContext,
  NotAuthorisedError,
  StoreUnavailableError,
  withContext,
} from '@everfold/core';
import { ConflictException } from '@nestjs/common';
import {
  Command,
  CommandBus,
  CommandHandler,
  type ICommandHandler,
  Query,
  QueryBus,
  QueryHandler,
} from '@nestjs/cqrs';
import { IsInt } from 'class-validator';
import { type MessageReport } from '../src/index.js';
import { DepositMoney, GetBalance, OpenAccount } from './support/account.js';
import {
  AccountsModule,
  closeAll,
  eventsOf,
  rootOf,
  start,
  startAccounts,
} from './support/applications.js';

@CommandType('buses.count')
class Count extends Command<number> {
  constructor(readonly step: unknown) {
    super();
  }
}
class Untyped extends Command<string | undefined> {}
class Look extends Query<number> {
  @IsInt() readonly at: unknown;
  constructor(at: unknown) {
    super();
    this.at = at;
  }
}
@QueryHandler(Look)
class LookHandler {
  async execute({ at }: Look) {
    if (at === 13) throw new ConflictException();
    return 1;
  }
}
@CommandHandler(Untyped)
class UntypedHandler {
  async execute() {
    return currentContext().commandId;
  }
}

afterEach(closeAll);

describe('A command', () => {
  it('reaches its handler with its context, and its events the store with it', async () => {
    const app = await startAccounts();
    const commands = app.get(CommandBus);
    const context = { commandId: 'c-1', actor: 'ada', tenant: 't', correlationId: 'r' };

    const { revision } = await withContext(context, () =>
      commands.execute(new OpenAccount('a', 'Ada')),
    );

    const [event] = await eventsOf(app);
    expect(revision).toBe(0);
    expect(event?.metadata).toMatchObject({ ...context, commandIndex: 0 });
    expect(event?.metadata.commandHash).toMatch(/^[\da-f]{64}$/);
  });

  it('acts once under one id, and is told from another command', async () => {
    const app = await startAccounts();
    const commands = app.get(CommandBus);
    const deposit = (amount: number) =>
      withContext({ commandId: 'c-1' }, () => commands.execute(new DepositMoney('a', amount)));
    await commands.execute(new OpenAccount('a', 'Ada'));

    const results = await Promise.all(Array.from({ length: 10 }, () => deposit(5)));

    expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1);
    await expect(deposit(6)).rejects.toMatchObject({ code: 'COMMAND_ID_REUSED' });
    await expect(app.get(QueryBus).execute(new GetBalance('a'))).resolves.toBe(5);
  });

  it('is validated before it is handled, unless that is switched off', async () => {
    const strict = (await startAccounts()).get(CommandBus);
    const lax = (await startAccounts({ commands: { validate: false } })).get(CommandBus);
    for (const bus of [strict, lax]) await bus.execute(new OpenAccount('a', 'Ada'));

    await expect(strict.execute(new DepositMoney('a', 0.5))).rejects.toThrow(CommandInvalidError);
    await expect(lax.execute(new DepositMoney('a', 0.5))).resolves.toMatchObject({ revision: 1 });
  });

  it('is authorised before it is validated', async () => {
    const seen: unknown[] = [];
    const app = await startAccounts({
      commands: {
        authorise: (message, { actor }) => {
          seen.push(message);
          return actor === 'ada';
        },
      },
    });
    const commands = app.get(CommandBus);
    const invalid = new DepositMoney('a', 0.5);

    await expect(commands.execute(invalid)).rejects.toThrow(NotAuthorisedError);
    await expect(withContext({ actor: 'ada' }, () => commands.execute(invalid))).rejects.toThrow(
      CommandInvalidError,
    );
    await expect(app.get(QueryBus).execute(new GetBalance('a'))).rejects.toThrow(
      NotAuthorisedError,
    );
    expect(seen).toHaveLength(3);
  });

  it('is reported as accepted, refused or failed', async () => {
    const reports: MessageReport[] = [];
    const app = await start({
      imports: [
        ...rootOf({
          commands: {
            report: (report) => reports.push(report),
            isRejection: (error) => error instanceof ConflictException,
          },
        }),
        AccountsModule,
      ],
      providers: [LookHandler],
    });
    const commands = app.get(CommandBus);
    const queries = app.get(QueryBus);
    await commands.execute(new OpenAccount('a', 'Ada'));

    await commands.execute(new DepositMoney('a', 2_000)).catch(() => undefined);
    await commands.execute(new DepositMoney('a', -1)).catch(() => undefined);
    await commands.execute(new DepositMoney('b', 1)).catch(() => undefined);
    await queries.execute(new GetBalance('a'));
    await queries.execute(new Look(13)).catch(() => undefined);

    expect(reports.map(({ kind, type, outcome }) => `${kind} ${type} ${outcome}`)).toEqual([
      'command account.open accepted',
      'command account.deposit refused',
      'command account.deposit refused',
      'command account.deposit failed',
      'query GetBalance accepted',
      'query Look refused',
    ]);
  });

  it('is handled again when it failed for what may pass, and has an id', async () => {
    let runs = 0;
    @CommandHandler(Count)
    class CountHandler implements ICommandHandler<Count> {
      async execute() {
        runs += 1;
        if (runs === 1) throw new StoreUnavailableError('gone for a moment');
        return runs;
      }
    }
    const app = await start({ imports: rootOf(), providers: [CountHandler] });
    const commands = app.get(CommandBus);

    await expect(
      withContext({ commandId: 'c-1' }, () => commands.execute(new Count(1))),
    ).resolves.toBe(2);
    runs = 0;
    await expect(commands.execute(new Count(1))).rejects.toThrow('gone for a moment');
  });

  it('is not handled again when the application says that an error is a refusal', async () => {
    let runs = 0;
    @CommandHandler(Count)
    class CountHandler implements ICommandHandler<Count> {
      async execute(): Promise<number> {
        runs += 1;
        throw new StoreUnavailableError('closed for today');
      }
    }
    const isRejection = (error: unknown) => error instanceof StoreUnavailableError;
    const app = await start({
      imports: rootOf({ commands: { isRejection } }),
      providers: [CountHandler],
    });

    await expect(
      withContext({ commandId: 'c-1' }, () => app.get(CommandBus).execute(new Count(1))),
    ).rejects.toThrow('closed for today');
    expect(runs).toBe(1);
  });

  it('rejects when nobody handles it, and does not throw at once', async () => {
    const app = await startAccounts();
    const commands = app.get(CommandBus);

    const running = commands.execute(new Count(1));

    await expect(running).rejects.toThrow(/Count/);
    await expect(app.get(QueryBus).execute(new Look(1))).rejects.toThrow(/Look/);
  });

  it('without a type is handled, and refused under an id', async () => {
    const app = await start({ imports: rootOf(), providers: [UntypedHandler] });
    const commands = app.get(CommandBus);

    await expect(commands.execute(new Untyped())).resolves.toBeUndefined();
    await expect(
      withContext({ commandId: 'c-1' }, () => commands.execute(new Untyped())),
    ).rejects.toThrow(/Untyped.*@CommandType/);
  });

  it('may be handled within another one, under the same id', async () => {
    @CommandHandler(Count)
    class Both {
      constructor(private readonly commands: CommandBus) {}
      async execute() {
        await this.commands.execute(new OpenAccount('a', 'Ada'));
        await this.commands.execute(new DepositMoney('a', 5));
        const { revision } = await this.commands.execute(new DepositMoney('a', 5));
        return revision;
      }
    }
    const app = await start({ imports: [...rootOf(), AccountsModule], providers: [Both] });
    const run = () =>
      withContext({ commandId: 'c-1' }, () => app.get(CommandBus).execute(new Count(1)));

    const first = await run();
    const second = await run();

    expect([first, second]).toEqual([2, 2]);
    await expect(eventsOf(app)).resolves.toHaveLength(3);
  });
});
