import { MoneyBody, OpenAccountBody, ReasonBody } from '../bodies.js';
import type { WriteDescription } from './api-account.js';

/** POST /accounts. */
export const OPENING: WriteDescription = {
  summary: 'Open an account',
  body: OpenAccountBody,
  bodies: {
    plain: { owner: 'Ada Lovelace', currency: 'EUR' },
    overdraft: { owner: 'Ada Lovelace', currency: 'EUR', overdraftLimit: 50_000 },
  },
  after: { overdraftLimit: 0 },
  problems: [],
};

/** POST …/deposits. */
export const DEPOSIT: WriteDescription = {
  summary: 'Pay money in',
  body: MoneyBody,
  bodies: { plain: { amount: 2_500 }, reference: { amount: 2_500, reference: 'pocket money' } },
  after: { balance: 2_500, revision: 1 },
  problems: ['account-frozen', 'account-closed', 'balance-limit'],
};

/** POST …/withdrawals. */
export const WITHDRAWAL: WriteDescription = {
  summary: 'Pay money out',
  body: MoneyBody,
  bodies: { plain: { amount: 2_500 }, reference: { amount: 2_500, reference: 'pocket money' } },
  after: { balance: -2_500, revision: 1 },
  problems: ['account-frozen', 'account-closed', 'insufficient-funds'],
};

/** POST …/freeze. */
export const FREEZE: WriteDescription = {
  summary: 'Freeze an account',
  body: ReasonBody,
  bodies: { reason: { reason: 'lost card' }, none: {} },
  isBodyOptional: true,
  after: { status: 'frozen', revision: 1 },
  problems: ['account-frozen', 'account-closed'],
};

/** POST …/unfreeze. */
export const UNFREEZE: WriteDescription = {
  summary: 'Let a frozen account be used again',
  body: ReasonBody,
  bodies: { reason: { reason: 'card found' }, none: {} },
  isBodyOptional: true,
  after: { revision: 2 },
  problems: ['account-closed'],
};

/** POST …/close. */
export const CLOSE: WriteDescription = {
  summary: 'Close an account for ever',
  body: ReasonBody,
  bodies: { reason: { reason: 'moved away' }, none: {} },
  isBodyOptional: true,
  after: { status: 'closed', revision: 1 },
  problems: ['account-frozen', 'account-closed', 'balance-not-zero'],
};
