import type { EventStream, RecordedEvent } from './event-store.js';

/**
 * Makes an {@link EventStream} of a function that starts a read. It is called once for each iteration, when that begins.
 *
 * @param batches - Yields non-empty batches in order; ends or throws as the read does.
 * @param signal - The signal of the reader: an abort is seen between two events of a batch too.
 */
export function eventStream(
  batches: () => AsyncIterable<readonly RecordedEvent[]>,
  signal?: AbortSignal | undefined,
): EventStream {
  return {
    batches,
    async *[Symbol.asyncIterator]() {
      for await (const batch of batches())
        for (const event of batch) {
          signal?.throwIfAborted();
          yield event;
        }
    },
  };
}
