import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.js';

const MOST = 100;
const USUAL = 50;

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

/** Other parameters than those that a route knows are passed over, as for any GET. */
function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const begin = url.indexOf('?');
  return new URLSearchParams(begin === -1 ? '' : url.slice(begin + 1));
}
