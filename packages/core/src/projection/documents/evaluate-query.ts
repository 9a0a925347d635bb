import type { DocumentQuery, StoredDocument } from '../read-model-store.js';
import { compareDocuments, isBehind, matchesConditions } from './document-order.js';

/**
 * Evaluates a query by looking at every document: what an adapter's indexes must come to.
 *
 * @param documents - All of a collection, in any order, markers too.
 * @returns Those that the query finds, in its order: the very objects that were given.
 */
export function evaluateQuery(
  documents: Iterable<StoredDocument>,
  { where, orderBy, after, limit }: DocumentQuery,
): StoredDocument[] {
  const compare = compareDocuments(orderBy);
  const behind = after === undefined ? undefined : isBehind(orderBy, after);
  const found = new First(compare, limit);
  for (const stored of documents)
    if (
      stored.document !== undefined &&
      matchesConditions(stored.document, where) &&
      (behind === undefined || behind(stored))
    )
      found.add(stored);
  return found.sorted();
}

/** Keeps the first `limit` of what is added, so that a short page of a large collection needs no large sort. */
class First<T> {
  #kept: T[] = [];
  /** What is not before it cannot be among the first. */
  #last: T | undefined;

  constructor(
    readonly compare: (a: T, b: T) => number,
    readonly limit: number,
  ) {}

  add(item: T): void {
    if (this.#last !== undefined && this.compare(item, this.#last) >= 0) return;
    this.#kept.push(item);
    if (this.#kept.length < this.limit * 2) return;
    this.#kept = this.sorted();
    this.#last = this.#kept.at(-1);
  }

  sorted(): T[] {
    return this.#kept.sort(this.compare).slice(0, this.limit);
  }
}
