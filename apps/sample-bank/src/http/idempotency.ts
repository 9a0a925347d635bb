import { BEFORE_ALL_POSITIONS, withContext } from '@everfold/core';
import { v5, v7 } from 'uuid';

/** Fixed for ever: with another one, a repeated POST /accounts would open a second account. */
const KEYS_OF_ACCOUNTS = '6f1f2b0e-52a7-4c8e-9b0d-3f6f5a1f7c11';

/** The id of a new account: from the key where there is one, so that a repeat meets the account it opened. */
export function newAccountId(key: string | undefined): string {
  return key === undefined ? v7() : v5(key, KEYS_OF_ACCOUNTS);
}

/**
 * Runs the command that an account begins with: since the account's id comes from the key, a repeat is recognised however many
 * commands came after it.
 */
export function asTheFirst<R>(run: () => Promise<R>): Promise<R> {
  return withContext({ issuedAt: BEFORE_ALL_POSITIONS }, run);
}
