import type { ControlRecord, ParkedRecord, ParkedRequest } from '../consumer/records.js';
import { consumerOf, keys, toJson } from '../consumer/records.js';
import { newEventId } from '../event/ids.js';
import type { ParkedEvent } from './administration.js';
import type { AdministrationParts } from './parts.js';
import { modelsOf } from './parts.js';

/** @internal Says whether a projection or reactor is held; said again, stopped segments try again. @throws TypeError when nobody knows it. */
export async function control(
  parts: AdministrationParts,
  name: string,
  paused: boolean,
): Promise<void> {
  await consumersOf(parts, name);
  const { readModels, clock } = parts;
  const key = keys.control(name);
  for (;;) {
    const stored = await readModels.readRecord(key);
    const record: ControlRecord = { paused, at: new Date(clock.now()).toISOString() };
    const written = await readModels.writeRecord(key, toJson(record), stored?.version);
    if (written !== undefined) return;
  }
}

/** @internal {@link Administration.parked} */
export async function parkedEvents(
  parts: AdministrationParts,
  name: string | undefined,
): Promise<readonly ParkedEvent[]> {
  const consumers = name === undefined ? undefined : await consumersOf(parts, name);
  const records = await parts.readModels.listRecords(keys.everythingParked);
  return records
    .map(({ key, value }) => {
      const [, consumer = '', segment] = key.split('/');
      return { ...(value as unknown as ParkedRecord), consumer, segment: Number(segment) };
    })
    .filter(({ consumer }) => consumers === undefined || consumers.includes(consumer));
}

/** @internal Asks the owners of segments to do something with what is parked. @returns How many documents they were asked for. */
export async function request(
  parts: AdministrationParts,
  kind: ParkedRequest['kind'],
  name: string,
  documentId: string | undefined,
): Promise<number> {
  const { readModels, clock } = parts;
  const failing = new Map<string, ParkedEvent>();
  for (const event of await parkedEvents(parts, name)) {
    if (documentId !== undefined && event.documentId !== documentId) continue;
    const key = `${event.consumer}/${event.documentId}`;
    // What waits has no error of its own; what an interrupted write left behind comes before.
    if (!failing.has(key) || event.error !== undefined) failing.set(key, event);
  }
  const requestedAt = new Date(clock.now()).toISOString();
  for (const { consumer, documentId: id, position } of failing.values()) {
    const at = kind === 'drop' ? { position } : {};
    const asked: ParkedRequest = { kind, documentId: id, ...at, requestedAt };
    await readModels.writeRecord(keys.request(consumer, newEventId()), toJson(asked), undefined);
  }
  return new Set([...failing.values()].map((event) => event.documentId)).size;
}

/** The consumers that go by a name: of a projection, all generations of all versions. */
async function consumersOf(parts: AdministrationParts, name: string): Promise<readonly string[]> {
  const models = await modelsOf(parts, name);
  const generations = models.flatMap((model) =>
    Object.keys(model.generations).map((it) => consumerOf(name, model.version, Number(it))),
  );
  const reactor = await parts.readModels.readRecord(keys.reactor(name));
  const isDeclared = parts.definitions.some((it) => it.name === name);
  if (generations.length === 0 && reactor === undefined && !isDeclared)
    throw new TypeError(`No projection and no reactor is known as '${name}'.`);
  return [...generations, name];
}
