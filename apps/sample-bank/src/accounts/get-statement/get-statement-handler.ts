import { decodeEvent, type EventStore, type RecordedEvent } from '@everfold/core';
import { InjectEventStore } from '@everfold/nestjs';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { streamOf } from '../account.js';
import { MoneyDeposited, MoneyWithdrawn, type Movement } from '../account-events.js';
import { GetStatement, type StatementItem, type StatementPage } from './get-statement.js';

const MOVEMENTS = { types: [MoneyDeposited.type, MoneyWithdrawn.type] };

/** Reads statements from the accounts' own events, each of which says the balance after it: no more is read than is shown. */
@QueryHandler(GetStatement)
export class GetStatementHandler implements IQueryHandler<GetStatement> {
  constructor(@InjectEventStore() private readonly store: EventStore) {}

  async execute({ accountId, limit, after }: GetStatement): Promise<StatementPage | undefined> {
    const stream = streamOf(accountId);
    const items: StatementItem[] = [];
    // One more than is shown tells whether there is a next page.
    for await (const event of this.store.read(stream, {
      after,
      limit: limit + 1,
      filter: MOVEMENTS,
    }))
      items.push(itemOf(event));
    if (items.length === 0 && !(await this.exists(stream))) return undefined;
    const shown = items.slice(0, limit);
    return { items: shown, next: items.length > limit ? shown.at(-1)?.revision : undefined };
  }

  private async exists(stream: string): Promise<boolean> {
    for await (const _ of this.store.read(stream, { limit: 1 })) return true;
    return false;
  }
}

function itemOf(event: RecordedEvent): StatementItem {
  const { revision, recordedAt: at } = event;
  const isDeposit = event.type === MoneyDeposited.type;
  const movement: Movement = isDeposit
    ? decodeEvent(event, MoneyDeposited)
    : decodeEvent(event, MoneyWithdrawn);
  const { amount, balance, reference } = movement;
  return { type: isDeposit ? 'deposit' : 'withdrawal', amount, balance, reference, revision, at };
}
