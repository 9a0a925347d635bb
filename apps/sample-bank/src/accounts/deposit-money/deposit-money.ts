import { CommandType, type Committed } from '@everfold/core';
import { Command } from '@nestjs/cqrs';
import type { Account } from '../account.js';

/** Pay money into an account. */
@CommandType('account.deposit')
export class DepositMoney extends Command<Committed<Account>> {
  /**
   * @param accountId - A UUID in lower case.
   * @param amount - Minor units of the account's currency, above 0.
   * @param reference - What the customer wrote, `''` when nothing.
   */
  constructor(
    readonly accountId: string,
    readonly amount: number,
    readonly reference: string,
  ) {
    super();
  }
}
