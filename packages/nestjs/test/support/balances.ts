import { AggregateRepository, projection, ReadModel } from '@everfold/core';
import type { INestApplication } from '@nestjs/common';
import {
  EverfoldModule,
  type EverfoldModuleOptions,
  getAggregateToken,
  getReadModelToken,
} from '../../src/index.js';
import { Account, AccountOpened, MoneyDeposited } from './account.js';
import { AccountsModule, rootOf, start } from './applications.js';

export interface Balance {
  readonly id: string;
  readonly owner: string;
  readonly balance: number;
}

/** What every account holds. */
export const balances = projection<Balance>('balances', { version: 1, indexes: ['owner'] })
  .start(AccountOpened, ({ owner }, { documentId }) => ({ id: documentId, owner, balance: 0 }))
  .on(MoneyDeposited, (document, { amount }) => ({
    ...document,
    balance: document.balance + amount,
  }));

export const feature = EverfoldModule.forFeature([balances]);

/** Accounts and their balances. */
export function startBalances(
  options: Partial<EverfoldModuleOptions> = {},
): Promise<INestApplication> {
  return start({ imports: [...rootOf(options), AccountsModule, feature] });
}

export function accountsOf(app: INestApplication): AggregateRepository<Account> {
  return app.get(getAggregateToken(Account));
}

export function readModelOf(
  app: INestApplication,
  projected: { readonly name: string },
): ReadModel<object> {
  return app.get(getReadModelToken(projected));
}

export function balancesOf(app: INestApplication): ReadModel<Balance> {
  return app.get(getReadModelToken(balances));
}
