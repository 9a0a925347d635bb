import type { ModelRecord, SegmentRecord } from '../consumer/records.js';
import { consumerOf, keys } from '../consumer/records.js';
import type { Position } from '../event-store/position.js';
import { processWide } from '../process-wide.js';
import { ProgressWatch } from './progress-watch.js';
import type { ReadModelStore } from './read-model-store.js';

/** @internal The generation of a read model that reads get. */
export interface GenerationInUse {
  readonly model: ModelRecord;
  /** Also the name of its collection. */
  readonly consumer: string;
}

/** @internal How far that generation is. */
export interface ModelProgress extends GenerationInUse {
  /** By number; missing where nobody has begun one. */
  readonly segments: readonly (SegmentRecord | undefined)[];
}

/** @internal What is read: one version of a projection. */
export interface ModelName {
  readonly name: string;
  readonly version: number;
}

/** @internal The generation in use; `undefined` while none has been complete. */
export async function generationInUse(
  store: ReadModelStore,
  { name, version }: ModelName,
): Promise<GenerationInUse | undefined> {
  const record = await store.readRecord(keys.model(name, version));
  if (record === undefined) return undefined;
  const model = record.value as unknown as ModelRecord;
  if (model.generations[model.serving]?.ready !== true) return undefined;
  return { model, consumer: consumerOf(name, version, model.serving) };
}

/** @internal How far each segment of a generation is. */
export async function segmentsOf(
  store: ReadModelStore,
  { model, consumer }: GenerationInUse,
): Promise<ModelProgress['segments']> {
  const prefix = keys.segments(consumer);
  const segments = new Array<SegmentRecord | undefined>(model.fingerprint.segments).fill(undefined);
  for (const { key, value } of await store.listRecords(prefix))
    segments[Number(key.slice(prefix.length))] = value as unknown as SegmentRecord;
  return segments;
}

/** @internal Whether a segment has handled everything up to a position. */
export function hasReached(segment: SegmentRecord | undefined, position: Position): boolean {
  const reached = segment?.checkpoint?.position;
  return reached !== undefined && reached >= position;
}

/** Shared by all copies of this package, so that whoever writes wakes whoever waits. */
const watches = processWide(
  'read-model-progress',
  () => new WeakMap<ReadModelStore, Map<string, ProgressWatch<ModelProgress>>>(),
);

/** @internal What tells waiters of this process how far a read model is; one for all of them. */
export function progressOf(store: ReadModelStore, model: ModelName): ProgressWatch<ModelProgress> {
  const ofStore = watches.get(store) ?? new Map<string, ProgressWatch<ModelProgress>>();
  watches.set(store, ofStore);
  const key = keys.model(model.name, model.version);
  const present = ofStore.get(key);
  if (present !== undefined) return present;
  const watch = new ProgressWatch(async () => {
    const generation = await generationInUse(store, model);
    if (generation === undefined) return undefined;
    return { ...generation, segments: await segmentsOf(store, generation) };
  });
  ofStore.set(key, watch);
  return watch;
}

/** @internal Says that something was written to a store of read models, so that those who wait for it look at once. */
export function notifyProgress(store: ReadModelStore): void {
  for (const watch of watches.get(store)?.values() ?? []) watch.look();
}
