import { Event } from '@everfold/core';

/** An account was opened, with nothing in it. Amounts are minor units of `currency` (ISO 4217). */
export class AccountOpened extends Event('account.opened')<{
  readonly owner: string;
  readonly currency: string;
  readonly overdraftLimit: number;
}> {}

/**
 * What a movement of money says: the amount, above 0, in minor units of the account's currency, and the balance after it.
 * Currency and balance are repeated so that a statement and the totals of a day are folds that look nothing up.
 */
export interface Movement {
  readonly amount: number;
  readonly currency: string;
  readonly balance: number;
  /** What the customer wrote, `''` when nothing. */
  readonly reference: string;
}

/** Money was paid in. */
export class MoneyDeposited extends Event('account.money-deposited')<Movement> {}

/** Money was paid out. */
export class MoneyWithdrawn extends Event('account.money-withdrawn')<Movement> {}
