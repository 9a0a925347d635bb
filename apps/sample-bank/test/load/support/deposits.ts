import autocannon from 'autocannon';
import { overConnections } from './connection.js';

export const CONNECTIONS = 64;

/** One deposit that was asked for, and what came back. */
export interface Deposit {
  readonly account: string;
  readonly amount: number;
  /** In no other request. */
  readonly reference: string;
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
}

/** What a load came to. */
export interface Load {
  /** Every request that went out. */
  readonly sent: number;
  /** Connections that failed, and requests that took longer than two minutes. */
  readonly errors: number;
  /** Every answer that came. */
  readonly deposits: readonly Deposit[];
}

/** Opens accounts and hands out their ids. */
export async function openAccounts(url: string, count: number): Promise<readonly string[]> {
  const ids: string[] = [];
  await overConnections(
    Number(new URL(url).port),
    CONNECTIONS,
    count,
    async (connection, index) => {
      const json = { owner: `Customer ${index}`, currency: 'EUR' };
      const answer = await connection.post('/accounts', json);
      if (answer.kind !== 'answered' || answer.status !== 201)
        throw new Error(`No account was opened: ${JSON.stringify(answer)}`);
      ids.push(JSON.parse(answer.text).id);
    },
  );
  return ids;
}

/** Lets 64 connections deposit at once, so many times together, round robin over the accounts. */
export async function depositAtOnce(
  url: string,
  accounts: readonly string[],
  amount: number,
): Promise<Load> {
  const deposits: Deposit[] = [];
  let sent = 0;
  const { errors } = await autocannon({
    url,
    connections: CONNECTIONS,
    amount,
    timeout: 120,
    requests: [
      {
        method: 'POST',
        setupRequest: (request, context) => {
          const deposit = {
            account: accounts[sent % accounts.length] ?? '',
            amount: 1 + (sent % 997),
            reference: `deposit ${sent}`,
          };
          sent += 1;
          Object.assign(context, deposit);
          return {
            ...request,
            path: `/accounts/${deposit.account}/deposits`,
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ amount: deposit.amount, reference: deposit.reference }),
          };
        },
        onResponse: (status, text, context, headers = {}) => {
          const asked = context as Pick<Deposit, 'account' | 'amount' | 'reference'>;
          deposits.push({ ...asked, status, headers: inLowerCase(headers), text });
        },
      },
    ],
  });
  return { sent, errors, deposits };
}

function inLowerCase(headers: object): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
