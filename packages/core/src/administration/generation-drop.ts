import { changeModel } from '../consumer/models.js';
import type { GenerationRecord, ModelRecord } from '../consumer/records.js';
import { consumerOf, keys } from '../consumer/records.js';
import { isProjection, projectionDefinition } from '../projection/definition.js';
import type { OperationOptions } from './administration.js';
import { GenerationRefusedError } from './errors.js';
import { highestOf } from './generations.js';
import { livingMembers } from './living-members.js';
import type { AdministrationParts } from './parts.js';
import { declaredProjection, storedModel } from './parts.js';

/** How many times the time to live those who run a generation have to let it go; then they are only fenced. */
const LET_GO_TIMES = 5;

type Version = Pick<ModelRecord, 'name' | 'version'>;

/** @internal {@link Administration.drop} */
export async function drop(
  parts: AdministrationParts,
  name: string,
  target: { readonly version?: number | undefined; readonly generation?: number | undefined },
  options: OperationOptions,
): Promise<void> {
  const version = target.version ?? declaredProjection(parts, name).version;
  const model = await storedModel(parts, name, version);
  if (target.generation !== undefined)
    return await dropGeneration(parts, model, target.generation, options);
  if (isDeclared(parts, model))
    throw new GenerationRefusedError(
      `${name}@${version}`,
      'this version is declared: say which of its generations is to go',
    );
  await dropVersion(parts, model, options);
}

/** @internal Removes one generation. @throws {@link GenerationRefusedError} */
export async function dropGeneration(
  parts: AdministrationParts,
  { name, version }: Version,
  generation: number,
  options: OperationOptions,
): Promise<void> {
  const consumer = consumerOf(name, version, generation);
  const living = await livingMembers(parts, options.signal);
  const marked = await changeModel(parts.readModels, keys.model(name, version), (model) => {
    const { switching } = model;
    if (model.serving === generation)
      throw new GenerationRefusedError(consumer, 'it is in use: switch to another one first');
    if (switching?.to === generation && living.has(switching.by))
      throw new GenerationRefusedError(consumer, 'a switch to it is under way');
    return withDropping(model, generation, consumer);
  });
  if (marked === undefined) throw new GenerationRefusedError(consumer, 'it was dropped meanwhile');
  await removeGeneration(parts, consumer, options);
  await changeModel(parts.readModels, keys.model(name, version), (model) => {
    const { [generation]: gone, ...generations } = model.generations;
    return gone === undefined ? undefined : { ...model, generations };
  });
}

async function dropVersion(
  parts: AdministrationParts,
  { name, version }: Version,
  options: OperationOptions,
): Promise<void> {
  const { readModels } = parts;
  const key = keys.model(name, version);
  const prefix = consumerOf(name, version, 0).slice(0, -1);
  for (const { consumers, host, pid } of (await livingMembers(parts, options.signal)).values())
    if (consumers.some((consumer) => consumer.startsWith(prefix)))
      throw new GenerationRefusedError(
        `${name}@${version}`,
        `process ${pid} on ${host} still runs this version`,
      );
  const marked = await changeModel(readModels, key, ({ switching: _, previous: __, ...model }) => {
    const dropping = Object.entries(model.generations).map(
      ([number, it]) => [number, { ...it, state: 'dropping' }] as const,
    );
    return { ...model, generations: Object.fromEntries(dropping) };
  });
  for (const generation of Object.keys(marked?.generations ?? {}))
    await removeGeneration(parts, consumerOf(name, version, Number(generation)), options);
  await removeAll(parts, key, (found) => found === key);
}

function withDropping(model: ModelRecord, generation: number, consumer: string): ModelRecord {
  const { previous, ...rest } = model;
  const present = model.generations[generation];
  if (present === undefined)
    throw new GenerationRefusedError(consumer, 'there is no such generation');
  const dropping: GenerationRecord = { ...present, state: 'dropping' };
  return {
    ...rest,
    ...(previous !== undefined && previous !== generation && { previous }),
    generations: { ...model.generations, [generation]: dropping },
    highest: highestOf(model),
  };
}

/** Everything of a generation but its entry, by which an interrupted removal is found again. */
async function removeGeneration(
  parts: AdministrationParts,
  consumer: string,
  { signal, onProgress }: OperationOptions,
): Promise<void> {
  const { readModels, leases } = parts;
  onProgress?.({ phase: 'dropping', done: 0 });
  const end = performance.now() + LET_GO_TIMES * leases.timeToLiveMs;
  while (performance.now() < end && (await isRun(parts, consumer, signal)));
  // Without its record no segment can be written any more.
  await removeAll(parts, keys.segments(consumer));
  await readModels.dropCollection(consumer);
  await removeAll(parts, keys.allParked(consumer));
  await removeAll(parts, keys.requests(consumer));
  await removeAll(parts, keys.purge(consumer), (key) => key === keys.purge(consumer));
}

async function isRun(
  parts: AdministrationParts,
  consumer: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const living = await livingMembers(parts, signal);
  return [...living.values()].some(({ consumers }) => consumers.includes(consumer));
}

async function removeAll(
  { readModels }: AdministrationParts,
  prefix: string,
  isMeant: (key: string) => boolean = () => true,
): Promise<void> {
  for (;;) {
    const records = (await readModels.listRecords(prefix)).filter(({ key }) => isMeant(key));
    if (records.length === 0) return;
    for (const { key, version } of records) await readModels.removeRecord(key, version);
  }
}

function isDeclared({ definitions }: AdministrationParts, { name, version }: Version): boolean {
  return definitions.some(
    (it) => it.name === name && isProjection(it) && projectionDefinition(it).version === version,
  );
}
