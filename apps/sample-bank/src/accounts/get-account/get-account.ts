import type { AggregateRepository } from '@everfold/core';
import type { Account, AccountView } from '../account.js';

/** Look at an account. */
export class GetAccount {
  /** @param accountId - A UUID in lower case. */
  constructor(readonly accountId: string) {}
}

/** Shows accounts as they stand in the log: no reader is behind. */
export class GetAccountHandler {
  constructor(private readonly accounts: AggregateRepository<Account>) {}

  /** @returns `undefined` when there is no such account. */
  async execute({ accountId }: GetAccount): Promise<AccountView | undefined> {
    const found = await this.accounts.find(accountId);
    return found?.state.view();
  }
}
