import { decodeEvent, type EventStore, type RecordedEvent } from '@everfold/core';
import { streamOf } from '../account.js';
import { MoneyDeposited, MoneyWithdrawn, type Movement } from '../account-events.js';

/** A movement of money, as a statement shows it. Amounts are minor units of the account's currency. */
export interface StatementItem {
  readonly type: 'deposit' | 'withdrawal';
  /** Above 0, whichever way the money went. */
  readonly amount: number;
  /** After the movement. */
  readonly balance: number;
  /** What the customer wrote, `''` when nothing. */
  readonly reference: string;
  /** The 0-based revision of the account at which it happened. */
  readonly revision: number;
  readonly at: Date;
}

/** A part of a statement. */
export interface StatementPage {
  /** Oldest first. */
  readonly items: readonly StatementItem[];
  /** The revision behind which the next page begins; `undefined` on the last one. */
  readonly next: number | undefined;
}

/** Look at what moved on an account, a page at a time. */
export class GetStatement {
  /**
   * @param accountId - A UUID in lower case.
   * @param limit - The most items of the page, 1 or more.
   * @param after - Begin behind this revision; `undefined`: with the first movement.
   */
  constructor(
    readonly accountId: string,
    readonly limit: number,
    readonly after: number | undefined,
  ) {}
}

const MOVEMENTS = { types: [MoneyDeposited.type, MoneyWithdrawn.type] };

/** Reads statements from the accounts' own events, each of which says the balance after it: no more is read than is shown. */
export class GetStatementHandler {
  constructor(private readonly store: EventStore) {}

  /** @returns `undefined` when there is no such account. */
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
