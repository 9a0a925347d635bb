import {
  type AggregateRepository,
  CommandType,
  type Committed,
  type UpdateOptions,
} from '@everfold/core';
import type { Account } from '../account.js';

/** Freeze an account. */
@CommandType('account.freeze')
export class FreezeAccount {
  /**
   * @param accountId - A UUID in lower case.
   * @param reason - Why, `''` when nobody said.
   */
  constructor(
    readonly accountId: string,
    readonly reason: string,
  ) {}
}

/** Freezes accounts. */
export class FreezeAccountHandler {
  constructor(private readonly accounts: AggregateRepository<Account>) {}

  /** @throws `AggregateNotFoundError` when there is no such account. */
  execute(
    { accountId, reason }: FreezeAccount,
    options?: UpdateOptions,
  ): Promise<Committed<Account>> {
    return this.accounts.update(accountId, (account) => account.freeze(reason), options);
  }
}
