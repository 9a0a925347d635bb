import { projection } from '@everfold/core';
import type { AccountView } from '../account.js';
import {
  AccountClosed,
  AccountFrozen,
  AccountOpened,
  AccountUnfrozen,
  MoneyDeposited,
  MoneyWithdrawn,
} from '../account-events.js';

/** Every account as the bank shows it, found by owner and by status, in the order of ids. */
export const accountSummaries = projection<AccountView>('account-summaries', {
  version: 1,
  indexes: ['id', ['owner', 'id'], ['status', 'id'], ['owner', 'status', 'id']],
})
  .start(AccountOpened, ({ owner, currency, overdraftLimit }, { documentId, revision }) => ({
    id: documentId,
    owner,
    currency,
    status: 'open',
    balance: 0,
    overdraftLimit,
    revision,
  }))
  .on(MoneyDeposited, (account, { balance }, { revision }) => ({ ...account, balance, revision }))
  .on(MoneyWithdrawn, (account, { balance }, { revision }) => ({ ...account, balance, revision }))
  .on(AccountFrozen, (account, _, { revision }) => ({ ...account, status: 'frozen', revision }))
  .on(AccountUnfrozen, (account, _, { revision }) => ({ ...account, status: 'open', revision }))
  .on(AccountClosed, (account, _, { revision }) => ({ ...account, status: 'closed', revision }));
