import { scenario } from '@everfold/core/testing';
import { Account } from './account.js';
import { AccountOpened, MoneyDeposited, MoneyWithdrawn } from './account-events.js';
import { BalanceLimitReached, InsufficientFunds } from './account-refusals.js';

const MOST = Number.MAX_SAFE_INTEGER;

const opened = (overdraftLimit = 0) =>
  new AccountOpened({ owner: 'Ada', currency: 'EUR', overdraftLimit });
const deposited = (amount: number, balance: number, reference = '') =>
  new MoneyDeposited({ amount, currency: 'EUR', balance, reference });
const withdrawn = (amount: number, balance: number, reference = '') =>
  new MoneyWithdrawn({ amount, currency: 'EUR', balance, reference });

describe('Account', () => {
  it('opens with its terms and no money', () =>
    scenario(Account)
      .given()
      .when((account) => account.open({ owner: 'Ada', currency: 'EUR', overdraftLimit: 0 }))
      .expectEvents(opened()));

  it('says the balance after a deposit, and its reference', () =>
    scenario(Account)
      .given(opened(), deposited(5, 5))
      .when((account) => account.deposit(7, 'wages'))
      .expectEvents(deposited(7, 12, 'wages')));

  it('says the balance after a withdrawal, and its reference', () =>
    scenario(Account)
      .given(opened(), deposited(5, 5))
      .when((account) => account.withdraw(3, 'bread'))
      .expectEvents(withdrawn(3, 2, 'bread')));

  it('may be emptied', () =>
    scenario(Account)
      .given(opened(), deposited(5, 5))
      .when((account) => account.withdraw(5))
      .expectEvents(withdrawn(5, 0)));

  it('refuses to pay out more than it holds, and says how much it would', () =>
    scenario(Account)
      .given(opened(), deposited(5, 5), withdrawn(2, 3))
      .when((account) => account.withdraw(4))
      .expectError(InsufficientFunds, {
        code: 'insufficient-funds',
        details: { amount: 4, available: 3 },
      }));

  it('may be overdrawn down to the agreed limit', () =>
    scenario(Account)
      .given(opened(10), deposited(5, 5))
      .when((account) => account.withdraw(15))
      .expectEvents(withdrawn(15, -10)));

  it('refuses to be overdrawn beyond the agreed limit', () =>
    scenario(Account)
      .given(opened(10), withdrawn(10, -10))
      .when((account) => account.withdraw(1))
      .expectError(InsufficientFunds));

  it('takes in what makes its balance the largest exact one', () =>
    scenario(Account)
      .given(opened(), deposited(MOST - 1, MOST - 1))
      .when((account) => account.deposit(1))
      .expectEvents(deposited(1, MOST)));

  it('refuses a deposit that makes its balance larger than that', () =>
    scenario(Account)
      .given(opened(), deposited(MOST - 1, MOST - 1))
      .when((account) => account.deposit(2))
      .expectError(BalanceLimitReached, { code: 'balance-limit' }));

  it('decides on what the same change has raised before', () =>
    scenario(Account)
      .given(opened())
      .when((account) => {
        account.deposit(5);
        account.withdraw(4);
      })
      .expectEvents(deposited(5, 5), withdrawn(4, 1)));
});
