import { randomUUID } from 'node:crypto';
import { embedded } from '@everfold/embedded';
import type { BankProcess } from '../../support/bank-process.js';
import type { Answer } from '../../support/http-client.js';

/** A request that changes something, under a key of its own. */
export interface Command {
  readonly name: string;
  readonly path: string;
  readonly json: object;
  readonly key: string;
  /** What it is answered with, if at all. */
  readonly status: number;
}

/** One command of each kind, on accounts on which none is in another's way. */
export async function oneOfEach(bank: BankProcess): Promise<readonly Command[]> {
  const [rich, lost, unused] = await Promise.all([
    opened(bank, { overdraftLimit: 1_000 }),
    opened(bank),
    opened(bank),
  ]);
  const commands = [
    ['a deposit', `${rich}/deposits`, { amount: 7, reference: 'salary' }, 201],
    ['a withdrawal', `${rich}/withdrawals`, { amount: 3 }, 201],
    ['an opening', '/accounts', { owner: 'Bob', currency: 'USD', overdraftLimit: 5 }, 201],
    ['a freeze', `${lost}/freeze`, { reason: 'lost card' }, 200],
    ['a close', `${unused}/close`, {}, 200],
  ] as const;
  return commands.map(([name, path, json, status]) => ({
    name,
    path,
    json,
    status,
    key: `${name} ${randomUUID()}`,
  }));
}

/** Sends a command, as often as it is called. */
export function send(bank: BankProcess, { path, json, key }: Command): Promise<Answer> {
  return bank.send('POST', path, { json, headers: { 'Idempotency-Key': key } });
}

/** What every answer under one key has in common. */
export function told({ status, text, headers }: Answer) {
  const { etag, location, 'consistency-token': token } = headers;
  return { status, text, etag, location, token };
}

/** Whether an answer says that it is a repeat. */
export function isReplay({ headers }: Answer): boolean {
  return headers['idempotency-replayed'] === 'true';
}

/** How many events of a log each key led to. */
export async function eventsByKey(folder: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  await using store = await embedded({ folder }).open(new AbortController().signal);
  for await (const { metadata } of store.readAll()) {
    const { commandId } = metadata;
    if (commandId !== undefined) counts.set(commandId, (counts.get(commandId) ?? 0) + 1);
  }
  return counts;
}

async function opened(bank: BankProcess, terms = {}): Promise<string> {
  const json = { owner: 'Ada', currency: 'EUR', ...terms };
  const { headers } = await bank.send('POST', '/accounts', { json });
  return headers.location ?? 'no location';
}
