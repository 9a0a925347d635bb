import { byCodeUnit } from '../by-code-unit.js';
import type { Clock } from '../event/clock.js';
import { ForeignPositionError } from '../event-store/errors.js';
import type { Position } from '../event-store/position.js';
import type { ProjectionDefinition } from '../projection/definition.js';
import { ProjectionChangedError } from '../projection/errors.js';
import type { ReadModelStore, StoredRecord } from '../projection/read-model-store.js';
import type { Checkpoint, ModelFingerprint, ModelRecord, SegmentRecord } from './records.js';
import { consumerOf, keys, toJson } from './records.js';

/** @internal What may not change under one version of a projection. */
export function fingerprintOf(definition: ProjectionDefinition): ModelFingerprint {
  const { handlers, indexes, segments } = definition;
  return { handles: [...handlers.keys()].sort(byCodeUnit), indexes, segments };
}

/** @internal A stored model with the version of its record. */
export interface StoredModel {
  readonly model: ModelRecord;
  readonly version: number;
}

/** @internal */
export function modelOf({ value, version }: StoredRecord): StoredModel {
  return { model: value as unknown as ModelRecord, version };
}

/** @internal What a model is made of. */
export interface ModelOptions {
  readonly readModels: ReadModelStore;
  readonly definition: ProjectionDefinition;
  /** The identity of the log. */
  readonly log: string;
  readonly clock: Clock;
}

/**
 * @internal The record of a projection's version, made where there is none, with all that its generations need; any number of
 * processes may come at once.
 *
 * @throws {@link ProjectionChangedError}, {@link ForeignPositionError}
 */
export async function ensureModel(options: ModelOptions): Promise<StoredModel> {
  const { readModels, definition, log, clock } = options;
  const key = keys.model(definition.name, definition.version);
  let stored = await readModels.readRecord(key);
  if (stored === undefined) {
    const createdAt = new Date(clock.now()).toISOString();
    const model: ModelRecord = {
      name: definition.name,
      version: definition.version,
      log,
      fingerprint: fingerprintOf(definition),
      generations: { 1: { state: 'serving', createdAt, ready: false } },
      serving: 1,
    };
    await readModels.writeRecord(key, toJson(model), undefined);
    stored = await readModels.readRecord(key);
  }
  if (stored === undefined) throw new TypeError(`The record of '${key}' was removed just now.`);
  const found = modelOf(stored);
  assertSame(found.model, definition, log);
  for (const [generation, { state }] of Object.entries(found.model.generations))
    if (state !== 'dropping') await ensureGeneration(readModels, definition, Number(generation));
  return found;
}

/** @internal The collection and the segments of a generation, made where they are missing. */
export async function ensureGeneration(
  readModels: ReadModelStore,
  { name, version, indexes, segments }: ProjectionDefinition,
  generation: number,
): Promise<void> {
  const consumer = consumerOf(name, version, generation);
  const present = await readModels.listRecords(keys.segments(consumer));
  if (present.length === segments) return;
  await readModels.createCollection(consumer, indexes);
  await ensureSegments(readModels, consumer, segments);
}

/** @internal The segments of a consumer, made where they are missing. */
export async function ensureSegments(
  readModels: ReadModelStore,
  consumer: string,
  segments: number,
  checkpoint?: Checkpoint,
): Promise<void> {
  const record: SegmentRecord = {
    epoch: 0,
    handled: 0,
    skipped: 0,
    orphaned: 0,
    parked: 0,
    ...(checkpoint && { checkpoint }),
  };
  for (let segment = 0; segment < segments; segment += 1)
    await readModels.writeRecord(keys.segment(consumer, segment), toJson(record), undefined);
}

/** @internal */
export function assertSame(
  model: ModelRecord,
  definition: ProjectionDefinition,
  log: string,
): void {
  if (model.log !== log) {
    const { name, version } = definition;
    throw new ForeignPositionError(`of read model ${name}@${version}` as Position, model.log, log);
  }
  const own = fingerprintOf(definition);
  const differs = [
    ['handled types', model.fingerprint.handles, own.handles],
    ['indexes', model.fingerprint.indexes, own.indexes],
    ['segments', model.fingerprint.segments, own.segments],
  ].flatMap(([what, stored, declared]) =>
    JSON.stringify(stored) === JSON.stringify(declared) ? [] : [String(what)],
  );
  if (differs.length > 0)
    throw new ProjectionChangedError(definition.name, definition.version, differs);
}

/** @internal Changes a model's record by compare-and-set, as often as others come between. @returns `undefined` when `change` gave it up. */
export async function changeModel(
  readModels: ReadModelStore,
  key: string,
  change: (model: ModelRecord) => ModelRecord | undefined,
): Promise<ModelRecord | undefined> {
  for (;;) {
    const stored = await readModels.readRecord(key);
    if (stored === undefined) return undefined;
    const next = change(modelOf(stored).model);
    if (next === undefined) return undefined;
    const version = await readModels.writeRecord(key, toJson(next), stored.version);
    if (version !== undefined) return next;
  }
}
