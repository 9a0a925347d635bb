import { Aggregate, AggregateRoot, DomainError, Event, On } from '@everfold/core';

interface Deposit {
  readonly accountId: string;
  readonly amount: number;
  readonly currency: string;
  readonly reference: string;
}

/** The event that the bench appends everywhere. */
export class MoneyDeposited extends Event('account.money-deposited')<Deposit> {}

class DepositRefused extends DomainError {
  readonly code = 'deposit-refused';
}

/** The aggregate of the rows `command` and `command-cold`. */
@Aggregate('account')
export class Account extends AggregateRoot {
  balance = 0;
  deposits = 0;

  /** The smallest decision that needs the state. */
  deposit(deposit: Deposit): void {
    if (this.balance + deposit.amount > Number.MAX_SAFE_INTEGER) throw new DepositRefused();
    this.apply(new MoneyDeposited(deposit));
  }

  @On(MoneyDeposited) protected onDeposited({ amount }: MoneyDeposited): void {
    this.balance += amount;
    this.deposits += 1;
  }
}
