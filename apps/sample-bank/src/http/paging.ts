import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.js';

const MOST = 100;
const USUAL = 50;

/** A page as it goes out. */
export interface PageAnswer<I> {
  readonly items: readonly I[];
  /** The cursor of the next page; null on the last one. */
  readonly next: string | null;
}

/**
 * How many items a page may have: `limit`, 50 when there is none.
 *
 * @throws {@link Problem} `validation-failed` when it is no whole number from 1 to 100, or is given twice.
 */
export function pageLimit(request: IncomingMessage): number {
  const [limit, second] = queryOf(request).getAll('limit');
  if (limit === undefined) return USUAL;
  if (second === undefined && /^[1-9]\d{0,2}$/.test(limit) && Number(limit) <= MOST)
    return Number(limit);
  throw new Problem('validation-failed', {
    detail: `limit must be one whole number from 1 to ${MOST}.`,
  });
}

/** Where a page begins: `cursor`, opaque here; `undefined` for the first one. Several are none that was handed out. */
export function pageCursor(request: IncomingMessage): string | undefined {
  const cursors = queryOf(request).getAll('cursor');
  return cursors.length === 0 ? undefined : cursors.join(',');
}

/**
 * A parameter that a list is narrowed by; `undefined` when it is not there.
 *
 * @throws {@link Problem} `validation-failed` when it is given twice.
 */
export function filter(request: IncomingMessage, name: string): string | undefined {
  const [value, second] = queryOf(request).getAll(name);
  if (second === undefined) return value;
  throw new Problem('validation-failed', { detail: `${name} must be given once.` });
}

/** Other parameters than those that a route knows are passed over, as for any GET. */
function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const begin = url.indexOf('?');
  return new URLSearchParams(begin === -1 ? '' : url.slice(begin + 1));
}
