import { newEventId } from '../../event/ids.js';
import type {
  EventStore,
  EventStream,
  NewEvent,
  NonEmpty,
  RecordedEvent,
} from '../../event-store/event-store.js';
import { nonEmpty } from '../outcomes.js';

/** An event to append, with an id of its own. */
export function event(change: Partial<NewEvent> = {}): NewEvent {
  return {
    id: newEventId(),
    type: 'thing.happened',
    version: 1,
    data: { n: 0 },
    metadata: { correlationId: 'correlation-1' },
    ...change,
  };
}

/** So many events, numbered from 0 in their data. */
export function events(count: number, change: Partial<NewEvent> = {}): NonEmpty<NewEvent> {
  return nonEmpty(Array.from({ length: count }, (_, n) => event({ data: { n }, ...change })));
}

/** Everything that a read yields. */
export async function collect(read: EventStream): Promise<RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  for await (const recorded of read) found.push(recorded);
  return found;
}

/** The batches that a read yields. */
export async function collectBatches(read: EventStream): Promise<(readonly RecordedEvent[])[]> {
  const found: (readonly RecordedEvent[])[] = [];
  for await (const batch of read.batches()) found.push(batch);
  return found;
}

/** The ids of events, in their order. */
export function idsOf(list: readonly { readonly id: string }[]): string[] {
  return list.map(({ id }) => id);
}

/** The revisions of events, in their order. */
export function revisionsOf(list: readonly RecordedEvent[]): number[] {
  return list.map(({ revision }) => revision);
}

/** The ids in a stream, as a reader sees them. */
export async function idsIn(store: EventStore, stream: string): Promise<string[]> {
  return idsOf(await collect(store.read(stream)));
}
