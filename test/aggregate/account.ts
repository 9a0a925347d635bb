import {
  Aggregate,
  AggregateRoot,
  aggregate,
  DomainError,
  Event,
  On,
  upcasts,
} from '@everfold/core';

export class AccountOpened extends Event('specs.account-opened')<{ owner: string }> {}
export class MoneyDeposited extends Event(
  'specs.money-deposited',
  upcasts<{ amount: number }>().to((old) => ({ ...old, reference: '' })),
  { aliases: ['specs.money-paid-in'] },
) {}
export class MoneyWithdrawn extends Event('specs.money-withdrawn')<{ amount: number }> {}
/** Raised by the class and handled by nobody: its state does not need it. */
export class AccountReviewed extends Event('specs.account-reviewed') {}

export class InsufficientFunds extends DomainError {
  readonly code = 'insufficient-funds';
}

@Aggregate('specsAccount')
export class Account extends AggregateRoot {
  private owner = '';
  private balance = 0;
  private references: string[] = [];

  get holder(): string {
    return this.owner;
  }
  get funds(): number {
    return this.balance;
  }
  get seen(): readonly string[] {
    return this.references;
  }
  open(owner: string): void {
    this.apply(new AccountOpened({ owner }));
  }
  deposit(amount: number, reference = ''): void {
    this.apply(new MoneyDeposited({ amount, reference }));
  }
  withdraw(amount: number): void {
    if (amount > this.balance) throw new InsufficientFunds('not enough');
    this.apply(new MoneyWithdrawn({ amount }));
  }
  review(): void {
    this.apply(new AccountReviewed());
  }

  @On(AccountOpened) protected onOpened({ owner }: AccountOpened): void {
    this.owner = owner;
  }
  @On(MoneyDeposited) protected onDeposited({ amount, reference }: MoneyDeposited): void {
    this.balance += amount;
    this.references.push(reference);
  }
  @On(MoneyWithdrawn) protected onWithdrawn({ amount }: MoneyWithdrawn): void {
    this.balance -= amount;
  }
}

export interface State {
  readonly status: 'new' | 'open';
  readonly balance: number;
  readonly references: readonly string[];
}

export const account = aggregate('specsAccount', {
  initial: (): State => ({ status: 'new', balance: 0, references: [] }),
})
  .on(AccountOpened, (state) => ({ ...state, status: 'open' }))
  .on(MoneyDeposited, (state, { amount, reference }) => ({
    ...state,
    balance: state.balance + amount,
    references: [...state.references, reference],
  }))
  .on(MoneyWithdrawn, (state, { amount }) => ({ ...state, balance: state.balance - amount }))
  .ignore('specs.account-reviewed');

export const opened = (owner = 'Ada') => new AccountOpened({ owner });
export const deposited = (amount: number, reference = '') =>
  new MoneyDeposited({ amount, reference });
