import { type EventContext, projection } from '@everfold/core';
import { MoneyDeposited, MoneyWithdrawn, type Movement } from '../account-events.js';
import type { StatementItem } from './get-statement.js';

/** A movement of money on an account. */
export interface StatementEntry extends StatementItem {
  readonly accountId: string;
}

/** As long as the largest revision, so that the order of ids is the order of revisions. */
const REVISION_DIGITS = 16;

/** Each movement of money as a document of its own, so that statements may grow without end. */
export const statementEntries = projection<StatementEntry>('statement-entries', {
  version: 1,
  indexes: [['accountId', 'revision']],
})
  .start(MoneyDeposited, (moved, context) => entryOf('deposit', moved, context), { id: entryId })
  .start(MoneyWithdrawn, (moved, context) => entryOf('withdrawal', moved, context), {
    id: entryId,
  });

function entryId(_: Movement, { aggregateId, revision }: EventContext): string {
  return `${aggregateId}/${String(revision).padStart(REVISION_DIGITS, '0')}`;
}

function entryOf(
  type: StatementItem['type'],
  { amount, balance, reference }: Movement,
  { aggregateId: accountId, revision, recordedAt: at }: EventContext,
): StatementEntry {
  return { accountId, type, amount, balance, reference, revision, at };
}
