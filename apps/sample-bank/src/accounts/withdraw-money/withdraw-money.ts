import {
  type AggregateRepository,
  CommandType,
  type Committed,
  type UpdateOptions,
} from '@everfold/core';
import type { Account } from '../account.js';

/** Pay money out of an account. */
@CommandType('account.withdraw')
export class WithdrawMoney {
  /**
   * @param accountId - A UUID in lower case.
   * @param amount - Minor units of the account's currency, above 0.
   * @param reference - What the customer wrote, `''` when nothing.
   */
  constructor(
    readonly accountId: string,
    readonly amount: number,
    readonly reference: string,
  ) {}
}

/** Pays money out. */
export class WithdrawMoneyHandler {
  constructor(private readonly accounts: AggregateRepository<Account>) {}

  /** @throws `AggregateNotFoundError` when there is no such account. */
  execute(command: WithdrawMoney, options?: UpdateOptions): Promise<Committed<Account>> {
    const { accountId, amount, reference } = command;
    return this.accounts.update(
      accountId,
      (account) => account.withdraw(amount, reference),
      options,
    );
  }
}
