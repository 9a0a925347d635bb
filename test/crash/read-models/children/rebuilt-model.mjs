// The projection that is rebuilt while it is read. Its documents tell how many events they have seen, and which, in which order.
import { createHash } from 'node:crypto';
import { projection } from '@everfold/core';
import { Deposited, Moved, Opened } from './model.mjs';

export const NAME = 'rebuilt-accounts';

function chain(before, eventId) {
  return createHash('sha256').update(before + eventId).digest('hex').slice(0, 24);
}

const seen = (document, { eventId, recordedAt }, amount) => ({
  ...document,
  balance: document.balance + amount,
  count: document.count + 1,
  chain: chain(document.chain, eventId),
  last: recordedAt,
});

/** A version of the projection. The wrong fold forgets that what is moved leaves an account. */
export function accountsOf({ version, isWrong }) {
  const moved = ({ id }, { from, amount }) => (id === from && !isWrong ? -amount : amount);
  return projection(NAME, { version, indexes: ['owner', 'balance'], batch: { maxEvents: 5_000, maxDelayMs: 50 } })
    .start(Opened, ({ owner }, { documentId, eventId, recordedAt }) => ({
      id: documentId,
      owner,
      balance: 0,
      count: 1,
      chain: chain('', eventId),
      last: recordedAt,
    }))
    .on(Deposited, (document, { amount }, context) => seen(document, context, amount))
    .on(Moved, (document, data, context) => seen(document, context, moved(document, data)), {
      id: ({ from, to }) => [from, to],
    });
}
