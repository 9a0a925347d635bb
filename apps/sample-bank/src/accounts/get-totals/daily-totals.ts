import { type EventContext, projection } from '@everfold/core';
import { MoneyDeposited, MoneyWithdrawn, type Movement } from '../account-events.js';

/** What moved on a day in a currency, all accounts together. */
export interface DailyTotal {
  /** The day and the currency, `2026-01-31/EUR`: their order is that of days, then of currencies. */
  readonly id: string;
  /** UTC, `YYYY-MM-DD`. */
  readonly day: string;
  readonly currency: string;
  /** Minor units of the currency, 0 or more. */
  readonly deposited: number;
  /** Minor units of the currency, 0 or more. */
  readonly withdrawn: number;
}

/** What was paid in and out on each day, by the time at which it was recorded. */
export const dailyTotals = projection<DailyTotal>('daily-totals', {
  version: 1,
  indexes: ['id'],
  initial: (id) => {
    const [day = '', currency = ''] = id.split('/');
    return { id, day, currency, deposited: 0, withdrawn: 0 };
  },
})
  .on(MoneyDeposited, (total, { amount }) => ({ ...total, deposited: total.deposited + amount }), {
    id: dayAndCurrency,
  })
  .on(MoneyWithdrawn, (total, { amount }) => ({ ...total, withdrawn: total.withdrawn + amount }), {
    id: dayAndCurrency,
  });

function dayAndCurrency({ currency }: Movement, { recordedAt }: EventContext): string {
  return `${recordedAt.toISOString().slice(0, 10)}/${currency}`;
}
