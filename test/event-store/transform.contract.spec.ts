import { setImmediate } from 'node:timers/promises';
import { type EventTransform, type NewEvent, transformed } from '@everfold/core';
import { describeEventStoreContract } from '@everfold/core/testing';
import { MemoryEventStore, type MemoryEventStoreOptions } from '@everfold/memory';

/** Changes nothing, but takes its time, as one that fetches keys does. */
const slow: EventTransform = {
  write: later,
  read: later,
};

async function later<E extends NewEvent>(events: readonly E[]): Promise<readonly E[]> {
  if (events.length < 10) await setImmediate();
  return events;
}

async function open(options: MemoryEventStoreOptions = {}) {
  return transformed(new MemoryEventStore({ maxAppendBytes: 262_144, ...options }), slow);
}

describeEventStoreContract('a transformed store', {
  create: () => open(),
  createWithClock: (clock) => open({ clock }),
});
