import {
  type ConsistencyToken,
  createToken,
  type EventStore,
  ReadModel,
  readToken,
} from '@everfold/core';
import { InjectEventStore, InjectReadModel } from '@everfold/nestjs';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { streamOf } from '../account.js';
import { GetStatement, type StatementItem, type StatementPage } from './get-statement.js';
import { type StatementEntry, statementEntries } from './statement-entries.js';

/**
 * Shows the entries of an account. Whether there is such an account is asked of the log, of which no reader is behind; and since
 * the log tells its last change, too, a statement always has that.
 */
@QueryHandler(GetStatement)
export class GetStatementHandler implements IQueryHandler<GetStatement> {
  constructor(
    @InjectReadModel(statementEntries) private readonly entries: ReadModel<StatementEntry>,
    @InjectEventStore() private readonly store: EventStore,
  ) {}

  async execute(query: GetStatement): Promise<StatementPage | undefined> {
    const { accountId, limit, after, freshness } = query;
    const lastChange = await this.lastChangeOf(accountId);
    if (lastChange === undefined) return undefined;
    const { items, next } = await this.entries.find(
      { where: { accountId, revision: { gt: after } }, orderBy: [['revision', 'asc']], limit },
      { ...freshness, after: laterOf(lastChange, freshness.after) },
    );
    return {
      items: items.map(itemOf),
      next: next === undefined ? undefined : items.at(-1)?.revision,
    };
  }

  private async lastChangeOf(accountId: string): Promise<ConsistencyToken | undefined> {
    const last = this.store.read(streamOf(accountId), { direction: 'backwards', limit: 1 });
    for await (const { position } of last)
      return createToken(await this.store.identity(), position);
    return undefined;
  }
}

/** Both come from one log. */
function laterOf(token: ConsistencyToken, other: ConsistencyToken | undefined): ConsistencyToken {
  if (other === undefined) return token;
  return readToken(other).position > readToken(token).position ? other : token;
}

function itemOf({ type, amount, balance, reference, revision, at }: StatementEntry): StatementItem {
  return { type, amount, balance, reference, revision, at };
}
