import { changeModel, ensureModel } from '../consumer/models.js';
import type { GenerationRecord, ModelRecord, SegmentRecord } from '../consumer/records.js';
import { consumerOf, keys, leastOf } from '../consumer/records.js';
import type { Position } from '../event-store/position.js';
import type { ProjectionDefinition } from '../projection/definition.js';
import type { Progress, RebuildOptions, SwitchOptions } from './administration.js';
import { GenerationRefusedError, OrphanedEventsError } from './errors.js';
import { dropGeneration } from './generation-drop.js';
import { GenerationHost } from './generation-host.js';
import { GenerationSwitch } from './generation-switch.js';
import { fillingOf, highestOf } from './generations.js';
import type { AdministrationParts } from './parts.js';
import { assertNotPaused, declaredProjection, storedModel } from './parts.js';

/** @internal What a rebuild came to. */
export interface Rebuilt {
  readonly consumer: string;
  readonly switched: boolean;
  readonly events: number;
}

/** @internal {@link Administration.rebuild} */
export async function rebuild(
  parts: AdministrationParts,
  name: string,
  options: RebuildOptions,
): Promise<Rebuilt> {
  const definition = declaredProjection(parts, name);
  await assertNotPaused(parts, name);
  const log = await parts.eventStore.identity();
  const { model } = await ensureModel({ ...parts, definition, log });
  // What was never complete may be broken: to begin anew is to begin beside it.
  if (isComplete(model) || options.restart === true)
    return await rebuildBeside(parts, definition, model, options);
  return await completeFirst(parts, definition, model, options);
}

/** @internal {@link Administration.switch} */
export async function switchTo(
  parts: AdministrationParts,
  name: string,
  generation: number,
  options: SwitchOptions,
): Promise<void> {
  const definition = declaredProjection(parts, name);
  await assertNotPaused(parts, name);
  const model = await storedModel(parts, name, definition.version);
  const consumer = consumerOf(name, definition.version, generation);
  const state = model.generations[generation]?.state;
  if (state === undefined)
    throw new GenerationRefusedError(consumer, 'there is no such generation');
  if (state === 'dropping') throw new GenerationRefusedError(consumer, 'it is being dropped');
  if (model.serving === generation) return;
  await withHost(parts, definition, generation, async (host) => {
    await host.caughtUp(options.signal, progressOf(parts, definition, 'feeding', host, options));
    await switchAndHandOver(parts, definition, host, options);
  });
}

/** @internal {@link Administration.rollback} */
export async function rollback(
  parts: AdministrationParts,
  name: string,
  options: SwitchOptions,
): Promise<void> {
  const { version } = declaredProjection(parts, name);
  const { previous } = await storedModel(parts, name, version);
  if (previous === undefined)
    throw new GenerationRefusedError(`${name}@${version}`, 'no generation was in use before');
  await switchTo(parts, name, previous, { ...options, acceptOrphans: true });
}

async function rebuildBeside(
  parts: AdministrationParts,
  definition: ProjectionDefinition,
  model: ModelRecord,
  options: RebuildOptions,
): Promise<Rebuilt> {
  const half = fillingOf(model);
  if (options.restart === true && half !== undefined)
    await dropGeneration(parts, model, half, options);
  const generation = await begun(parts, definition);
  return await withHost(parts, definition, generation, async (host) => {
    await host.caughtUp(options.signal, progressOf(parts, definition, 'filling', host, options));
    const switched = options.switch ?? true;
    if (switched) await switchAndHandOver(parts, definition, host, options);
    return { consumer: host.consumer, switched, events: handledBy(await host.segments()) };
  });
}

