import { CheckpointAheadOfLogError } from '../event-store/errors.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Checkpoint } from './records.js';

/**
 * @internal Makes sure that the log is still the one that a checkpoint was taken of: a log that was restored from a backup has another
 * event there, or ends before it. An event that was scavenged is no reason.
 *
 * @throws {@link CheckpointAheadOfLogError}
 */
export async function assertResumable(
  store: EventStore,
  checkpoint: Checkpoint | undefined,
): Promise<void> {
  if (checkpoint === undefined) return;
  const { position: reached, eventPosition, eventId } = checkpoint;
  const head = await store.head();
  // What a store calls the end of an empty log lies behind no event.
  const isAhead = head === undefined ? eventPosition !== undefined : head < reached;
  if (isAhead) throw new CheckpointAheadOfLogError(reached, head);
  if (eventPosition === undefined) return;
  for await (const { position, id } of store.readAll({ from: eventPosition, limit: 1 }))
    if (position === eventPosition && id !== eventId)
      throw new CheckpointAheadOfLogError(eventPosition, head);
}
