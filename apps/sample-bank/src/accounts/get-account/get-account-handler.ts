import { AggregateRepository } from '@everfold/core';
import { InjectAggregate } from '@everfold/nestjs';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { Account, type AccountView } from '../account.js';
import { GetAccount } from './get-account.js';

/** Shows accounts as they stand in the log: no reader is behind. */
@QueryHandler(GetAccount)
export class GetAccountHandler implements IQueryHandler<GetAccount> {
  constructor(@InjectAggregate(Account) private readonly accounts: AggregateRepository<Account>) {}

  async execute({ accountId }: GetAccount): Promise<AccountView | undefined> {
    const found = await this.accounts.find(accountId);
    return found?.state.view();
  }
}
