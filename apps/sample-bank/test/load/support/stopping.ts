import { Connection, type Sent } from './connection.js';

/** Those of 64 clients that connect anew for each request, and so may be in the middle of connecting. */
const RECONNECTING = 8;
const CLIENTS = 64;

/** A connection may lie in the system's queue for a while, unseen by a busy bank, and is reset when the bank closes its door. */
const UNSEEN_MS = 250;

/** A deposit that a client sent, or would have sent, and what became of it. */
export interface Attempt {
  readonly account: string;
  readonly amount: number;
  /** In no other request. */
  readonly reference: string;
  readonly sent: Sent;
  /** Whether it went out so long before the bank was told to stop that the bank has seen it. */
  readonly isEarly: boolean;
}

/** A load that the bank is stopped in the middle of. */
export interface Interrupted {
  readonly url: string;
  readonly accounts: readonly string[];
  /** Begins each reference, so that requests of several loads can be told apart. */
  readonly name: string;
  /** What tells the bank to stop, and after how many requests; the first first. */
  readonly signals: readonly (readonly [after: number, tell: () => void])[];
}

/** Lets 64 clients deposit, tells the bank to stop in the middle of it, and waits until no client has anybody to talk to. */
export async function interrupt(load: Interrupted): Promise<readonly Attempt[]> {
  const { url, accounts, name, signals } = load;
  const attempts: Omit<Attempt, 'isEarly'>[] = [];
  let asked = 0;
  let stoppedAt = Number.POSITIVE_INFINITY;
  const client = async (_: unknown, index: number) => {
    const connection = new Connection(Number(new URL(url).port));
    const headers = index < RECONNECTING ? { Connection: 'close' } : {};
    for (let isServed = true; isServed; ) {
      const account = accounts[asked % accounts.length] ?? '';
      const deposit = { amount: 1 + (asked % 97), reference: `${name}, deposit ${asked}` };
      asked += 1;
      const sent = await connection.post(`/accounts/${account}/deposits`, deposit, {
        'Idempotency-Key': deposit.reference,
        ...headers,
      });
      attempts.push({ account, ...deposit, sent });
      isServed = sent.kind === 'answered';
      const [, tell] = signals.find(([after]) => after === attempts.length) ?? [];
      if (tell !== undefined) stoppedAt = Math.min(stoppedAt, performance.now());
      tell?.();
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return attempts.map((attempt) => ({
    ...attempt,
    isEarly: attempt.sent.sentAt < stoppedAt - UNSEEN_MS,
  }));
}
