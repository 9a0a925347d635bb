import {
  type AggregateRepository,
  CommandType,
  type Committed,
  type UpdateOptions,
} from '@everfold/core';
import type { Account } from '../account.js';

/** Let a frozen account be used again. */
@CommandType('account.unfreeze')
export class UnfreezeAccount {
  /**
   * @param accountId - A UUID in lower case.
   * @param reason - Why, `''` when nobody said.
   */
  constructor(
    readonly accountId: string,
    readonly reason: string,
  ) {}
}

/** Unfreezes accounts. */
export class UnfreezeAccountHandler {
  constructor(private readonly accounts: AggregateRepository<Account>) {}

  /** @throws `AggregateNotFoundError` when there is no such account. */
  execute(
    { accountId, reason }: UnfreezeAccount,
    options?: UpdateOptions,
  ): Promise<Committed<Account>> {
    return this.accounts.update(accountId, (account) => account.unfreeze(reason), options);
  }
}
