import { ensureSegments } from '../consumer/models.js';
import type { Checkpoint } from '../consumer/records.js';
import { keys, toJson } from '../consumer/records.js';
import { ForeignPositionError } from '../event-store/errors.js';
import type { EventStore } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';
import type { ReadModelStore } from '../projection/read-model-store.js';
import type { DefinedReactor } from './definition.js';

/** @internal What is stored of a reactor: where it began, and into how many segments its work is divided. */
export interface ReactorRecord {
  readonly name: string;
  /** The identity of the log that it follows. */
  readonly log: string;
  /** Missing: at the beginning of the log. */
  readonly began?: Position | undefined;
  readonly segments: number;
}

/**
 * @internal The record and the segments of a reactor, made where they are missing. Where it begins is decided once, by who comes first.
 *
 * @throws {@link ForeignPositionError} when it was run on another log.
 * @throws TypeError when it was run with another number of segments.
 */
export async function ensureReactor(
  readModels: ReadModelStore,
  eventStore: EventStore,
  definition: DefinedReactor,
): Promise<void> {
  const { name, segments } = definition;
  const log = await eventStore.identity();
  await assertPosition(eventStore, definition);
  const record = await storedReactor(readModels, name);
  const reactor = record ?? (await begin(readModels, eventStore, definition));
  if (reactor.log !== log)
    throw new ForeignPositionError(`of reactor ${name}` as Position, reactor.log, log);
  if (reactor.segments !== segments)
    throw new TypeError(
      `Reactor '${name}' was first run with ${reactor.segments} segments, so that it cannot have ${segments}: write segments: ${reactor.segments}.`,
    );
  const { began } = reactor;
  const checkpoint: Checkpoint | undefined = began && { position: began };
  await ensureSegments(readModels, name, segments, checkpoint);
}

/** @internal */
export async function storedReactor(
  readModels: ReadModelStore,
  name: string,
): Promise<ReactorRecord | undefined> {
  const stored = await readModels.readRecord(keys.reactor(name));
  return stored?.value as unknown as ReactorRecord | undefined;
}

/** What is misspelt must not be stored as a place in the log. */
async function assertPosition(eventStore: EventStore, { from }: DefinedReactor): Promise<void> {
  if (from === 'start' || from === 'now') return;
  for await (const _ of eventStore.readAll({ from, limit: 1 })) return;
}

async function begin(
  readModels: ReadModelStore,
  eventStore: EventStore,
  { name, segments, from }: DefinedReactor,
): Promise<ReactorRecord> {
  const log = await eventStore.identity();
  const began = await placeOf(eventStore, from);
  const record: ReactorRecord = { name, log, segments, ...(began !== undefined && { began }) };
  const version = await readModels.writeRecord(keys.reactor(name), toJson(record), undefined);
  // Somebody else was first: where it begins is what they found.
  return version === undefined ? ((await storedReactor(readModels, name)) ?? record) : record;
}

async function placeOf(
  eventStore: EventStore,
  from: DefinedReactor['from'],
): Promise<Position | undefined> {
  if (from === 'start') return undefined;
  return from === 'now' ? await eventStore.head() : (from as Position);
}
