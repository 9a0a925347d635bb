import { type Projection, projection } from '@everfold/core';
import { MoneyDeposited } from './account.js';

interface Balance {
  readonly id: string;
  readonly balance: number;
  readonly deposits: number;
  readonly reference: string;
}

/** The read model of the bench: one document an account, every event changes one. */
export function balancesProjection(version: number, maxEvents?: number): Projection<Balance> {
  return projection<Balance>('bench-balances', {
    version,
    batch: { maxEvents },
    initial: (id) => ({ id, balance: 0, deposits: 0, reference: '' }),
  }).on(MoneyDeposited, ({ id, balance, deposits }, { amount, reference }) => ({
    id,
    balance: balance + amount,
    deposits: deposits + 1,
    reference,
  }));
}
