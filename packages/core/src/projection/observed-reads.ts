import type { ConsistencyToken } from '../event-store/token.js';
import type { Page, Query } from './query.js';
import type { ReadOptions } from './read-model.js';
import { ReadModel } from './read-model.js';

/** @internal What a read gave, and how much of the log it has seen. */
export interface Observed<T> {
  readonly value: T;
  /** The larger of checkpoint and document position; `undefined` when nothing was handled yet. */
  readonly seen: ConsistencyToken | undefined;
}

/** @internal The reads of a read model, with what they have seen. */
export interface ObservedReads<D extends object> {
  get(id: string, options?: ReadOptions): Promise<Observed<D | undefined>>;
  getMany(ids: readonly string[], options?: ReadOptions): Promise<Observed<ReadonlyMap<string, D>>>;
  find(query: Query<D>, options?: ReadOptions): Promise<Observed<Page<D>>>;
}

/** @internal The same in all copies of this package. */
export const OBSERVED: unique symbol = Symbol.for('everfold.observed-reads') as never;

/** @internal A read model that can say what its reads have seen. */
export abstract class ObservableReadModel<D extends object> extends ReadModel<D> {
  abstract readonly [OBSERVED]: ObservedReads<D>;

  async get(id: string, options?: ReadOptions): Promise<D | undefined> {
    return (await this[OBSERVED].get(id, options)).value;
  }

  async getMany(ids: readonly string[], options?: ReadOptions): Promise<ReadonlyMap<string, D>> {
    return (await this[OBSERVED].getMany(ids, options)).value;
  }

  async find(query: Query<D>, options?: ReadOptions): Promise<Page<D>> {
    return (await this[OBSERVED].find(query, options)).value;
  }
}

/** @internal @throws TypeError when a read model cannot say what its reads have seen. */
export function observedReads<D extends object>(readModel: ReadModel<D>): ObservedReads<D> {
  const reads: unknown = Reflect.get(readModel, OBSERVED);
  if (reads === undefined)
    throw new TypeError(
      'A session reads what createReadModel, openLiveProjection or a session made: this read model cannot say what it has seen.',
    );
  return reads as ObservedReads<D>;
}

/**
 * A read model that stands for another one, which need not be there yet: whoever injects it may read as soon as it is.
 *
 * @param target - Asked at each call; may throw, and the read then rejects with that.
 */
export function deferredReadModel<D extends object>(target: () => ReadModel<D>): ReadModel<D> {
  return new DeferredReadModel(target);
}

class DeferredReadModel<D extends object> extends ObservableReadModel<D> {
  readonly #target: () => ReadModel<D>;

  constructor(target: () => ReadModel<D>) {
    super();
    this.#target = target;
  }

  readonly [OBSERVED]: ObservedReads<D> = {
    get: async (id, options) => observedReads(this.#target()).get(id, options),
    getMany: async (ids, options) => observedReads(this.#target()).getMany(ids, options),
    find: async (query, options) => observedReads(this.#target()).find(query, options),
  };

  override async get(id: string, options?: ReadOptions): Promise<D | undefined> {
    return this.#target().get(id, options);
  }

  override async getMany(
    ids: readonly string[],
    options?: ReadOptions,
  ): Promise<ReadonlyMap<string, D>> {
    return this.#target().getMany(ids, options);
  }

  override async find(query: Query<D>, options?: ReadOptions): Promise<Page<D>> {
    return this.#target().find(query, options);
  }
}
