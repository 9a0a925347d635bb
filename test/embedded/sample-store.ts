import { join } from 'node:path';
import type { NewEvent } from '@everfold/core';
import { newEventId } from '@everfold/core';
import { EmbeddedEventStore } from '@everfold/embedded';
import { type LiveData, readLiveData } from './data-file.js';
import { until } from './patience.js';

/** Records that the index is written for at a time. */
const WINDOW = 65_536;

function event(index: number): NewEvent {
  const binary = index % 50 === 7;
  return {
    id: newEventId(),
    type: index % 3 === 0 ? 'account.opened' : 'account.größer',
    version: 1 + (index % 2),
    data: binary
      ? Buffer.from([index % 256, 0, 255])
      : { n: index, text: index % 9 === 0 ? '😀' : '' },
    metadata: { correlationId: `turn-${index}` },
  };
}

/**
 * Fills a folder with so many complete windows and a bit more: short and long streams, appends to several streams, deleted and
 * tombstoned ones, retention, bytes, Unicode. Resolves when the index of these windows is written.
 */
export async function fillSample(folder: string, windows = 1): Promise<LiveData> {
  await using store = await EmbeddedEventStore.open(folder);
  let written = 0;
  for (let turn = 0; written < windows * WINDOW + 1_500; turn += 1) {
    const appends = Array.from({ length: 40 }, (_, at) => ({
      stream: streamName(turn, at),
      events: Array.from({ length: at === 0 ? 400 : 30 }, (_, index) => event(index)) as [NewEvent],
    }));
    await store.appendToStreams(appends as [(typeof appends)[number]]);
    written += appends.reduce((sum, { events }) => sum + events.length, 0);
    if (turn % 4 === 1) await control(store, turn);
  }
  await until('the index behind the log', async () => {
    const { indexEntries } = await store.verify();
    return indexEntries > 0;
  });
  return readLiveData(join(folder, 'data.mdb'));
}

function streamName(turn: number, at: number): string {
  if (at === 0) return 'account-long';
  if (at >= 33) return `few-${turn}-${at}`;
  return at % 5 === 0 ? `größe-${turn % 8} ${at} 😀\0` : `account-${turn % 8}-${at}`;
}

async function control(store: EmbeddedEventStore, turn: number): Promise<void> {
  await store.delete(`account-${turn % 8}-1`);
  await store.tombstone(`gone-${turn}`);
  await store.setRetention(`account-${turn % 8}-2`, { maxCount: turn + 3 });
  await store.setRetention(`account-${turn % 8}-3`, { truncateBefore: 5, maxAgeMs: 1e9 });
}
