// The other process of the sample `notify`: appends one event now and then.
import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { newEventId } from '@everfold/core';
import { openStore } from '../workload/store.js';
import { NOTIFY_STREAM } from './notify.js';
import type { NotifySample } from './sample.js';

/** Between two appends; not a multiple of anything, so that no poll is met in step. */
const PAUSE_MS = [15, 60] as const;

const sample = JSON.parse(process.argv[2] ?? '') as NotifySample;
await using store = await openStore(sample.store, sample.folder);

for (let index = 0; index < sample.appends; index += 1) {
  await setTimeout(randomInt(...PAUSE_MS));
  await store.append(NOTIFY_STREAM, [
    {
      id: newEventId(),
      type: 'bench.sent',
      version: 1,
      data: { sentAt: String(process.hrtime.bigint()) },
      metadata: { correlationId: randomUUID() },
    },
  ]);
}
process.disconnect();
