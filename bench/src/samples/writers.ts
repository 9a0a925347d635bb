import { openLog } from '../contender.js';
import type { Log } from '../log.js';
import { depositEvent, eventIds, streamNames } from '../workload/events.js';
import { goThrough } from '../workload/in-flight.js';
import type { Sampled, WritersSample } from './sample.js';

const APPENDS_PER_WRITER = 20;
const MAX_MS = 30_000;

/** Tries one count of writers after the other, to streams of their own, until an append fails. */
export async function sampleWriters(sample: WritersSample): Promise<Sampled> {
  const log = await openLog(sample.contender, sample.store, sample.folder);
  let survived = 0;
  for (const writers of sample.counts) {
    const failure = await failureWith(log, writers);
    if (failure !== undefined) return { value: survived, note: `with ${writers}: ${failure}` };
    survived = writers;
  }
  await log.close();
  return { value: survived };
}

async function failureWith(log: Log, writers: number): Promise<string | undefined> {
  const appends = writers * APPENDS_PER_WRITER;
  const ids = eventIds(appends);
  const names = streamNames(writers);
  try {
    await goThrough({ from: 0, to: appends, inFlight: writers, maxMs: MAX_MS }, (index) =>
      log.append(names[index % writers] ?? '', depositEvent(ids[index] ?? '', index), 'any'),
    );
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}
