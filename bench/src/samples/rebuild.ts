import {
  decodeEvent,
  type EventStore,
  isReadModelStore,
  type ReadModelStore,
  runConsumers,
} from '@everfold/core';
import { projectWithAct } from '../peers/act-projection.js';
import { MoneyDeposited } from '../workload/account.js';
import { balancesProjection } from '../workload/balances.js';
import { depositOf } from '../workload/events.js';
import { rateOf } from '../workload/in-flight.js';
import { openStore } from '../workload/store.js';
import { rssAnonMb } from './rss-anon.js';
import type { RebuildSample, Sampled } from './sample.js';

const READ_EVERY_MS = 100;

/**
 * Fills a read model from a log that is there. The limit reads the same log and decodes the same events, and does nothing with
 * them but to add them up.
 */
export async function sampleRebuild(sample: RebuildSample): Promise<Sampled> {
  if (sample.contender === '@rotorsoft/act-sqlite')
    return { value: rateOf(await projectWithAct(sample.folder, sample)) };
  await using store = await openStore(sample.store, sample.folder);
  await scanAndDecode(store, sample.events);
  if (sample.contender === 'limit') return { value: await scanAndDecode(store, sample.events) };
  return await rebuild(store, sample);
}

/** Reads the log, decodes each event, and proves both. */
export async function scanAndDecode(store: EventStore, events: number): Promise<number> {
  const begun = performance.now();
  let amount = 0;
  let count = 0;
  for await (const batch of store.readAll().batches())
    for (const recorded of batch) {
      amount += decodeEvent(recorded, MoneyDeposited).amount;
      count += 1;
    }
  const ms = performance.now() - begun;
  if (count !== events || amount !== amountOf(events)) throw new Error(`Scanned ${count} events.`);
  return rateOf({ count, ms });
}

async function rebuild(store: EventStore, sample: RebuildSample): Promise<Sampled> {
  if (!isReadModelStore(store)) throw new Error(`${sample.store} keeps no read models.`);
  const { events, maxEvents } = sample;
  const projection = balancesProjection(process.pid, maxEvents);
  const memory = watchMemory();
  const begun = performance.now();
  await using consumers = await runConsumers({ eventStore: store, definitions: [projection] });
  await consumers.caughtUp();
  const ms = performance.now() - begun;
  const readings = memory.end();
  await assertRight(store, `${projection.name}@${projection.version}.1`, sample);
  const [least, most] = [Math.min(...readings), Math.max(...readings)];
  return {
    value: rateOf({ count: events, ms }),
    note: `batches of ${maxEvents} events, RssAnon ${least.toFixed(0)}–${most.toFixed(0)} MB`,
    readings,
  };
}

/** A fold that leaves something out has no rate. */
export async function assertRight(
  store: ReadModelStore,
  collection: string,
  { accounts, events }: Pick<RebuildSample, 'accounts' | 'events'>,
): Promise<void> {
  let balance = 0;
  let documents = 0;
  for (let after: string | undefined; ; ) {
    const page = await store.findDocuments(collection, {
      where: [],
      orderBy: [],
      limit: 1_000,
      ...(after !== undefined && { after: { values: [], id: after } }),
    });
    for (const { document } of page) balance += (document as { balance: number }).balance;
    documents += page.length;
    after = page.at(-1)?.id;
    if (page.length < 1_000) break;
  }
  if (documents !== accounts || balance !== amountOf(events))
    throw new Error(`${documents} documents hold ${balance}, not ${amountOf(events)}.`);
}

function amountOf(events: number): number {
  let amount = 0;
  for (let index = 0; index < events; index += 1) amount += depositOf(index).amount;
  return amount;
}

function watchMemory(): { end: () => readonly number[] } {
  const readings: number[] = [];
  const timer = setInterval(() => readings.push(rssAnonMb()), READ_EVERY_MS);
  return {
    end: () => {
      clearInterval(timer);
      readings.push(rssAnonMb());
      return readings;
    },
  };
}
