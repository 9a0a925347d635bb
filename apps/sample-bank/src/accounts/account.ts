import { Aggregate, AggregateRoot, On, streamName } from '@everfold/core';
import {
  AccountClosed,
  AccountFrozen,
  AccountOpened,
  AccountUnfrozen,
  MoneyDeposited,
  MoneyWithdrawn,
  type Movement,
} from './account-events.js';
import {
  AccountIsClosed,
  AccountIsFrozen,
  BalanceLimitReached,
  BalanceNotZero,
  InsufficientFunds,
} from './account-refusals.js';

/** Whether an account may be used. */
export type AccountStatus = 'open' | 'frozen' | 'closed';

/** An account as the bank shows it. Amounts are minor units of `currency`. */
export interface AccountView {
  readonly id: string;
  readonly owner: string;
  readonly currency: string;
  readonly status: AccountStatus;
  readonly balance: number;
  /** How far below 0 the balance may go. */
  readonly overdraftLimit: number;
  /** The 0-based revision that this is the state of. */
  readonly revision: number;
}

/** The stream that an account's events lie in. */
export function streamOf(accountId: string): string {
  return streamName('account', accountId);
}

/** What an account is opened with. */
export interface AccountTerms {
  readonly owner: string;
  /** ISO 4217. */
  readonly currency: string;
  /** Minor units, 0 or more. */
  readonly overdraftLimit: number;
}

/**
 * One customer's money in one currency: decides what may be paid in and out, and whether it may be used at all.
 *
 * Whatever is asked of it, a closed account refuses with {@link AccountIsClosed}, and a frozen one, but for
 * {@link Account.unfreeze}, with {@link AccountIsFrozen}.
 */
@Aggregate('account')
export class Account extends AggregateRoot {
  private owner = '';
  private currency = '';
  private overdraftLimit = 0;
  private status: AccountStatus = 'open';
  private balance = 0;

  /** Opens the account, with nothing in it. */
  open({ owner, currency, overdraftLimit }: AccountTerms): void {
    this.apply(new AccountOpened({ owner, currency, overdraftLimit }));
  }

  /**
   * Pays money in.
   *
   * @param amount - Minor units, above 0.
   * @throws {@link BalanceLimitReached} when the balance could no longer be counted exactly.
   */
  deposit(amount: number, reference = ''): void {
    this.assertUsable();
    if (amount > Number.MAX_SAFE_INTEGER - this.balance) throw new BalanceLimitReached();
    this.apply(new MoneyDeposited(this.movement(amount, this.balance + amount, reference)));
  }

  /**
   * Pays money out.
   *
   * @param amount - Minor units, above 0.
   * @throws {@link InsufficientFunds} when it would overdraw the account beyond the agreed limit.
   */
  withdraw(amount: number, reference = ''): void {
    this.assertUsable();
    const available = this.balance + this.overdraftLimit;
    if (amount > available) throw new InsufficientFunds(amount, available);
    this.apply(new MoneyWithdrawn(this.movement(amount, this.balance - amount, reference)));
  }

  /** Stops everything but {@link unfreeze}. */
  freeze(reason = ''): void {
    this.assertUsable();
    this.apply(new AccountFrozen({ reason }));
  }

  /** Lets a frozen account be used again; an open one is left as it is. */
  unfreeze(reason = ''): void {
    this.assertNotClosed();
    if (this.status === 'frozen') this.apply(new AccountUnfrozen({ reason }));
  }

  /**
   * Ends the account.
   *
   * @throws {@link BalanceNotZero} when there is money in it, or missing.
   */
  close(reason = ''): void {
    this.assertUsable();
    if (this.balance !== 0) throw new BalanceNotZero(this.balance);
    this.apply(new AccountClosed({ reason }));
  }

  /** The account as the bank shows it. */
  view(): AccountView {
    const { id, owner, currency, status, balance, overdraftLimit, revision } = this;
    return { id, owner, currency, status, balance, overdraftLimit, revision };
  }

  @On(AccountOpened)
  protected onOpened({ owner, currency, overdraftLimit }: AccountOpened): void {
    this.owner = owner;
    this.currency = currency;
    this.overdraftLimit = overdraftLimit;
  }

  @On(MoneyDeposited)
  protected onDeposited({ balance }: MoneyDeposited): void {
    this.balance = balance;
  }

  @On(MoneyWithdrawn)
  protected onWithdrawn({ balance }: MoneyWithdrawn): void {
    this.balance = balance;
  }

  @On(AccountFrozen)
  protected onFrozen(): void {
    this.status = 'frozen';
  }

  @On(AccountUnfrozen)
  protected onUnfrozen(): void {
    this.status = 'open';
  }

  @On(AccountClosed)
  protected onClosed(): void {
    this.status = 'closed';
  }

  private assertUsable(): void {
    this.assertNotClosed();
    if (this.status === 'frozen') throw new AccountIsFrozen();
  }

  private assertNotClosed(): void {
    if (this.status === 'closed') throw new AccountIsClosed();
  }

  private movement(amount: number, balance: number, reference: string): Movement {
    return { amount, currency: this.currency, balance, reference };
  }
}
