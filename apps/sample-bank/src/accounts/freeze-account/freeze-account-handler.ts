import { AggregateRepository, type Committed } from '@everfold/core';
import { InjectAggregate } from '@everfold/nestjs';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Account } from '../account.js';
import { expectedBy } from '../precondition.js';
import { FreezeAccount } from './freeze-account.js';

/** Freezes accounts. */
@CommandHandler(FreezeAccount)
export class FreezeAccountHandler implements ICommandHandler<FreezeAccount> {
  constructor(@InjectAggregate(Account) private readonly accounts: AggregateRepository<Account>) {}

  /** @throws `AggregateNotFoundError` when there is no such account. */
  execute(command: FreezeAccount): Promise<Committed<Account>> {
    const { accountId, reason } = command;
    return this.accounts.update(accountId, (account) => account.freeze(reason), {
      expected: expectedBy(command),
    });
  }
}
