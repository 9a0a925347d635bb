import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecordedEvent } from '@everfold/core';
import { type Bank, startBank } from '../../src/bank.js';
import { type Answer, type Sent, send } from './http-client.js';

/** A bank in this process, on a free port. */
export interface TestBank extends Bank {
  send(method: string, path: string, sent?: Sent): Promise<Answer>;
  /** Opens an account and hands out its path. */
  open(terms?: object): Promise<string>;
  events(path: string): Promise<readonly RecordedEvent[]>;
}

/** Starts a bank on a store in memory, or as the environment given says. */
export async function startTestBank(environment: Record<string, string> = {}): Promise<TestBank> {
  const bank = await startBank(
    { EVENT_STORE: 'memory', PORT: '0', ...environment },
    new AbortController().signal,
  );
  const sendTo = (method: string, path: string, sent?: Sent) => send(bank.url, method, path, sent);
  return {
    ...bank,
    send: sendTo,
    open: async (terms = {}) => {
      const json = { owner: 'Ada', currency: 'EUR', ...terms };
      const { headers } = await sendTo('POST', '/accounts', { json });
      return headers.location ?? 'no location';
    },
    events: async (path) => {
      const events: RecordedEvent[] = [];
      const stream = path.replace('/accounts/', 'account-');
      for await (const event of bank.store.read(stream)) events.push(event);
      return events;
    },
  };
}

/** Calls `use` with an empty folder that is removed afterwards. */
export async function withFolder<R>(use: (folder: string) => Promise<R>): Promise<R> {
  const folder = await mkdtemp(join(tmpdir(), 'sample-bank-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
