import { byCodeUnit } from '../by-code-unit.js';
import { systemClock } from '../event/clock.js';
import type { EventStore } from '../event-store/event-store.js';
import { isProjection, projectionDefinition } from '../projection/definition.js';
import { assertInteger } from '../projection/projection.js';
import type { ReadModelStore } from '../projection/read-model-store.js';
import { isReadModelStore } from '../projection/read-model-store.js';
import { definedReactor, isReactor } from '../reactor/definition.js';
import { ReactorSource } from '../reactor/reactor-source.js';
import { backoffOf } from '../subscription/resuming-subscription.js';
import { ConsumerHost } from './consumer-host.js';
import { ConsumerStatuses } from './consumer-statuses.js';
import type { LeaseTimes } from './membership.js';
import type { ConsumerStatus, Consumers, LeaseOptions, RunConsumersOptions } from './options.js';
import { ProjectionSource } from './projection-source.js';
import { reportToStandardError, undisturbed } from './report.js';
import type { ConsumerSource } from './source.js';

/**
 * Runs projections and reactors in this process, sharing them with all other processes that run them on the same stores.
 *
 * Resolves when this process has said that it is there and has taken its first share; that everything is caught up is known by
 * `caughtUp()`. Consumers go on until they are closed: whatever may pass is tried again, whatever cannot is reported, stops what
 * it concerns, and shows in `status()`.
 *
 * @throws {@link ProjectionChangedError} when a projection was changed without raising its version.
 * @throws {@link ForeignPositionError} when the read models were folded from another log.
 * @throws {@link StoreUnavailableError} when a store cannot be reached.
 * @throws TypeError when an option is malformed, two definitions have one name, or a name in `consumers` is not among them.
 */
export async function runConsumers(options: RunConsumersOptions): Promise<Consumers> {
  const { eventStore, retry, clock = systemClock, report = reportToStandardError } = options;
  const readModels = readModelsOf(options);
  const leases = leaseTimesOf(options.leases);
  const backoff = backoffOf(retry);
  const sources = selected(options).flatMap((definition) =>
    sourceOf(definition, { eventStore, readModels, clock }),
  );
  const host = new ConsumerHost({
    eventStore,
    readModels,
    sources,
    leases,
    retry,
    backoff,
    clock,
    report: undisturbed(report),
  });
  try {
    await host.start();
  } catch (error) {
    await host.close();
    throw error;
  }
  return new RunningConsumers(host, new ConsumerStatuses({ eventStore, readModels, host, clock }));
}

class RunningConsumers implements Consumers {
  readonly ended: Promise<void>;
  readonly #host: ConsumerHost;
  readonly #statuses: ConsumerStatuses;
  #closed: Promise<void> | undefined;
  #end: () => void = () => undefined;

  constructor(host: ConsumerHost, statuses: ConsumerStatuses) {
    this.#host = host;
    this.#statuses = statuses;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  status(): Promise<readonly ConsumerStatus[]> {
    return this.#statuses.all();
  }

  caughtUp({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    return this.#statuses.caughtUp(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#host.close().finally(() => this.#end());
    await this.#closed;
  }
}

/** @internal Where the read models of these options lie. @throws TypeError when nowhere. */
export function readModelsOf({
  readModels,
  eventStore,
}: {
  readonly eventStore: EventStore;
  readonly readModels?: ReadModelStore | undefined;
}): ReadModelStore {
  if (readModels !== undefined) return readModels;
  if (isReadModelStore(eventStore)) return eventStore;
  throw new TypeError(
    'This event store keeps no read models: say where they lie by the option readModels.',
  );
}

/** @internal @throws TypeError when the times do not fit. */
export function leaseTimesOf({
  heartbeatMs = 500,
  timeToLiveMs = 3_000,
  keepMarkersMs = Math.max(86_400_000, 10 * timeToLiveMs),
}: LeaseOptions = {}): LeaseTimes {
  assertInteger('leases.heartbeatMs', heartbeatMs, 10, 3_600_000);
  assertInteger('leases.timeToLiveMs', timeToLiveMs, 4 * heartbeatMs, 86_400_000);
  assertInteger('leases.keepMarkersMs', keepMarkersMs, 10 * timeToLiveMs, 31_536_000_000);
  return { heartbeatMs, timeToLiveMs, keepMarkersMs };
}

function selected({
  definitions,
  consumers = 'all',
}: RunConsumersOptions): RunConsumersOptions['definitions'] {
  const names = new Set<string>();
  for (const { name } of definitions) {
    if (names.has(name)) throw new TypeError(`Two definitions are named '${name}'.`);
    names.add(name);
  }
  if (consumers === 'all') return definitions;
  if (consumers === 'none') return [];
  if (!Array.isArray(consumers))
    throw new TypeError(
      `consumers must be 'all', 'none' or a list of names, not ${String(consumers)}.`,
    );
  const unknown = consumers.find((name) => !names.has(name));
  if (unknown !== undefined)
    throw new TypeError(
      `No definition is named '${unknown}'; there are: ${[...names].sort(byCodeUnit).join(', ') || 'none'}.`,
    );
  return definitions.filter(({ name }) => consumers.includes(name));
}

interface SourceParts {
  readonly eventStore: EventStore;
  readonly readModels: ReadModelStore;
  readonly clock: typeof systemClock;
}

function sourceOf(definition: object, parts: SourceParts): readonly ConsumerSource[] {
  if (isReactor(definition)) return [new ReactorSource(definedReactor(definition), parts)];
  if (!isProjection(definition)) return [];
  return [new ProjectionSource({ ...parts, definition: projectionDefinition(definition) })];
}
