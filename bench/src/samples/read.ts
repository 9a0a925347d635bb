import { openLog } from '../contender.js';
import type { Tally } from '../log.js';
import { depositOf, streamNames } from '../workload/events.js';
import { rateOf } from '../workload/in-flight.js';
import type { ReadSample, Sampled, ScanSample } from './sample.js';

const CORRELATION_ID_LENGTH = 36;

/** Reads the whole log twice, and times the second time: code is compiled, and files are in the page cache. */
export async function sampleScan(sample: ScanSample): Promise<Sampled> {
  const log = await openLog(sample.contender, sample.store, sample.folder);
  await log.scan();
  const begun = performance.now();
  const tally = await log.scan();
  const ms = performance.now() - begun;
  await log.close();
  assertAll(tally, sample.events);
  return { value: rateOf({ count: tally.events, ms }) };
}

/** Reads streams one after the other. */
export async function sampleRead(sample: ReadSample): Promise<Sampled> {
  const { streams, reads, eventsPerStream } = sample;
  const names = streamNames(streams);
  const log = await openLog(sample.contender, sample.store, sample.folder);
  let events = 0;
  const readSome = async (from: number, to: number) => {
    for (let index = from; index < to; index += 1)
      events += (await log.read(names[index % streams] ?? '')).events;
  };
  await readSome(0, Math.ceil(reads / 4));
  events = 0;
  const begun = performance.now();
  await readSome(0, reads);
  const ms = performance.now() - begun;
  await log.close();
  if (events !== reads * eventsPerStream) throw new Error(`Read ${events} events.`);
  return { value: rateOf({ count: reads, ms }) };
}

/** A reader that leaves something out, or does not decode it, has no rate. */
function assertAll(tally: Tally, events: number): void {
  let amount = 0;
  for (let index = 0; index < events; index += 1) amount += depositOf(index).amount;
  const whole =
    tally.events === events &&
    tally.amount === amount &&
    tally.correlated === events * CORRELATION_ID_LENGTH;
  if (!whole) throw new Error(`Of ${events} events the scan saw ${JSON.stringify(tally)}.`);
}
