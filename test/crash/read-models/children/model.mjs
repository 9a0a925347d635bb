// The projection of the crash tests. Its documents remember the order of everything that was folded into them, so that one event
// left out, folded twice or in another order shows.
import { createHash } from 'node:crypto';
import { Event, projection } from '@everfold/core';

export class Opened extends Event('crash.opened') {}
export class Deposited extends Event('crash.deposited') {}
export class Moved extends Event('crash.moved') {}
export class Closed extends Event('crash.closed') {}

function chain(before, eventId) {
  return createHash('sha256').update(before).update(eventId).digest('hex').slice(0, 24);
}

const seen = (document, { eventId, recordedAt }, amount) => ({
  ...document,
  balance: document.balance + amount,
  count: document.count + 1,
  chain: chain(document.chain, eventId),
  last: recordedAt,
});

export const accounts = projection('crash-accounts', { version: 1, indexes: ['balance'], batch: { maxEvents: 200, maxDelayMs: 5 } })
  .start(Opened, ({ owner }, { documentId, eventId, recordedAt }) => ({
    id: documentId,
    owner,
    balance: 0,
    count: 1,
    chain: chain('', eventId),
    last: recordedAt,
  }))
  .on(Deposited, (document, { amount }, context) => seen(document, context, amount))
  // Of two documents, which lie in different segments as a rule.
  .on(Moved, (document, { from, amount }, context) => seen(document, context, document.id === from ? -amount : amount), {
    id: ({ from, to }) => [from, to],
  })
  .remove(Closed);
