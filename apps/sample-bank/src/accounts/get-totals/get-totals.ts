import type { ReadOptions } from '@everfold/core';
import { Query } from '@nestjs/cqrs';
import type { DailyTotal } from './daily-totals.js';

/** From when to when, both included; what is left out says nothing. UTC, `YYYY-MM-DD`. */
export interface Days {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** A part of the totals. */
export interface TotalsPage {
  /** By day, then by currency. */
  readonly items: readonly Omit<DailyTotal, 'id'>[];
  /** The id of the total behind which the next page begins; `undefined` on the last one. */
  readonly next: string | undefined;
}

/** Look at what moved on each day, a page at a time. */
export class GetTotals extends Query<TotalsPage> {
  /**
   * @param limit - The most items of the page, 1 or more.
   * @param after - Begin behind the total with this id; `undefined`: with the first.
   * @param freshness - What the answer must have seen.
   */
  constructor(
    readonly days: Days,
    readonly limit: number,
    readonly after: string | undefined,
    readonly freshness: ReadOptions,
  ) {
    super();
  }
}
