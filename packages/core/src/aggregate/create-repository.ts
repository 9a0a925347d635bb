import type { Clock } from '../event/clock.js';
import { systemClock } from '../event/clock.js';
import type { IdGenerator } from '../event/ids.js';
import { newEventId } from '../event/ids.js';
import type { EventStore } from '../event-store/event-store.js';
import type { ReadModelStore } from '../projection/read-model-store.js';
import { AggregateCache } from './aggregate-cache.js';
import type { AggregateFold } from './aggregate-fold.js';
import { AggregateLoader } from './aggregate-loader.js';
import type { AggregateRoot } from './aggregate-root.js';
import { EventSourcedRepository } from './event-sourced-repository.js';
import { OneAtATime } from './one-at-a-time.js';
import type { AggregateRepository, StateOf } from './repository.js';
import type { SnapshotPolicy } from './snapshot-keeper.js';
import { SnapshotKeeper } from './snapshot-keeper.js';
import { kernelOf } from './state-form.js';
import { WaitingRepository } from './waiting-repository.js';

/** Options of {@link createRepository}. */
export interface RepositoryOptions {
  /**
   * Takes snapshots, so that long streams need not be read from their beginning. States must then be JSON: what JSON would
   * change is a `TypeError`, at once or before anything is written. Default: none; every load reads the whole stream.
   */
  readonly snapshots?: SnapshotPolicy | undefined;
  /**
   * Keeps so many aggregates in memory, those used last. An update of one of them reads nothing; its revision is checked by
   * the append, and what it would refuse or leave unchanged is checked against the store first. `find` reads what came since.
   * Beside its state, each aggregate holds the ids of its last 1,024 commands, where commands have ids.
   * On a store whose `exactRevisionOnDeletedStream` is `'appends'`, an update may follow on a stream that was deleted
   * elsewhere. Default: none; every call reads.
   */
  readonly cache?: { readonly maxAggregates: number } | undefined;
  /**
   * Lets the changes of one aggregate wait for each other within this repository, in the order they came, instead of racing and
   * deciding anew: worth it where many write to the same aggregate at once. What other processes write is a conflict all the
   * same. A change that awaits another change of the same aggregate then waits for ever. Default false.
   */
  readonly oneAtATime?: boolean | undefined;
  /** How often a change runs anew because somebody else was faster, 0 or more. Default 3; 0 rejects at the first conflict. */
  readonly conflictRetries?: number | undefined;
  /** How often an append is repeated while its outcome is unknown, 0 or more, with backoff up to 1 s. Default 5. */
  readonly outcomeRepeats?: number | undefined;
  /** Where the read models lie that `waitFor` speaks of. Default: the event store, where it keeps read models too. */
  readonly readModels?: ReadModelStore | undefined;
  /** Makes the ids of events: UUIDs in lower case. Default: UUIDs of version 7. */
  readonly newEventId?: IdGenerator | undefined;
  /** Tells how old snapshots are. Default: the machine's. */
  readonly clock?: Clock | undefined;
}

/**
 * Makes the repository of an aggregate class.
 *
 * @throws TypeError when the class has no `@Aggregate`, an option is malformed, or snapshots are on and JSON would change the
 * initial state.
 */
export function createRepository<A extends AggregateRoot>(
  store: EventStore,
  aggregate: new () => A,
  options?: RepositoryOptions,
): AggregateRepository<A>;
/**
 * Makes the repository of a fold.
 *
 * @throws TypeError when an option is malformed, or snapshots are on and JSON would change the initial state.
 */
export function createRepository<S, E extends object>(
  store: EventStore,
  aggregate: AggregateFold<S, E>,
  options?: RepositoryOptions,
): AggregateRepository<AggregateFold<S, E>>;
export function createRepository<A>(
  store: EventStore,
  aggregate: unknown,
  options: RepositoryOptions = {},
): AggregateRepository<A> {
  const kernel = kernelOf<StateOf<A>>(aggregate);
  const { cache, clock = systemClock, snapshots: policy } = options;
  const snapshots = policy === undefined ? undefined : new SnapshotKeeper(kernel, policy, clock);
  const repository = new EventSourcedRepository<A>({
    store,
    kernel,
    loader: new AggregateLoader(store, kernel, snapshots),
    cache: cache === undefined ? undefined : new AggregateCache(cache.maxAggregates),
    snapshots,
    newId: options.newEventId ?? newEventId,
    conflictRetries: count('conflictRetries', options.conflictRetries, 3),
    outcomeRepeats: count('outcomeRepeats', options.outcomeRepeats, 5),
  });
  const queued = options.oneAtATime === true ? new OneAtATime(repository) : repository;
  return new WaitingRepository(queued, store, options.readModels);
}

function count(name: string, value: number | undefined, byDefault: number): number {
  if (value === undefined) return byDefault;
  if (!Number.isSafeInteger(value) || value < 0)
    throw new TypeError(`${name} must be an integer from 0, not ${String(value)}.`);
  return value;
}
