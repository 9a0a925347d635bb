import { AggregateRepository, type Committed } from '@everfold/core';
import { InjectAggregate } from '@everfold/nestjs';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Account } from '../account.js';
import { OpenAccount } from './open-account.js';

/** Opens accounts. */
@CommandHandler(OpenAccount)
export class OpenAccountHandler implements ICommandHandler<OpenAccount> {
  constructor(@InjectAggregate(Account) private readonly accounts: AggregateRepository<Account>) {}

  /** @throws `AggregateExistsError` when the id is taken. */
  execute(command: OpenAccount): Promise<Committed<Account>> {
    return this.accounts.create(command.accountId, (account) => account.open(command));
  }
}
