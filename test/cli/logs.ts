import { type EventStore, type NewEvent, newEventId, type RecordedEvent } from '@everfold/core';
import { EmbeddedEventStore } from '@everfold/embedded';

/** Fills a store with events of some streams, interleaved; the third of each ten holds bytes. */
export async function fill(folder: string, events: number, streams = 7): Promise<void> {
  await using store = await EmbeddedEventStore.open(folder);
  const revisions = new Map<string, number>();
  for (let n = 0; n < events; n += 1) {
    const stream = `${n % 3 === 0 ? 'order' : 'account'}-${(n * n) % streams}`;
    const revision = revisions.get(stream) ?? -1;
    const expected = revision === -1 ? 'no-stream' : revision;
    await store.append(stream, [event(n)], { expected });
    revisions.set(stream, revision + 1);
  }
}

export function event(n: number): NewEvent {
  return {
    id: newEventId(),
    type: n % 2 === 0 ? 'even.happened' : 'odd.happened',
    version: 1 + (n % 2),
    data: n % 10 === 3 ? Uint8Array.of(0, 255, n % 256) : { n, text: 'ä\u2028\n"' },
    metadata: { correlationId: `c-${n}`, begins: n % 4 === 0 ? true : undefined },
  };
}

/** What an import must keep of every event, in the order of the log. */
export async function contentOf(folder: string): Promise<readonly object[]> {
  await using store = await EmbeddedEventStore.open(folder);
  return (await all(store)).map(({ id, stream, revision, type, version, data }) => ({
    id,
    stream,
    revision,
    type,
    version,
    data: data instanceof Uint8Array ? [...data] : data,
  }));
}

export async function all(store: EventStore): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.readAll()) events.push(event);
  return events;
}
