import type { EventFilter } from './event-store.js';
import { categoryOf } from './stream-name.js';

/** Tells whether an event passes a filter. */
export type EventPredicate = (event: { readonly type: string; readonly stream: string }) => boolean;

/** The predicate of a filter; `undefined` when everything passes, so that a reader may skip the question. */
export function predicateOf(filter: EventFilter | undefined): EventPredicate | undefined {
  const types = filter?.types === undefined ? undefined : new Set(filter.types);
  const categories = filter?.categories === undefined ? undefined : new Set(filter.categories);
  if (types === undefined && categories === undefined) return undefined;
  return ({ type, stream }) => {
    if (types !== undefined && !types.has(type)) return false;
    if (categories === undefined) return true;
    const category = categoryOf(stream);
    return category !== undefined && categories.has(category);
  };
}
