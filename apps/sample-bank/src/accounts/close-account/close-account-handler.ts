import { AggregateRepository, type Committed } from '@everfold/core';
import { InjectAggregate } from '@everfold/nestjs';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Account } from '../account.js';
import { expectedBy } from '../precondition.js';
import { CloseAccount } from './close-account.js';

/** Closes accounts. */
@CommandHandler(CloseAccount)
export class CloseAccountHandler implements ICommandHandler<CloseAccount> {
  constructor(@InjectAggregate(Account) private readonly accounts: AggregateRepository<Account>) {}

  /** @throws `AggregateNotFoundError` when there is no such account. */
  execute(command: CloseAccount): Promise<Committed<Account>> {
    const { accountId, reason } = command;
    return this.accounts.update(accountId, (account) => account.close(reason), {
      expected: expectedBy(command),
    });
  }
}
