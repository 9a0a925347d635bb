import { DomainError } from '@everfold/core';

/** A withdrawal would overdraw the account beyond the agreed limit. */
export class InsufficientFunds extends DomainError {
  readonly code = 'insufficient-funds';
  constructor(amount: number, available: number) {
    super(`${amount} is more than the ${available} that may be withdrawn.`, {
      details: { amount, available },
    });
  }
}

/** The balance would leave the range in which every amount of minor units is exact: ±(2^53 − 1). */
export class BalanceLimitReached extends DomainError {
  readonly code = 'balance-limit';
  constructor() {
    super(`The balance would leave the range of ±${Number.MAX_SAFE_INTEGER} minor units.`);
  }
}

/** A frozen account does nothing but being unfrozen. */
export class AccountIsFrozen extends DomainError {
  readonly code = 'account-frozen';
  constructor() {
    super('The account is frozen: unfreeze it first.');
  }
}

/** A closed account does nothing any more. */
export class AccountIsClosed extends DomainError {
  readonly code = 'account-closed';
  constructor() {
    super('The account is closed, for ever.');
  }
}

/** An account with money in it, or overdrawn, cannot be closed. */
export class BalanceNotZero extends DomainError {
  readonly code = 'balance-not-zero';
  constructor(balance: number) {
    super(`The balance is ${balance}: an account is closed at 0.`, { details: { balance } });
  }
}
