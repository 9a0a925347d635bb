import { backOff } from '../backoff.js';
import { AppendOutcomeUnknownError } from '../event-store/errors.js';
import type { AppendResult, EventStore, NewEvent, NonEmpty } from '../event-store/event-store.js';

/** @internal What is to be appended, and where. */
export interface ExactAppend {
  readonly stream: string;
  readonly events: readonly NewEvent[];
  readonly expected: number | 'no-stream';
  readonly signal: AbortSignal | undefined;
}

const BACKOFF = { baseMs: 20, maxMs: 1_000 };

/**
 * @internal Appends at an exact place. When the outcome is unknown the same events are appended again with the same ids and the
 * same revision, which is harmless whether they were written or not.
 *
 * @param repeats - How often, before the unknown outcome is passed on.
 */
export async function appendRepeating(
  store: EventStore,
  { stream, events, expected, signal }: ExactAppend,
  repeats: number,
): Promise<AppendResult> {
  const toAppend = events as unknown as NonEmpty<NewEvent>;
  for (let repeat = 0; ; ) {
    try {
      return await store.append(
        stream,
        toAppend,
        repeat === 0 ? { expected, signal } : { expected },
      );
    } catch (error) {
      repeat += 1;
      if (!(error instanceof AppendOutcomeUnknownError) || repeat > repeats || signal?.aborted)
        throw error;
      await backOff(repeat, BACKOFF);
    }
  }
}
