import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import {
  Event,
  type EventStore,
  isReadModelStore,
  projection,
  type ReadModelStore,
  runConsumers,
} from '@everfold/core';
import { mongodb } from '@everfold/mongodb';
import { percentile } from '../statistics.js';
import { mongoUrl } from '../workload/mongo-url.js';
import { OPEN_TIMEOUT_MS, openStore } from '../workload/store.js';
import type { LagSample, Sampled } from './sample.js';

/** What the other process appends. */
export class Sent extends Event('bench.sent')<{ sentAt: string }> {}

const NS_PER_MS = 1e6;

interface Last {
  readonly sentAt: string;
}

/**
 * Another process appends at a steady rate; here a projection runs. A lag goes from the call of `append` over there to the moment at
 * which the document is stored here, so that it contains both commits.
 */
export async function sampleLag(sample: LagSample): Promise<Sampled> {
  await using store = await openStore(sample.store, sample.folder);
  await using readModels = await openReadModels(store, sample);
  const lags: number[] = [];
  const last = projection<Last>('bench-last', { version: 1 }).start(Sent, ({ sentAt }) => ({
    sentAt,
  }));
  await using consumers = await runConsumers({
    eventStore: store,
    readModels: measured(readModels, lags),
    definitions: [last],
  });
  await consumers.caughtUp();
  const writer = fork(
    fileURLToPath(new URL('./lag-writer.js', import.meta.url)),
    [JSON.stringify(sample)],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  const told = once(writer, 'message');
  const [code] = (await once(writer, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`The writer ended with ${code}.`);
  const [{ appended }] = (await told) as [{ appended: number }];
  await consumers.caughtUp();
  if (lags.length !== appended) throw new Error(`${lags.length} of ${appended} were stored.`);
  return {
    value: percentile(lags, 0.99),
    note: `p50 ${percentile(lags, 0.5).toFixed(1)} ms, p99 ${percentile(lags, 0.99).toFixed(1)} ms, slowest ${lags.reduce((most, lag) => Math.max(most, lag), 0).toFixed(1)} ms of ${lags.length} appends at ${sample.appendsPerSecond}/s`,
  };
}

async function openReadModels(
  store: EventStore,
  { mongodb: database, ...sample }: LagSample,
): Promise<ReadModelStore> {
  if (database !== undefined)
    return mongodb({ url: mongoUrl(), database }).open(AbortSignal.timeout(OPEN_TIMEOUT_MS));
  if (!isReadModelStore(store)) throw new Error(`${sample.store} keeps no read models.`);
  return store;
}

/** Notes, when a save has been carried out, how old each of its documents is; every event has one of its own. */
function measured(store: ReadModelStore, lags: number[]): ReadModelStore {
  const save: ReadModelStore['save'] = async (parts) => {
    const outcomes = await store.save(parts);
    const now = process.hrtime.bigint();
    for (const { documents } of parts)
      for (const { document } of documents)
        lags.push(Number(now - BigInt((document as Last).sentAt)) / NS_PER_MS);
    return outcomes;
  };
  return new Proxy(store, {
    get: (target, key) => {
      if (key === 'save') return save;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
