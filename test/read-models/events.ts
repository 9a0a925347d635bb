import { Event, projection } from '@everfold/core';

export class Opened extends Event('read-models.opened')<{ owner: string }> {}
export class Paid extends Event('read-models.paid')<{ amount: number }> {}
export class Closed extends Event('read-models.closed') {}

export interface Account {
  readonly owner: string;
  readonly balance: number;
  readonly openedAt: Date;
}

/** Documents that `find` can be asked for in every way. */
export const accounts = projection<Account>('accounts', {
  version: 1,
  indexes: ['owner', ['owner', 'balance'], 'openedAt'],
})
  .start(Opened, ({ owner }, { recordedAt }) => ({ owner, balance: 0, openedAt: recordedAt }))
  .on(Paid, (account, { amount }) => ({ ...account, balance: account.balance + amount }))
  .remove(Closed);

export function account(owner: string, balance = 0, openedAt = new Date(0)): Account {
  return { owner, balance, openedAt };
}
