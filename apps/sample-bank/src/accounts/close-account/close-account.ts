import {
  type AggregateRepository,
  CommandType,
  type Committed,
  type UpdateOptions,
} from '@everfold/core';
import type { Account } from '../account.js';

/** Close an account for ever. */
@CommandType('account.close')
export class CloseAccount {
  /**
   * @param accountId - A UUID in lower case.
   * @param reason - Why, `''` when nobody said.
   */
  constructor(
    readonly accountId: string,
    readonly reason: string,
  ) {}
}

/** Closes accounts. */
export class CloseAccountHandler {
  constructor(private readonly accounts: AggregateRepository<Account>) {}

  /** @throws `AggregateNotFoundError` when there is no such account. */
  execute(
    { accountId, reason }: CloseAccount,
    options?: UpdateOptions,
  ): Promise<Committed<Account>> {
    return this.accounts.update(accountId, (account) => account.close(reason), options);
  }
}
