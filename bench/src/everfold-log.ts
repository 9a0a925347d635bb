import type { EventStream } from '@everfold/core';
import { count, emptyTally, type Log, type Tally } from './log.js';
import { openStore, type StoreName } from './workload/store.js';

/** Everfold, in the shape of what it is compared with. */
export async function openEverfoldLog(store: StoreName, folder: string): Promise<Log> {
  const events = await openStore(store, folder);
  return {
    append: (stream, event, place) =>
      events.append(stream, [event], { expected: place === 'new' ? 'no-stream' : 'any' }),
    scan: () => tallyOf(events.readAll()),
    read: (stream) => tallyOf(events.read(stream)),
    close: async () => events[Symbol.asyncDispose](),
  };
}

async function tallyOf(stream: EventStream): Promise<Tally> {
  const tally = emptyTally();
  for await (const batch of stream.batches())
    for (const { data, metadata } of batch) count(tally, data, metadata);
  return tally;
}
