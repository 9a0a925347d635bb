import type { EventStore, RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import { lastLookedAt } from './resume-check.js';
import type { ConsumerWork, Stretch } from './work.js';

/** @internal What stands behind a position, up to the size of a batch, by a bounded read; `undefined` for an empty log. */
export async function readStretch(
  eventStore: EventStore,
  { filter, batch }: Pick<ConsumerWork, 'filter' | 'batch'>,
  from: { readonly after: Position | undefined; readonly fedTo: () => Position | undefined },
): Promise<Stretch | undefined> {
  const head = await eventStore.head();
  if (head === undefined) return undefined;
  const events: RecordedEvent[] = [];
  const limit = batch.maxEvents;
  const { after, fedTo } = from;
  for await (const some of eventStore.readAll({ after, filter, limit }).batches())
    for (const event of some) events.push(event);
  const last = events.at(-1)?.position;
  if (last !== undefined && events.length >= limit)
    return { events, position: last, caughtUp: false };
  // The feed has looked at nothing that this read, which began later, has not seen.
  const stretch = { events, position: latest([head, fedTo(), last]) ?? head, caughtUp: true };
  return { ...stretch, last: await lastLookedAt(eventStore, stretch) };
}

/** @internal The first events of a stretch, at least one. @param share - How much of it, up to 1. */
export function beginningOf(stretch: Stretch, share: number): Stretch {
  const events = stretch.events.slice(0, Math.max(1, Math.ceil(stretch.events.length * share)));
  const last = events.at(-1);
  if (last === undefined || events.length === stretch.events.length) return stretch;
  return { events, position: last.position, caughtUp: false };
}

function latest(positions: readonly (Position | undefined)[]): Position | undefined {
  return positions.reduce(
    (most, position) =>
      position !== undefined && (most === undefined || position > most) ? position : most,
    undefined,
  );
}
