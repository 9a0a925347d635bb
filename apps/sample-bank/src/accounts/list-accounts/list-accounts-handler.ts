import { ReadModel } from '@everfold/core';
import { InjectReadModel } from '@everfold/nestjs';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import type { AccountView } from '../account.js';
import { accountSummaries } from './account-summaries.js';
import { type AccountsPage, ListAccounts } from './list-accounts.js';

/** Looks for accounts in their summaries, which follow the log. */
@QueryHandler(ListAccounts)
export class ListAccountsHandler implements IQueryHandler<ListAccounts> {
  constructor(
    @InjectReadModel(accountSummaries) private readonly summaries: ReadModel<AccountView>,
  ) {}

  async execute({ filter, limit, after, freshness }: ListAccounts): Promise<AccountsPage> {
    const { owner, status } = filter;
    const { items, next } = await this.summaries.find(
      { where: { owner, status, id: { gt: after } }, orderBy: [['id', 'asc']], limit },
      freshness,
    );
    return { items, next: next === undefined ? undefined : items.at(-1)?.id };
  }
}
