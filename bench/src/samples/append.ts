import { newEventId } from '@everfold/core';
import { openLog } from '../contender.js';
import { depositEvent, eventIds, streamNames } from '../workload/events.js';
import { goThrough, rateOf } from '../workload/in-flight.js';
import type { AppendSample, Sampled, SeedSample } from './sample.js';

const NEVER = Number.POSITIVE_INFINITY;

/** Durable appends of one event each, so many at a time. */
export async function sampleAppend(sample: AppendSample): Promise<Sampled> {
  const total = sample.warmUp + sample.appends;
  const ids = eventIds(total);
  const place = sample.streams === 'new' ? 'new' : 'any';
  const names = streamNames(sample.streams === 'new' ? total : sample.streams);
  const log = await openLog(sample.contender, sample.store, sample.folder);
  const append = (index: number) =>
    log.append(names[index % names.length] ?? '', depositEvent(ids[index] ?? '', index), place);
  const { inFlight, warmUp, maxMs } = sample;
  await goThrough({ from: 0, to: warmUp, inFlight, maxMs: NEVER }, append);
  const done = await goThrough({ from: warmUp, to: total, inFlight, maxMs }, append);
  await log.close();
  return { value: rateOf(done) };
}

/** Fills a log for those who read it. */
export async function sampleSeed(sample: SeedSample): Promise<Sampled> {
  const { streams, eventsPerStream, inFlight } = sample;
  const names = streamNames(streams);
  const total = streams * eventsPerStream;
  const log = await openLog(sample.contender, sample.store, sample.folder);
  const done = await goThrough({ from: 0, to: total, inFlight, maxMs: NEVER }, (index) =>
    log.append(names[index % streams] ?? '', depositEvent(newEventId(), index), 'any'),
  );
  await log.close();
  return { value: done.count };
}
