// The other process of the sample `lag`: appends at a steady rate, each event to a stream of its own.
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { newEventId } from '@everfold/core';
import { openStore } from '../workload/store.js';
import type { LagSample } from './sample.js';

const sample = JSON.parse(process.argv[2] ?? '') as LagSample;
await using store = await openStore(sample.store, sample.folder);
const begun = performance.now();
const pending = new Set<Promise<unknown>>();
let appended = 0;

while (performance.now() - begun < sample.ms) {
  const due = Math.floor(((performance.now() - begun) / 1_000) * sample.appendsPerSecond);
  for (; appended < due; appended += 1) append(appended);
  await setTimeout(1);
}
await Promise.all(pending);
process.send?.({ appended });
process.disconnect();

function append(index: number): void {
  const appending = store.append(`sent-${index}`, [
    {
      id: newEventId(),
      type: 'bench.sent',
      version: 1,
      data: { sentAt: String(process.hrtime.bigint()) },
      metadata: { correlationId: randomUUID() },
    },
  ]);
  pending.add(appending);
  appending.then(
    () => pending.delete(appending),
    () => process.exit(1),
  );
}
