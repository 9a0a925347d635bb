import type { EventStore, Json, NewEvent, RecordedEvent } from '@everfold/core';
import { newEventId } from '@everfold/core';

/** A new event. */
export function probe(data: Json = null): NewEvent {
  const id = newEventId();
  return { id, type: 'probed', version: 1, data, metadata: { correlationId: id } };
}

/** Everything that a read yields. */
export async function collect(events: AsyncIterable<RecordedEvent>): Promise<RecordedEvent[]> {
  const all: RecordedEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** How many events a store shows. */
export async function countEvents(store: EventStore): Promise<number> {
  let count = 0;
  for await (const batch of store.readAll().batches()) count += batch.length;
  return count;
}
