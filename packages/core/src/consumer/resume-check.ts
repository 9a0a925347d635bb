import { CheckpointAheadOfLogError } from '../event-store/errors.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Checkpoint } from './records.js';
import type { Stretch } from './work.js';

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

/**
 * @internal The last event that was looked at, handled or not, for the checkpoint to name; `undefined` where it is the last event of
 * the stretch, or where none can be seen.
 */
export async function lastLookedAt(
  store: EventStore,
  { events, position }: Pick<Stretch, 'events' | 'position'>,
): Promise<Stretch['last']> {
  if (events.at(-1)?.position === position || (await store.head()) === undefined) return undefined;
  const backwards = { from: position, direction: 'backwards', limit: 1 } as const;
  for await (const { id, position: at } of store.readAll(backwards)) return { id, position: at };
  return undefined;
}
