import { CommandType, type Committed } from '@everfold/core';
import { Command } from '@nestjs/cqrs';
import type { Account, AccountTerms } from '../account.js';

/** Open an account. */
@CommandType('account.open')
export class OpenAccount extends Command<Committed<Account>> implements AccountTerms {
  /** A UUID in lower case that no account has yet. */
  readonly accountId: string;
  readonly owner: string;
  readonly currency: string;
  readonly overdraftLimit: number;

  constructor(accountId: string, { owner, currency, overdraftLimit }: AccountTerms) {
    super();
    this.accountId = accountId;
    this.owner = owner;
    this.currency = currency;
    this.overdraftLimit = overdraftLimit;
  }
}
