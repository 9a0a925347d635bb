import { scenario } from '@everfold/core/testing';
import { Account } from './account.js';
import {
  AccountClosed,
  AccountFrozen,
  AccountOpened,
  AccountUnfrozen,
  MoneyDeposited,
  MoneyWithdrawn,
} from './account-events.js';
import {
  AccountIsClosed,
  AccountIsFrozen,
  BalanceLimitReached,
  BalanceNotZero,
  InsufficientFunds,
} from './account-refusals.js';

const MOST = Number.MAX_SAFE_INTEGER;

const opened = (overdraftLimit = 0) =>
  new AccountOpened({ owner: 'Ada', currency: 'EUR', overdraftLimit });
const deposited = (amount: number, balance: number, reference = '') =>
  new MoneyDeposited({ amount, currency: 'EUR', balance, reference });
const withdrawn = (amount: number, balance: number, reference = '') =>
  new MoneyWithdrawn({ amount, currency: 'EUR', balance, reference });
const frozen = (reason = '') => new AccountFrozen({ reason });
const unfrozen = (reason = '') => new AccountUnfrozen({ reason });
const closed = (reason = '') => new AccountClosed({ reason });

const EVERYTHING: readonly (readonly [string, (account: Account) => void])[] = [
  ['a deposit', (account) => account.deposit(1)],
  ['a withdrawal', (account) => account.withdraw(1)],
  ['a withdrawal beyond its limit', (account) => account.withdraw(99)],
  ['freezing', (account) => account.freeze()],
  ['closing', (account) => account.close()],
  ['unfreezing', (account) => account.unfreeze()],
];
const ALL_BUT_UNFREEZING = EVERYTHING.filter(([name]) => name !== 'unfreezing');

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

  it('is frozen for a reason', () =>
    scenario(Account)
      .given(opened())
      .when((account) => account.freeze('lost card'))
      .expectEvents(frozen('lost card')));

  it.each(ALL_BUT_UNFREEZING)('refuses %s while it is frozen', (_, change) =>
    scenario(Account)
      .given(opened(), deposited(5, 5), frozen())
      .when(change)
      .expectError(AccountIsFrozen, { code: 'account-frozen' }),
  );

  it('is unfrozen for a reason', () =>
    scenario(Account)
      .given(opened(), frozen())
      .when((account) => account.unfreeze('card found'))
      .expectEvents(unfrozen('card found')));

  it('may be used again, and frozen again, once it is unfrozen', () =>
    scenario(Account)
      .given(opened(), frozen(), unfrozen())
      .when((account) => {
        account.deposit(2);
        account.freeze();
      })
      .expectEvents(deposited(2, 2), frozen()));

  it('is left as it is when it is unfrozen while it is open', () =>
    scenario(Account)
      .given(opened())
      .when((account) => account.unfreeze('to be sure'))
      .expectEvents());

  it('is closed for a reason when nothing is in it', () =>
    scenario(Account)
      .given(opened(), deposited(5, 5), withdrawn(5, 0))
      .when((account) => account.close('moved away'))
      .expectEvents(closed('moved away')));

  it('refuses to be closed with money in it, and says how much', () =>
    scenario(Account)
      .given(opened(), deposited(5, 5))
      .when((account) => account.close())
      .expectError(BalanceNotZero, { code: 'balance-not-zero', details: { balance: 5 } }));

  it('refuses to be closed while it is overdrawn', () =>
    scenario(Account)
      .given(opened(10), withdrawn(5, -5))
      .when((account) => account.close())
      .expectError(BalanceNotZero));

  it.each(EVERYTHING)('refuses %s once it is closed', (_, change) =>
    scenario(Account)
      .given(opened(), closed())
      .when(change)
      .expectError(AccountIsClosed, { code: 'account-closed' }),
  );
});
