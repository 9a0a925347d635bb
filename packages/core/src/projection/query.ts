/** What a field must be: equal to a value, or within bounds. */
export type Condition<V> =
  | V
  | {
      readonly gt?: V | undefined;
      readonly gte?: V | undefined;
      readonly lt?: V | undefined;
      readonly lte?: V | undefined;
    };

/** Which documents are wanted, over declared indexes. */
export interface Query<D> {
  /** Conditions on fields that a declared index holds; all must be met. `undefined` says nothing. Default: all documents. */
  readonly where?: { readonly [K in keyof D]?: Condition<D[K]> | undefined } | undefined;
  /**
   * Fields that a declared index holds, the first weighs most. Null and missing come first, then numbers, strings by code point, booleans, dates.
   * Ties are parted by document id. Default: by document id, ascending.
   */
  readonly orderBy?:
    | readonly (readonly [field: keyof D & string, direction: 'asc' | 'desc'])[]
    | undefined;
  /** Most documents of a page, 1–10,000. Default 100. */
  readonly limit?: number | undefined;
  /** `next` of the page before, with the same `where` and `orderBy`. */
  readonly cursor?: string | undefined;
}

/** One page of documents. */
export interface Page<D> {
  readonly items: readonly D[];
  /** Cursor of the next page; `undefined` on the last one. */
  readonly next: string | undefined;
  /** How many documents of this read model are parked behind a failing event. */
  readonly parked: number;
}
