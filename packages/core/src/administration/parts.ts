import type { Backoff } from '../backoff.js';
import type { LeaseTimes } from '../consumer/membership.js';
import type { ConsumerReport, RetryPolicy } from '../consumer/options.js';
import type { ControlRecord, ModelRecord } from '../consumer/records.js';
import { keys } from '../consumer/records.js';
import { leaseTimesOf, readModelsOf } from '../consumer/run-consumers.js';
import type { Clock } from '../event/clock.js';
import { systemClock } from '../event/clock.js';
import type { EventStore } from '../event-store/event-store.js';
import type { ProjectionDefinition } from '../projection/definition.js';
import { isProjection, projectionDefinition } from '../projection/definition.js';
import type { ReadModelStore } from '../projection/read-model-store.js';
import { backoffOf } from '../subscription/resuming-subscription.js';
import type { AdministrationOptions } from './administration.js';
import { GenerationRefusedError } from './errors.js';

/** @internal What operations work with. */
export interface AdministrationParts {
  readonly eventStore: EventStore;
  readonly readModels: ReadModelStore;
  readonly definitions: AdministrationOptions['definitions'];
  readonly leases: LeaseTimes;
  readonly retry: RetryPolicy | undefined;
  readonly backoff: Backoff;
  readonly clock: Clock;
  readonly report: (report: ConsumerReport) => void;
}

/** @internal @throws TypeError when an option is malformed, or read models lie nowhere. */
export function partsOf(options: AdministrationOptions): AdministrationParts {
  const { eventStore, definitions, retry, clock = systemClock } = options;
  return {
    eventStore,
    readModels: readModelsOf(options),
    definitions,
    leases: leaseTimesOf(options.leases),
    retry,
    backoff: backoffOf(retry),
    clock,
    report: options.report ?? (() => undefined),
  };
}

/** @internal @throws TypeError when no projection of that name is declared. */
export function declaredProjection(
  { definitions }: AdministrationParts,
  name: string,
): ProjectionDefinition {
  const found = definitions.find((it) => it.name === name && isProjection(it));
  if (found !== undefined) return projectionDefinition(found);
  const names = definitions.filter(isProjection).map((it) => `'${it.name}'`);
  throw new TypeError(
    `No projection is declared as '${name}'; there are: ${names.join(', ') || 'none'}.`,
  );
}

/** @internal The models of a projection, in all stored versions. */
export async function modelsOf(
  { readModels }: AdministrationParts,
  name: string,
): Promise<readonly ModelRecord[]> {
  const records = await readModels.listRecords(keys.models);
  return records
    .map(({ value }) => value as unknown as ModelRecord)
    .filter((model) => model.name === name);
}

/** @internal A version of a projection. @throws {@link GenerationRefusedError} when nobody has begun it. */
export async function storedModel(
  { readModels }: AdministrationParts,
  name: string,
  version: number,
): Promise<ModelRecord> {
  const stored = await readModels.readRecord(keys.model(name, version));
  if (stored !== undefined) return stored.value as unknown as ModelRecord;
  throw new GenerationRefusedError(`${name}@${version}`, 'nobody has begun this version yet');
}

/** @internal @throws {@link GenerationRefusedError} when an operator has said that nothing is to be fed. */
export async function assertNotPaused(
  { readModels }: AdministrationParts,
  name: string,
): Promise<void> {
  const control = await readModels.readRecord(keys.control(name));
  if ((control?.value as ControlRecord | undefined)?.paused !== true) return;
  throw new GenerationRefusedError(name, 'it is paused, so that nothing is fed: resume it first');
}
