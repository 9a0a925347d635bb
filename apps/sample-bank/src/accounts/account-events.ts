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

/** Why a customer or the bank wants it, `''` when nobody said. */
export interface Reasoned {
  readonly reason: string;
}

/** An account was frozen: nothing moves until it is unfrozen. */
export class AccountFrozen extends Event('account.frozen')<Reasoned> {}

/** A frozen account may be used again. */
export class AccountUnfrozen extends Event('account.unfrozen')<Reasoned> {}

/** An account was closed, with nothing in it, for ever. */
export class AccountClosed extends Event('account.closed')<Reasoned> {}
