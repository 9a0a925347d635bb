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
