import type { EventStore } from '../event-store/event-store.js';
import type { ProjectionDefinition } from '../projection/definition.js';
import { projectionDefinition } from '../projection/definition.js';
import { ReadModelBehindError } from '../projection/errors.js';
import { timeoutOf } from '../projection/read-arguments.js';
import type { ReadModelStore } from '../projection/read-model-store.js';
import { isReadModelStore } from '../projection/read-model-store.js';
import type { ReadPlan } from '../projection/waiting-read.js';
import { WaitingRead } from '../projection/waiting-read.js';
import type { Change, Committed, Found, StateOf, UpdateOptions } from './repository.js';
import { AggregateRepository } from './repository.js';

/**
 * @internal A repository whose changes may wait until read models have them. It stands before whatever puts changes in a queue, so
 * that nobody waits for the read model of somebody else.
 */
export class WaitingRepository<A> extends AggregateRepository<A> {
  readonly #repository: AggregateRepository<A>;
  readonly #readModels: ReadModelStore | undefined;

  constructor(
    repository: AggregateRepository<A>,
    eventStore: EventStore,
    readModels: ReadModelStore | undefined,
  ) {
    super();
    this.#repository = repository;
    this.#readModels = readModels ?? (isReadModelStore(eventStore) ? eventStore : undefined);
  }

  create(
    id: string,
    change: Change<A>,
    options: UpdateOptions = {},
  ): Promise<Committed<StateOf<A>>> {
    return options.waitFor === undefined
      ? this.#repository.create(id, change, options)
      : this.#thenWait(options, () => this.#repository.create(id, change, options));
  }

  update(
    id: string,
    change: Change<A>,
    options: UpdateOptions = {},
  ): Promise<Committed<StateOf<A>>> {
    return options.waitFor === undefined
      ? this.#repository.update(id, change, options)
      : this.#thenWait(options, () => this.#repository.update(id, change, options));
  }

  find(id: string): Promise<Found<StateOf<A>> | undefined> {
    return this.#repository.find(id);
  }

  async #thenWait(
    options: UpdateOptions,
    commit: () => Promise<Committed<StateOf<A>>>,
  ): Promise<Committed<StateOf<A>>> {
    const timeoutMs = timeoutOf(options.timeoutMs);
    const models = (options.waitFor ?? []).map((projection) => projectionDefinition(projection));
    const store = this.#storeFor(models);
    const committed = await commit();
    if (store === undefined) return committed;
    const { signal } = options;
    const waits = models.map((model) => reach(store, model, committed, { timeoutMs, signal }));
    // All of them, so that none goes on behind the caller's back.
    for (const outcome of await Promise.allSettled(waits))
      if (outcome.status === 'rejected') throw outcome.reason;
    return committed;
  }

  #storeFor(models: readonly ProjectionDefinition[]): ReadModelStore | undefined {
    if (models.length === 0) return undefined;
    if (this.#readModels !== undefined) return this.#readModels;
    throw new TypeError(
      'waitFor needs the store of the read models: createRepository(store, aggregate, { readModels }). Nothing was written.',
    );
  }
}

/** Looks at no document: what is wanted is that all segments have come so far; a generation that replaces them has come further. */
const NOTHING: ReadPlan<undefined> = {
  mayBeAhead: false,
  needsSegments: true,
  load: async () => ({ value: undefined, documents: [], isDoubtful: false }),
};

async function reach(
  store: ReadModelStore,
  model: ProjectionDefinition,
  committed: Committed<unknown>,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  try {
    const read = new WaitingRead(store, model, { after: committed.token, timeoutMs, signal });
    await read.run(NOTHING, false);
  } catch (error) {
    throw butCommitted(error, model.name, committed, timeoutMs);
  }
}

/** Whatever kept a read model from being waited for: the caller must learn that the change is committed. */
function butCommitted(
  cause: unknown,
  readModel: string,
  committed: Committed<unknown>,
  timeoutMs: number,
): ReadModelBehindError {
  const isBehind = cause instanceof ReadModelBehindError;
  const after = isBehind ? cause.after : committed.position;
  const reason = isBehind ? cause.reason : cause instanceof Error ? cause.message : String(cause);
  return new ReadModelBehindError(readModel, after, timeoutMs, reason, { cause, committed });
}
