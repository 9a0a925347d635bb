import { randomUUID } from 'node:crypto';
import { deposit } from '../http/load.js';
import { DepositServer } from '../http/server.js';
import { percentile } from '../statistics.js';
import { goThrough } from '../workload/in-flight.js';
import type { HttpDepositSample, Sampled } from './sample.js';

/** Deposits over HTTP into a server of its own, which is warm before the clock starts. */
export async function sampleHttpDeposit(sample: HttpDepositSample): Promise<Sampled> {
  const { contender, store, folder, connections, warmUp, requests } = sample;
  await using server = await DepositServer.start(contender, store, folder);
  const { url } = server;
  const accounts = await accountsOf(sample, url);
  await deposit({ url, connections, accounts, requests: warmUp });
  const { requestsPerSecond, latencies } = await deposit({ url, connections, accounts, requests });
  return {
    value: requestsPerSecond,
    latencyMs: { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) },
  };
}

/** The bare route takes any id; the bank opens accounts. */
async function accountsOf(
  { contender, accounts, connections }: HttpDepositSample,
  url: string,
): Promise<readonly string[]> {
  const ids: string[] = [];
  if (contender === 'limit') return Array.from({ length: accounts }, () => randomUUID());
  await goThrough(
    { from: 0, to: accounts, inFlight: connections, maxMs: Number.POSITIVE_INFINITY },
    async (index) => {
      const opened = await fetch(`${url}/accounts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ owner: `Customer ${index}`, currency: 'EUR' }),
      });
      if (opened.status !== 201) throw new Error(`No account was opened: ${opened.status}.`);
      ids.push(((await opened.json()) as { readonly id: string }).id);
    },
  );
  return ids;
}
