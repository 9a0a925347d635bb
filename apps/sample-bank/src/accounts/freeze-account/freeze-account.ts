import { CommandType, type Committed } from '@everfold/core';
import { Command } from '@nestjs/cqrs';
import type { Account } from '../account.js';

/** Freeze an account. */
@CommandType('account.freeze')
export class FreezeAccount extends Command<Committed<Account>> {
  /**
   * @param accountId - A UUID in lower case.
   * @param reason - Why, `''` when nobody said.
   */
  constructor(
    readonly accountId: string,
    readonly reason: string,
  ) {
    super();
  }
}
