import type { EventStream, RecordedEvent } from './event-store.js';

/**
 * Makes an {@link EventStream} of a function that starts a read. It is called once for each iteration, when that begins.
 *
 * @param batches - Yields non-empty batches in order; ends or throws as the read does.
 */
export function eventStream(batches: () => AsyncIterable<readonly RecordedEvent[]>): EventStream {
  return {
    batches,
    async *[Symbol.asyncIterator]() {
      for await (const batch of batches()) yield* batch;
    },
  };
}
