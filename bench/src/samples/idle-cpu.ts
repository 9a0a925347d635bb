import { setTimeout } from 'node:timers/promises';
import { openLog } from '../contender.js';
import { depositEvent, eventIds } from '../workload/events.js';
import { openStore } from '../workload/store.js';
import type { IdleCpuSample, Sampled } from './sample.js';

const SETTLE_MS = 1_000;
const US_PER_MS = 1_000;

/** The CPU time, user and system, of a process whose only work is a subscription that has caught up. */
export async function sampleIdleCpu(sample: IdleCpuSample): Promise<Sampled> {
  await appendOne(sample);
  await using store = await openStore(sample.store, sample.folder);
  const subscription = store.subscribe()[Symbol.asyncIterator]();
  await subscription.next();
  const stalled = subscription.next();
  stalled.catch(() => undefined);
  await setTimeout(SETTLE_MS);
  const [cpu, begun] = [process.cpuUsage(), performance.now()];
  await setTimeout(sample.ms);
  const { user, system } = process.cpuUsage(cpu);
  const wallMs = performance.now() - begun;
  return { value: ((user + system) / US_PER_MS / wallMs) * 100 };
}

async function appendOne({ contender, store, folder }: IdleCpuSample): Promise<void> {
  const log = await openLog(contender, store, folder);
  await log.append('account-0', depositEvent(eventIds(1)[0] ?? '', 0), 'any');
  await log.close();
}
