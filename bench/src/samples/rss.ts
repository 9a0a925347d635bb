import { newEventId } from '@everfold/core';
import { depositEvent, streamNames } from '../workload/events.js';
import { goThrough } from '../workload/in-flight.js';
import { openStore } from '../workload/store.js';
import { rssAnonMb } from './rss-anon.js';
import type { RssSample, Sampled } from './sample.js';

const STREAMS = 1_000;
const IN_FLIGHT = 256;

/**
 * Memory that is neither file nor map (`RssAnon`), read again and again while events are appended and then all are scanned. What
 * is mapped of the store's file is the page cache's business.
 */
export async function sampleRss(sample: RssSample): Promise<Sampled> {
  const { events, readEvery } = sample;
  const names = streamNames(STREAMS);
  const readings: number[] = [];
  await using store = await openStore(sample.store, sample.folder);
  await goThrough(
    { from: 0, to: events, inFlight: IN_FLIGHT, maxMs: Number.POSITIVE_INFINITY },
    async (index) => {
      await store.append(names[index % STREAMS] ?? '', [depositEvent(newEventId(), index)]);
      if ((index + 1) % readEvery === 0) readings.push(rssAnonMb());
    },
  );
  const appended = readings.length;
  let scanned = 0;
  for await (const batch of store.readAll().batches()) {
    const before = Math.floor(scanned / readEvery);
    scanned += batch.length;
    if (Math.floor(scanned / readEvery) > before) readings.push(rssAnonMb());
  }
  if (scanned !== events) throw new Error(`Scanned ${scanned} of ${events} events.`);
  return { value: largestDistance(readings), note: describe(readings, appended), readings };
}

function largestDistance([first = Number.NaN, ...others]: readonly number[]): number {
  return Math.max(0, ...others.map((reading) => Math.abs(reading - first)));
}

function describe(readings: readonly number[], appended: number): string {
  const range = (values: readonly number[]) =>
    `${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)} MB`;
  return `first reading ${readings[0]?.toFixed(0)} MB, while appending ${range(readings.slice(0, appended))}, while scanning ${range(readings.slice(appended))}`;
}
