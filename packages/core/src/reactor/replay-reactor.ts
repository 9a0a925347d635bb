import type { Checkpoint, SegmentRecord } from '../consumer/records.js';
import { keys, toJson } from '../consumer/records.js';
import { ForeignPositionError } from '../event-store/errors.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { ReadModelStore, StoredRecord } from '../projection/read-model-store.js';
import { storedReactor } from './reactor-record.js';

/**
 * Has a reactor handle again what it has handled since a position, each event with the `key` that it had before. To be called by an
 * operator, on purpose: nothing else makes a reactor go back. It may run meanwhile, in any number of processes; events that are
 * being handled at this moment may be handled twice. Segments that have not come so far stay where they are, and parked events stay
 * parked.
 *
 * @param from - The first event to be handled again, or a place between two events; `'start'`: all of them.
 * @returns How many segments were set back.
 * @throws {@link ForeignPositionError} when the reactor follows another log, or `from` is of another one.
 * @throws TypeError when the reactor was never run here.
 */
export async function replayReactor(
  readModels: ReadModelStore,
  eventStore: EventStore,
  name: string,
  from: 'start' | Position,
): Promise<number> {
  const reactor = await storedReactor(readModels, name);
  if (reactor === undefined)
    throw new TypeError(`No reactor '${name}' was ever run on these read models.`);
  const log = await eventStore.identity();
  if (reactor.log !== log)
    throw new ForeignPositionError(`of reactor ${name}` as Position, reactor.log, log);
  const checkpoint = from === 'start' ? undefined : await checkpointBefore(eventStore, from);
  const segments = await readModels.listRecords(keys.segments(name));
  let changed = 0;
  for (const { key } of segments) if (await setBack(readModels, key, checkpoint)) changed += 1;
  return changed;
}

/** What stands before a position: positions are read, never computed. */
async function checkpointBefore(
  eventStore: EventStore,
  position: Position,
): Promise<Checkpoint | undefined> {
  const before = { direction: 'backwards', after: position, limit: 1 } as const;
  for await (const event of eventStore.readAll(before))
    return { position: event.position, eventId: event.id, eventPosition: event.position };
  return undefined;
}

/** @returns Whether the segment was set back; the epoch tells its owner, whose next write is refused. */
async function setBack(
  readModels: ReadModelStore,
  key: string,
  checkpoint: Checkpoint | undefined,
): Promise<boolean> {
  for (;;) {
    const stored = await readModels.readRecord(key);
    if (stored === undefined) return false;
    const { owner: _, stopped: __, checkpoint: reached, ...kept } = recordOf(stored);
    if (reached === undefined) return false;
    if (checkpoint !== undefined && reached.position <= checkpoint.position) return false;
    const record = { ...kept, epoch: kept.epoch + 1, ...(checkpoint && { checkpoint }) };
    if ((await readModels.writeRecord(key, toJson(record), stored.version)) !== undefined)
      return true;
  }
}

function recordOf({ value }: StoredRecord): SegmentRecord {
  return value as unknown as SegmentRecord;
}