/** A version that was never complete has nothing beside which it could be filled. */
async function completeFirst(
  parts: AdministrationParts,
  definition: ProjectionDefinition,
  { serving, generations, name, version }: ModelRecord,
  options: RebuildOptions,
): Promise<Rebuilt> {
  if (generations[serving]?.state !== 'serving')
    throw new GenerationRefusedError(`${name}@${version}`, 'it is being dropped');
  return await withHost(parts, definition, serving, async (host) => {
    const progress = progressOf(parts, definition, 'filling', host, options);
    await host.caughtUp(options.signal, progress);
    const orphaned = (await host.segments()).reduce((sum, it) => sum + it.orphaned, 0);
    if (orphaned > 0 && options.acceptOrphans !== true)
      throw new OrphanedEventsError(host.consumer, orphaned);
    await changeModel(parts.readModels, keys.model(name, version), (model) => {
      const generation = model.generations[serving];
      if (generation === undefined || generation.ready) return undefined;
      const ready = { ...generation, ready: true };
      return { ...model, generations: { ...model.generations, [serving]: ready } };
    });
    const events = handledBy(await host.segments());
    return { consumer: host.consumer, switched: true, events };
  });
}

async function switchAndHandOver(
  parts: AdministrationParts,
  definition: ProjectionDefinition,
  host: GenerationHost,
  options: SwitchOptions,
): Promise<void> {
  const { name, version } = definition;
  const { serving } = await storedModel(parts, name, version);
  options.onProgress?.({ phase: 'switching', done: 0 });
  await new GenerationSwitch(parts, definition, host, options).run();
  options.onProgress?.({ phase: 'handing over', done: 0 });
  await host.handOver(consumerOf(name, version, serving), options.signal);
}

/** The generation that is to be filled: what an interrupted rebuild has begun, or a new one. */
async function begun(
  { readModels, clock }: AdministrationParts,
  { name, version }: ProjectionDefinition,
): Promise<number> {
  let generation: number | undefined;
  await changeModel(readModels, keys.model(name, version), (model) => {
    generation = fillingOf(model);
    if (generation !== undefined) return undefined;
    generation = highestOf(model) + 1;
    const createdAt = new Date(clock.now()).toISOString();
    const filling: GenerationRecord = { state: 'filling', createdAt, ready: false };
    const generations = { ...model.generations, [generation]: filling };
    return { ...model, generations, highest: generation };
  });
  if (generation === undefined)
    throw new GenerationRefusedError(`${name}@${version}`, 'it was dropped meanwhile');
  return generation;
}

async function withHost<T>(
  parts: AdministrationParts,
  definition: ProjectionDefinition,
  generation: number,
  run: (host: GenerationHost) => Promise<T>,
): Promise<T> {
  const host = await GenerationHost.open(parts, definition, generation);
  try {
    return await run(host);
  } finally {
    await host[Symbol.asyncDispose]();
  }
}

/** Tells how many events are handled of those that the generation in use has handled, and how far in the log that is. */
function progressOf(
  { readModels }: AdministrationParts,
  { name, version }: ProjectionDefinition,
  phase: string,
  { number }: GenerationHost,
  { onProgress }: SwitchOptions,
): (segments: readonly SegmentRecord[], head: Position | undefined) => Promise<void> {
  return async (segments, head) => {
    if (onProgress === undefined) return;
    const stored = await readModels.readRecord(keys.model(name, version));
    const model = stored?.value as ModelRecord | undefined;
    let total: number | undefined;
    if (model !== undefined && model.serving !== number) {
      const consumer = consumerOf(name, version, model.serving);
      const records = await readModels.listRecords(keys.segments(consumer));
      total = handledBy(records.map(({ value }) => value as unknown as SegmentRecord));
    }
    const done = handledBy(segments);
    const progress: Progress = { phase, done, position: leastOf(segments), head };
    onProgress(total === undefined ? progress : { ...progress, total: Math.max(total, done) });
  };
}

function handledBy(segments: readonly SegmentRecord[]): number {
  return segments.reduce((sum, { handled }) => sum + handled, 0);
}

function isComplete({ generations, serving }: ModelRecord): boolean {
  return generations[serving]?.ready === true && generations[serving].state === 'serving';
}
