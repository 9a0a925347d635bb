import type { CheckedQuery } from './checked-query.js';
import { cursorBehind } from './cursor.js';
import type { Page } from './query.js';
import type { DocumentQuery, StoredDocument } from './read-model-store.js';

/** @internal What a store is asked for to make a page: one document more than it holds tells whether there is a next one. */
export function queryForPage({ shape: _, limit, ...query }: CheckedQuery): DocumentQuery {
  return { ...query, limit: limit + 1 };
}

/** @internal The page that comes of what {@link queryForPage} has found. */
export function pageOf<D>(
  found: readonly StoredDocument[],
  { limit, orderBy, shape }: CheckedQuery,
  parked: number,
): Page<D> {
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return {
    items: page.map(({ document }) => document as D),
    next: last && cursorBehind(last, orderBy, shape),
    parked,
  };
}
