import {
  type NonEmpty,
  type ReadModelStore,
  type SegmentSave,
  UniqueIndexError,
} from '@everfold/core';

const EVERYTHING = { where: [], orderBy: [], limit: 100_000 };

/** A user's own unique index over a field, on a store that has none: `null` and missing values do not count. */
export class UniqueStore {
  readonly store: ReadModelStore;
  /** How often a write was refused. */
  refused = 0;
  readonly #field: string;

  constructor(shared: ReadModelStore, field: string) {
    this.#field = field;
    this.store = new Proxy(shared, {
      get: (target, property) => {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== 'function') return value;
        if (property !== 'save') return value.bind(target) as unknown;
        return async (parts: NonEmpty<SegmentSave>) => {
          await this.#check(target, parts);
          return await target.save(parts);
        };
      },
    });
  }

  /** One document after the other, as a server does. */
  async #check(shared: ReadModelStore, parts: NonEmpty<SegmentSave>): Promise<void> {
    const [{ collection }] = parts;
    if (collection === undefined) return;
    const stored = await shared.findDocuments(collection, EVERYTHING);
    const values = new Map(stored.map(({ id, document }) => [id, this.#valueOf(document)]));
    for (const { id, document } of parts.flatMap(({ documents }) => documents)) {
      const value = this.#valueOf(document);
      if (value !== undefined && [...values].some(([key, it]) => key !== id && it === value)) {
        this.refused += 1;
        throw new UniqueIndexError(id, this.#field);
      }
      values.set(id, value);
    }
  }

  #valueOf(document: object | undefined): unknown {
    return (document === undefined ? undefined : Reflect.get(document, this.#field)) ?? undefined;
  }
}
