import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { EventStore, Position } from '@everfold/core';
import { percentile } from '../statistics.js';
import { openStore } from '../workload/store.js';
import type { NotifySample, Sampled } from './sample.js';

/** A stream that only the writer's events are in. */
export const NOTIFY_STREAM = 'notify-1';

const NS_PER_MS = 1e6;

/**
 * Another process appends now and then; here a subscription waits and nothing else happens. Each latency goes from the call of
 * `append` over there to the delivery here, so that it contains the commit.
 */
export async function sampleNotify(sample: NotifySample): Promise<Sampled> {
  await using store = await openStore(sample.store, sample.folder);
  const stop = new AbortController();
  const latencies = latenciesOf(store, await store.head(), sample.appends, stop.signal);
  const writer = fork(
    fileURLToPath(new URL('./notify-writer.js', import.meta.url)),
    [JSON.stringify(sample)],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  );
  const failed = once(writer, 'exit').then(([code]) => {
    if (code !== 0) stop.abort(new Error(`The writer ended with ${code}.`));
  });
  const readings = await latencies;
  await failed;
  return {
    value: percentile(readings, 0.99),
    note: `p50 ${percentile(readings, 0.5).toFixed(1)} ms, p99 ${percentile(readings, 0.99).toFixed(1)} ms, slowest ${Math.max(...readings).toFixed(1)} ms of ${readings.length}`,
    readings,
  };
}

async function latenciesOf(
  store: EventStore,
  head: Position | undefined,
  appends: number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const latencies: number[] = [];
  for await (const { events } of store.subscribe({ after: head, signal })) {
    const now = process.hrtime.bigint();
    for (const { stream, data } of events)
      if (stream === NOTIFY_STREAM) latencies.push(Number(now - sentAt(data)) / NS_PER_MS);
    if (latencies.length >= appends) break;
  }
  return latencies;
}

/** The monotonic clock is one for all processes of a machine. */
function sentAt(data: unknown): bigint {
  return BigInt((data as { readonly sentAt: string }).sentAt);
}
