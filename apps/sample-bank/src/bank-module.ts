import { type AggregateRepository, createRepository, type EventStore } from '@everfold/core';
import { type DynamicModule, type FactoryProvider, Module, type Type } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Account } from './accounts/account.js';
import { CloseAccountHandler } from './accounts/close-account/close-account.js';
import { DepositMoneyHandler } from './accounts/deposit-money/deposit-money.js';
import { FreezeAccountHandler } from './accounts/freeze-account/freeze-account.js';
import { GetAccountHandler } from './accounts/get-account/get-account.js';
import { GetStatementHandler } from './accounts/get-statement/get-statement.js';
import { OpenAccountHandler } from './accounts/open-account/open-account.js';
import { UnfreezeAccountHandler } from './accounts/unfreeze-account/unfreeze-account.js';
import { WithdrawMoneyHandler } from './accounts/withdraw-money/withdraw-money.js';
import type { Configuration } from './configuration/configuration.js';
import { AccountsController } from './http/accounts-controller.js';
import { FreshReads } from './http/fresh-reads.js';
import { ProblemFilter } from './http/problem-filter.js';
import { OneAtATime } from './one-at-a-time.js';

const ACCOUNTS = Symbol('accounts');
const CACHED_ACCOUNTS = 10_000;
/** Against other processes on the same log; in this one changes of an account wait for each other. */
const CONFLICT_RETRIES = 10;

/** The bank's only module: the use cases, which know nothing of Nest, and their routes. */
@Module({})
export class BankModule {}

/**
 * Wires the bank to a store.
 *
 * @param store - An open store; whoever opened it closes it.
 */
export function bankOn(store: EventStore, { readTimeoutMs }: Configuration): DynamicModule {
  const repository = createRepository(store, Account, {
    cache: { maxAggregates: CACHED_ACCOUNTS },
    conflictRetries: CONFLICT_RETRIES,
  });
  return {
    module: BankModule,
    controllers: [AccountsController],
    providers: [
      { provide: APP_FILTER, useClass: ProblemFilter },
      { provide: FreshReads, useValue: new FreshReads(store, readTimeoutMs) },
      { provide: ACCOUNTS, useValue: new OneAtATime(repository) },
      onAccounts(OpenAccountHandler),
      onAccounts(DepositMoneyHandler),
      onAccounts(WithdrawMoneyHandler),
      onAccounts(CloseAccountHandler),
      onAccounts(FreezeAccountHandler),
      onAccounts(UnfreezeAccountHandler),
      onAccounts(GetAccountHandler),
      { provide: GetStatementHandler, useValue: new GetStatementHandler(store) },
    ],
  };
}

function onAccounts<H extends object>(
  handler: new (accounts: AggregateRepository<Account>) => H,
): FactoryProvider<H> {
  return {
    provide: handler as Type<H>,
    useFactory: (accounts: AggregateRepository<Account>) => new handler(accounts),
    inject: [ACCOUNTS],
  };
}
