import {
  type AggregateRepository,
  CommandType,
  type Committed,
  type UpdateOptions,
} from '@everfold/core';
import { type Account, type AccountTerms } from '../account.js';

/** Open an account. */
@CommandType('account.open')
export class OpenAccount implements AccountTerms {
  /** A UUID in lower case that no account has yet. */
  readonly accountId: string;
  readonly owner: string;
  readonly currency: string;
  readonly overdraftLimit: number;

  constructor(accountId: string, { owner, currency, overdraftLimit }: AccountTerms) {
    this.accountId = accountId;
    this.owner = owner;
    this.currency = currency;
    this.overdraftLimit = overdraftLimit;
  }
}

/** Opens accounts. */
export class OpenAccountHandler {
  constructor(private readonly accounts: AggregateRepository<Account>) {}

  /** @throws `AggregateExistsError` when the id is taken. */
  execute(command: OpenAccount, options?: UpdateOptions): Promise<Committed<Account>> {
    return this.accounts.create(command.accountId, (account) => account.open(command), options);
  }
}
