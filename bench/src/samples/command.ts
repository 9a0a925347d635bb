import { type AggregateRepository, createRepository } from '@everfold/core';
import { Account } from '../workload/account.js';
import { depositOf } from '../workload/events.js';
import { goThrough, rateOf } from '../workload/in-flight.js';
import { openStore } from '../workload/store.js';
import type { CommandSample, Sampled } from './sample.js';

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Load, decide, append. With the cache every account is in it before the clock starts; without, each command meets an account
 * that nobody has touched, with the events of the seed.
 */
export async function sampleCommand(sample: CommandSample): Promise<Sampled> {
  const { accounts, inFlight, warmUp, cache } = sample;
  await using store = await openStore(sample.store, sample.folder);
  const repository = createRepository(store, Account, {
    cache: cache ? { maxAggregates: accounts } : undefined,
  });
  if (cache) await fill(repository, sample);
  const command = async (index: number) => {
    const deposit = depositOf(index);
    await repository.update(String(index % accounts), (account) => account.deposit(deposit));
  };
  await goThrough({ from: 0, to: warmUp, inFlight, maxMs: NEVER }, command);
  const to = warmUp + sample.commands;
  const done = await goThrough({ from: warmUp, to, inFlight, maxMs: NEVER }, command);
  return { value: rateOf(done) };
}

async function fill(
  repository: AggregateRepository<Account>,
  { accounts, inFlight }: CommandSample,
): Promise<void> {
  await goThrough({ from: 0, to: accounts, inFlight, maxMs: NEVER }, async (index) => {
    if ((await repository.find(String(index))) === undefined) throw new Error('Not seeded.');
  });
}
