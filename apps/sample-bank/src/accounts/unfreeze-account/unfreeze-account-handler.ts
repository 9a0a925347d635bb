import { AggregateRepository, type Committed } from '@everfold/core';
import { InjectAggregate } from '@everfold/nestjs';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Account } from '../account.js';
import { expectedBy } from '../precondition.js';
import { UnfreezeAccount } from './unfreeze-account.js';

/** Unfreezes accounts. */
@CommandHandler(UnfreezeAccount)
export class UnfreezeAccountHandler implements ICommandHandler<UnfreezeAccount> {
  constructor(@InjectAggregate(Account) private readonly accounts: AggregateRepository<Account>) {}

  /** @throws `AggregateNotFoundError` when there is no such account. */
  execute(command: UnfreezeAccount): Promise<Committed<Account>> {
    const { accountId, reason } = command;
    return this.accounts.update(accountId, (account) => account.unfreeze(reason), {
      expected: expectedBy(command),
    });
  }
}
