import type { ReadOptions } from '@everfold/core';
import { Query } from '@nestjs/cqrs';
import type { AccountStatus, AccountView } from '../account.js';

/** Which accounts are wanted; what is left out says nothing. */
export interface AccountFilter {
  /** As the account was opened for, exactly. */
  readonly owner?: string | undefined;
  readonly status?: AccountStatus | undefined;
}

/** A part of the accounts. */
export interface AccountsPage {
  /** By id, ascending. */
  readonly items: readonly AccountView[];
  /** The id behind which the next page begins; `undefined` on the last one. */
  readonly next: string | undefined;
}

/** Look for accounts, a page at a time. */
export class ListAccounts extends Query<AccountsPage> {
  /**
   * @param limit - The most items of the page, 1 or more.
   * @param after - Begin behind this id; `undefined`: with the first.
   * @param freshness - What the answer must have seen.
   */
  constructor(
    readonly filter: AccountFilter,
    readonly limit: number,
    readonly after: string | undefined,
    readonly freshness: ReadOptions,
  ) {
    super();
  }
}
