import { AggregateRepository, withContext } from '@everfold/core';
import { memory } from '@everfold/memory';
import { EverfoldModule, getAggregateToken } from '@everfold/nestjs';
import { CommandBus, CqrsModule, QueryBus } from '@nestjs/cqrs';
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing';
import { Account } from '../src/accounts/account.js';
import { InsufficientFunds } from '../src/accounts/account-refusals.js';
import { DepositMoney } from '../src/accounts/deposit-money/deposit-money.js';
import { DepositMoneyHandler } from '../src/accounts/deposit-money/deposit-money-handler.js';
import { GetAccount } from '../src/accounts/get-account/get-account.js';
import { GetAccountHandler } from '../src/accounts/get-account/get-account-handler.js';
import { OpenAccount } from '../src/accounts/open-account/open-account.js';
import { OpenAccountHandler } from '../src/accounts/open-account/open-account-handler.js';
import { onlyAt } from '../src/accounts/precondition.js';
import { WithdrawMoney } from '../src/accounts/withdraw-money/withdraw-money.js';
import { WithdrawMoneyHandler } from '../src/accounts/withdraw-money/withdraw-money-handler.js';

const ID = '0193f3c4-7d1e-7a2b-9c3d-5e6f708192a3';
const TERMS = { owner: 'Ada', currency: 'EUR', overdraftLimit: 0 };

/** The use cases on a store in memory, without configuration and HTTP. */
function useCases(): TestingModuleBuilder {
  return Test.createTestingModule({
    imports: [
      CqrsModule.forRoot(),
      EverfoldModule.forRoot({ eventStore: memory() }),
      EverfoldModule.forFeature([Account]),
    ],
    providers: [OpenAccountHandler, DepositMoneyHandler, WithdrawMoneyHandler, GetAccountHandler],
  });
}

describe('use cases without HTTP', () => {
  let application: TestingModule;
  let commands: CommandBus;
  let queries: QueryBus;
  const start = async (builder: TestingModuleBuilder) => {
    application = await builder.compile();
    await application.init();
    commands = application.get(CommandBus);
    queries = application.get(QueryBus);
  };
  afterEach(() => application.close());

  it('change and show an account', async () => {
    await start(useCases());
    await commands.execute(new OpenAccount(ID, TERMS));

    const { state, revision } = await commands.execute(new DepositMoney(ID, 5, 'wages'));
    const shown = await queries.execute(new GetAccount(ID));

    expect(state.view()).toEqual({ id: ID, ...TERMS, status: 'open', balance: 5, revision });
    expect(shown).toEqual(state.view());
  });

  it('refuse by the domain’s own errors', async () => {
    await start(useCases());
    await commands.execute(new OpenAccount(ID, TERMS));

    const refused = commands.execute(new WithdrawMoney(ID, 1, ''));

    await expect(refused).rejects.toBeInstanceOf(InsufficientFunds);
  });

  it('happen once under one command id, whatever revision they are for the second time', async () => {
    await start(useCases());
    await commands.execute(new OpenAccount(ID, TERMS));
    const deposit = (revision: number) =>
      withContext({ commandId: 'once' }, () =>
        commands.execute(onlyAt(revision, new DepositMoney(ID, 5, ''))),
      );
    const first = await deposit(0);

    const repeat = await deposit(7);
    const stale = commands.execute(onlyAt(0, new DepositMoney(ID, 5, '')));

    await expect(stale).rejects.toMatchObject({ code: 'WRONG_EXPECTED_REVISION', actual: 1 });
    expect([first.repeated, repeat.repeated]).toEqual([false, true]);
    expect(repeat.token).toBe(first.token);
  });

  it('stand on whatever repository they are given', async () => {
    class Nobody extends AggregateRepository<Account> {
      create = () => Promise.reject(new Error('no accounts today'));
      update = this.create;
      find = () => Promise.resolve(undefined);
    }
    await start(useCases().overrideProvider(getAggregateToken(Account)).useClass(Nobody));

    const opened = commands.execute(new OpenAccount(ID, TERMS));

    await expect(opened).rejects.toThrow('no accounts today');
    await expect(queries.execute(new GetAccount(ID))).resolves.toBeUndefined();
  });
});
