import {
  type AggregateRepository,
  CommandType,
  type Committed,
  type UpdateOptions,
} from '@everfold/core';
import type { Account } from '../account.js';

/** Pay money into an account. */
@CommandType('account.deposit')
export class DepositMoney {
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

/** Pays money in. */
export class DepositMoneyHandler {
  constructor(private readonly accounts: AggregateRepository<Account>) {}

  /** @throws `AggregateNotFoundError` when there is no such account. */
  execute(command: DepositMoney, options?: UpdateOptions): Promise<Committed<Account>> {
    const { accountId, amount, reference } = command;
    return this.accounts.update(
      accountId,
      (account) => account.deposit(amount, reference),
      options,
    );
  }
}
