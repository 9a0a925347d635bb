import type {
  EventFilter,
  EventReadOptions,
  LogReadOptions,
  StreamReadOptions,
} from './event-store.js';
import { assertStreamName } from './stream-name.js';

/**
 * Checks what a read of one stream asks for, the same for every adapter. To be called when the read is iterated.
 *
 * @throws TypeError on a bad stream name, direction, limit or filter, or when `from` or `after` is no 0-based revision.
 */
export function assertStreamRead(stream: unknown, options: StreamReadOptions): void {
  assertStreamName(stream);
  assertReadOptions(options);
  for (const [name, revision] of [
    ['from', options.from],
    ['after', options.after],
  ] as const)
    if (revision !== undefined && !isCount(revision))
      throw new TypeError(`${name} must be a 0-based revision, not ${String(revision)}.`);
}

/**
 * Checks what a read of the log asks for. The shape of positions is each adapter's own, and for it to check.
 *
 * @throws TypeError on a bad direction, limit or filter.
 */
export function assertLogRead(options: LogReadOptions): void {
  assertReadOptions(options);
}

/** @throws TypeError when a list of the filter is no array of strings. */
export function assertFilter(filter: EventFilter | undefined): void {
  for (const list of [filter?.types, filter?.categories])
    if (list !== undefined && !(Array.isArray(list) && list.every((it) => typeof it === 'string')))
      throw new TypeError('A filter names types and categories in arrays of strings.');
}

function assertReadOptions({ direction, limit, filter }: EventReadOptions): void {
  if (direction !== undefined && direction !== 'forwards' && direction !== 'backwards')
    throw new TypeError(`Direction '${String(direction)}': write 'forwards' or 'backwards'.`);
  if (limit !== undefined && limit !== Number.POSITIVE_INFINITY && !isCount(limit))
    throw new TypeError(`limit must be an integer from 0, not ${String(limit)}.`);
  assertFilter(filter);
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
