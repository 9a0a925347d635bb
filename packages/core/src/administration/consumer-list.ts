import { lagBehind } from '../consumer/consumer-statuses.js';
import type { ControlRecord, ModelRecord, SegmentRecord } from '../consumer/records.js';
import { consumerOf, keys, leastOf } from '../consumer/records.js';
import type { EventFilter } from '../event-store/event-store.js';
import { isProjection, projectionDefinition } from '../projection/definition.js';
import type { StoredRecord } from '../projection/read-model-store.js';
import { definedReactor, isReactor } from '../reactor/definition.js';
import type { ConsumerInfo } from './administration.js';
import { livingMembers } from './living-members.js';
import type { AdministrationParts } from './parts.js';

type Named = Pick<ConsumerInfo, 'name' | 'kind' | 'consumer' | 'state' | 'declared'> &
  Partial<Pick<ConsumerInfo, 'version' | 'generation'>> & {
    /** What it handles; `undefined` where that is not known. */
    readonly filter: EventFilter | undefined;
  };

/** @internal {@link Administration.list} */
export async function listConsumers(parts: AdministrationParts): Promise<readonly ConsumerInfo[]> {
  const { readModels } = parts;
  const named = [
    ...projectionsOf(parts, await readModels.listRecords(keys.models)),
    ...reactorsOf(parts, await readModels.listRecords(keys.reactors)),
  ];
  const segments = segmentsBy(await readModels.listRecords(keys.allSegments));
  const paused = pausedIn(await readModels.listRecords(keys.controls));
  const owners = [...segments.values()].flat().map(({ owner }) => owner);
  const hasOwners = owners.some((owner) => owner !== undefined);
  const living = hasOwners ? await livingMembers(parts, undefined) : new Map();
  const isFed = ({ owner }: SegmentRecord): boolean => owner !== undefined && living.has(owner);
  return await Promise.all(
    named.map(async (it) => {
      const own = segments.get(it.consumer) ?? [];
      const { filter, ...rest } = it;
      const isKnown = filter !== undefined && own.length > 0 && own.every(isFed);
      return {
        ...rest,
        paused: paused.has(it.name),
        commit: readModels.commit,
        store: readModels.description,
        segments: own,
        position: leastOf(own),
        lagMs: isKnown ? await lagBehind(parts.eventStore, filter, own, parts.clock) : 'unknown',
        parked: sum(own, (segment) => segment.parked),
        stopped: own.filter(({ stopped }) => stopped !== undefined).length,
        orphaned: sum(own, (segment) => segment.orphaned),
      };
    }),
  );
}

function projectionsOf(
  { definitions }: AdministrationParts,
  stored: readonly StoredRecord[],
): readonly Named[] {
  const declared = definitions.filter(isProjection).map(projectionDefinition);
  const models = stored.map(({ value }) => value as unknown as ModelRecord);
  const isSame = (a: { name: string; version: number }, b: { name: string; version: number }) =>
    a.name === b.name && a.version === b.version;
  const found = models.flatMap((model) =>
    Object.entries(model.generations).map(([key, { state }]): Named => {
      const { name, version, fingerprint } = model;
      const generation = Number(key);
      return {
        name,
        kind: 'projection',
        consumer: consumerOf(name, version, generation),
        version,
        generation,
        state,
        declared: declared.some((it) => isSame(it, model)),
        filter: { types: fingerprint.handles },
      };
    }),
  );
  const unbegun = declared.filter((it) => !models.some((model) => isSame(it, model)));
  return [
    ...found,
    ...unbegun.map(({ name, version, handlers }): Named => {
      const filter = { types: [...handlers.keys()] };
      const consumer = consumerOf(name, version, 1);
      return {
        name,
        kind: 'projection',
        consumer,
        version,
        state: 'filling',
        declared: true,
        filter,
      };
    }),
  ];
}

function reactorsOf(
  { definitions }: AdministrationParts,
  stored: readonly StoredRecord[],
): readonly Named[] {
  const declared = new Map(
    definitions.filter(isReactor).map((it) => [it.name, definedReactor(it)] as const),
  );
  const names = new Set([
    ...stored.map(({ key }) => key.slice(keys.reactors.length)),
    ...declared.keys(),
  ]);
  return [...names].map((name): Named => {
    const definition = declared.get(name);
    return {
      name,
      kind: 'reactor',
      consumer: name,
      state: 'running',
      declared: definition !== undefined,
      filter: definition && { types: [...definition.handlers.keys()] },
    };
  });
}

function segmentsBy(
  records: readonly StoredRecord[],
): ReadonlyMap<string, (SegmentRecord & { readonly segment: number })[]> {
  const by = new Map<string, (SegmentRecord & { readonly segment: number })[]>();
  for (const { key, value } of records) {
    const slash = key.lastIndexOf('/');
    const consumer = key.slice(keys.allSegments.length, slash);
    const segment = {
      ...(value as unknown as SegmentRecord),
      segment: Number(key.slice(slash + 1)),
    };
    const known = by.get(consumer);
    if (known === undefined) by.set(consumer, [segment]);
    else known.push(segment);
  }
  return by;
}

function pausedIn(records: readonly StoredRecord[]): ReadonlySet<string> {
  const paused = records.filter(({ value }) => (value as unknown as ControlRecord).paused);
  return new Set(paused.map(({ key }) => key.slice(keys.controls.length)));
}

function sum(segments: readonly SegmentRecord[], of: (segment: SegmentRecord) => number): number {
  return segments.reduce((total, segment) => total + of(segment), 0);
}
