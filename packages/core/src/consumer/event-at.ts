import { StreamDeletedError } from '../event-store/errors.js';
import type { EventStore, RecordedEvent } from '../event-store/event-store.js';

/** @internal The event at a revision of a stream; `undefined` when the log shows it no more. */
export async function eventAt(
  eventStore: EventStore,
  stream: string,
  revision: number,
): Promise<RecordedEvent | undefined> {
  try {
    for await (const recorded of eventStore.read(stream, { from: revision, limit: 1 }))
      return recorded;
  } catch (error) {
    if (!(error instanceof StreamDeletedError)) throw error;
  }
  return undefined;
}
