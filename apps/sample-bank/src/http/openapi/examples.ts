import type { AccountView } from '../../accounts/account.js';
import { listCursor } from '../list-cursor.js';
import { statementCursor } from '../statement-cursor.js';

/** The id of the account that every example is about. */
export const EXAMPLE_ID = '0193f3c4-7d1e-7a2b-9c3d-5e6f708192a3';

/** An account that was just opened, for examples. */
export const OPENED: AccountView = {
  id: EXAMPLE_ID,
  owner: 'Ada Lovelace',
  currency: 'EUR',
  status: 'open',
  balance: 0,
  overdraftLimit: 50_000,
  revision: 0,
};

/** Where the second page of its statement begins, for examples. */
export const CURSOR = statementCursor(EXAMPLE_ID, 1);

/** A page of its statement, for examples. */
export const STATEMENT = {
  items: [
    {
      type: 'deposit',
      amount: 2_500,
      balance: 2_500,
      reference: 'pocket money',
      revision: 1,
      at: '2026-01-31T09:30:00.000Z',
    },
  ],
  next: CURSOR,
};

/** Where the second page of all accounts begins, for examples. */
export const ACCOUNTS_CURSOR = listCursor(['accounts', '{}'], EXAMPLE_ID);

/** A page of all accounts, for examples. */
export const ACCOUNTS = { items: [OPENED], next: ACCOUNTS_CURSOR };

/** Where the second page of all totals begins, for examples. */
export const TOTALS_CURSOR = listCursor(['totals', '{}'], '2026-01-31/EUR');

/** A page of all totals, for examples. */
export const TOTALS = {
  items: [{ day: '2026-01-31', currency: 'EUR', deposited: 2_500, withdrawn: 0 }],
  next: TOTALS_CURSOR,
};

/** A token as a write hands it out, for examples. */
export const TOKEN = '6f1f2b0e-52a7-4c8e-9b0d-3f6f5a1f7c11.0000000000000042';
