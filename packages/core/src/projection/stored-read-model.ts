import { segmentOf } from '../consumer/segment-of.js';
import type { Position } from '../event-store/position.js';
import { checkedQuery } from './checked-query.js';
import type { ProjectionDefinition } from './definition.js';
import { projectionDefinition } from './definition.js';
import { DocumentParkedError } from './errors.js';
import { isDocumentId } from './fold.js';
import type { Observed, ObservedReads } from './observed-reads.js';
import { OBSERVED, ObservableReadModel } from './observed-reads.js';
import { pageOf, queryForPage } from './page.js';
import { hasReached } from './progress.js';
import type { Projection } from './projection.js';
import type { Page, Query } from './query.js';
import { uniqueIds } from './read-arguments.js';
import type { ReadModel, ReadOptions } from './read-model.js';
import type { ReadModelStore, StoredDocument } from './read-model-store.js';
import { isReadModelStore } from './read-model-store.js';
import type { ReadPlan } from './waiting-read.js';
import { WaitingRead } from './waiting-read.js';

/**
 * The read model that `runConsumers` keeps for a projection, in this process or in others. Nothing is read until it is asked;
 * each call reads the generation that is in use at that moment, and never parts of two.
 *
 * @throws TypeError when `readModels` is no store of read models, or `projection` no projection.
 */
export function createReadModel<D extends object>(
  readModels: ReadModelStore,
  projection: Projection<D>,
): ReadModel<D> {
  if (!isReadModelStore(readModels))
    throw new TypeError(
      'createReadModel needs a store of read models: this one keeps events only.',
    );
  return new StoredReadModel<D>(readModels, projectionDefinition(projection));
}

class StoredReadModel<D extends object> extends ObservableReadModel<D> {
  readonly #store: ReadModelStore;
  readonly #definition: ProjectionDefinition;

  constructor(store: ReadModelStore, definition: ProjectionDefinition) {
    super();
    this.#store = store;
    this.#definition = definition;
  }

  readonly [OBSERVED]: ObservedReads<D> = {
    get: (id, options) => this.#get(id, options, true),
    getMany: (ids, options) => this.#getMany(ids, options, true),
    find: (query, options) => this.#find(query, options, true),
  };

  override async get(id: string, options?: ReadOptions): Promise<D | undefined> {
    return (await this.#get(id, options, false)).value;
  }

  override async getMany(
    ids: readonly string[],
    options?: ReadOptions,
  ): Promise<ReadonlyMap<string, D>> {
    return (await this.#getMany(ids, options, false)).value;
  }

  override async find(query: Query<D>, options?: ReadOptions): Promise<Page<D>> {
    return (await this.#find(query, options, false)).value;
  }

  async #get(
    id: string,
    options: ReadOptions | undefined,
    isObserved: boolean,
  ): Promise<Observed<D | undefined>> {
    const { value, seen } = await this.#getMany([id], options, isObserved);
    return { value: value.get(id), seen };
  }

  async #getMany(
    ids: readonly string[],
    options: ReadOptions | undefined,
    isObserved: boolean,
  ): Promise<Observed<ReadonlyMap<string, D>>> {
    const unique = uniqueIds(ids);
    const read = new WaitingRead(this.#store, this.#definition, options);
    return read.run(this.#byIds(unique), isObserved);
  }

  #byIds(ids: readonly string[]): ReadPlan<ReadonlyMap<string, D>> {
    // What cannot be the id of a document is there in no store, and is not asked for.
    const possible = ids.filter(isDocumentId);
    return {
      concerns: (count) => [...new Set(ids.map((id) => segmentOf(id, count)))],
      mayBeAhead: true,
      needsSegments: false,
      load: async ({ consumer, model }, segments, position) => {
        const stored = await this.#store.loadDocuments(consumer, possible);
        if (position !== undefined) this.#assertNotParked(stored.values(), position);
        const documents = presentOf<D>(ids, stored);
        return {
          value: documents,
          documents: stored.values(),
          isDoubtful: documents.size < ids.length,
          has: (at) =>
            ids.every(
              (id) =>
                (stored.get(id)?.position ?? '') >= at ||
                hasReached(segments[segmentOf(id, model.fingerprint.segments)], at),
            ),
        };
      },
    };
  }

  #assertNotParked(stored: Iterable<StoredDocument>, position: Position): void {
    for (const { id, parkedSince } of stored)
      if (parkedSince !== undefined && parkedSince <= position)
        throw new DocumentParkedError(this.#definition.name, id, parkedSince);
  }

  async #find(
    query: Query<D>,
    options: ReadOptions | undefined,
    isObserved: boolean,
  ): Promise<Observed<Page<D>>> {
    const checked = checkedQuery(this.#definition, query);
    const plan: ReadPlan<Page<D>> = {
      mayBeAhead: false,
      needsSegments: true,
      load: async ({ consumer }, segments) => {
        const found = await this.#store.findDocuments(consumer, queryForPage(checked));
        const parked = segments.reduce((sum, segment) => sum + (segment?.parked ?? 0), 0);
        return { value: pageOf<D>(found, checked, parked), documents: found, isDoubtful: true };
      },
    };
    return new WaitingRead(this.#store, this.#definition, options).run(plan, isObserved);
  }
}

/** In the order in which they were asked for. */
function presentOf<D extends object>(
  ids: readonly string[],
  stored: ReadonlyMap<string, StoredDocument>,
): ReadonlyMap<string, D> {
  const present = new Map<string, D>();
  for (const id of ids) {
    const document = stored.get(id)?.document;
    if (document !== undefined) present.set(id, document as D);
  }
  return present;
}
