import type { ReadOptions } from '@everfold/core';
import { Query } from '@nestjs/cqrs';

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

/** Look at what moved on an account, a page at a time; `undefined` when there is none. */
export class GetStatement extends Query<StatementPage | undefined> {
  /**
   * @param accountId - A UUID in lower case.
   * @param limit - The most items of the page, 1 or more.
   * @param after - Begin behind this revision; `undefined`: with the first movement.
   * @param freshness - What the answer must have seen.
   */
  constructor(
    readonly accountId: string,
    readonly limit: number,
    readonly after: number | undefined,
    readonly freshness: ReadOptions,
  ) {
    super();
  }
}
