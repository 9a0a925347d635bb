import { createHash } from 'node:crypto';
import type { EventStore } from '@everfold/core';

/** A document of the projection, worked out by code that shares nothing with the one that is tested. */
export interface ExpectedAccount {
  readonly id: string;
  readonly owner: string;
  readonly balance: number;
  readonly count: number;
  readonly chain: string;
  readonly last: Date;
}

interface Data {
  readonly owner: string;
  readonly amount: number;
  readonly from: string;
  readonly to: string;
}

/**
 * Every document as a plain loop over the log makes it.
 *
 * @param look - Told each state that a document ever had.
 */
export async function serialFold(
  store: EventStore,
  look: (account: ExpectedAccount) => void = () => undefined,
): Promise<Map<string, ExpectedAccount>> {
  const documents = new Map<string, ExpectedAccount>();
  const set = (id: string, account: ExpectedAccount): void => {
    documents.set(id, account);
    look(account);
  };
  for await (const { type, stream, id: eventId, data, recordedAt } of store.readAll()) {
    const { owner, amount, from, to } = data as unknown as Data;
    const id = stream.slice(stream.indexOf('-') + 1);
    const add = (to: string, sum: number): void => {
      const before = documents.get(to);
      if (before === undefined) return;
      const chain = hash(before.chain + eventId);
      const { balance, count } = before;
      set(to, {
        ...before,
        balance: balance + sum,
        count: count + 1,
        chain,
        last: recordedAt,
      });
    };
    if (type === 'crash.opened')
      set(id, {
        id,
        owner,
        balance: 0,
        count: 1,
        chain: hash(eventId),
        last: recordedAt,
      });
    else if (type === 'crash.closed') documents.delete(id);
    else if (type === 'crash.deposited') add(id, amount);
    else if (type === 'crash.moved') {
      add(from, -amount);
      if (to !== from) add(to, amount);
    }
  }
  return documents;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}
