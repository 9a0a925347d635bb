import { assertEventType } from '../event/definition.js';
import { UnserializableEventError } from '../event/errors.js';
import { isUuid } from '../event/ids.js';
import { findJsonProblem } from '../event/json.js';
import type { NewEvent, Retention } from './event-store.js';
import type { ExpectedRevision } from './expected-revision.js';
import { assertExpectedRevision } from './expected-revision.js';
import { assertStreamName } from './stream-name.js';

/** An event that was checked and encoded: safe to write. */
export interface PreparedEvent {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  /** JSON text, or bytes as given (a copy). */
  readonly data: string | Uint8Array;
  /** JSON text. */
  readonly metadata: string;
}

/** One append that was checked and encoded. */
export interface PreparedAppend {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly PreparedEvent[];
}

/** What a caller of a store may hand in, before anything was checked. */
export interface UncheckedAppend {
  readonly stream: string;
  readonly events: readonly NewEvent[];
  readonly expected?: ExpectedRevision | undefined;
}

/**
 * Checks and encodes what is to be appended in one step, the same for every adapter, so that nothing can fail behind the
 * first write.
 *
 * @param appends - The members, each to a stream of its own.
 * @param maxBytes - The store's `maxAppendBytes`, for all members together.
 * @throws TypeError on misuse: no events, an id twice, no UUID, an empty type, a bad name, too large, a stream twice.
 * @throws {@link UnserializableEventError} when JSON would change data or metadata.
 */
export function prepareAppends(
  appends: readonly UncheckedAppend[],
  maxBytes: number,
): readonly PreparedAppend[] {
  if (!Array.isArray(appends) || appends.length === 0) throw new TypeError('Nothing to append to.');
  const size = { bytes: 0, maxBytes };
  const prepared = appends.map((append) => prepareOne(append, size));
  if (prepared.length > 1)
    assertDistinct(
      prepared.map(({ stream }) => stream),
      'Stream',
    );
  const ids = prepared.flatMap(({ events }) => events.map(({ id }) => id));
  if (ids.length > 1) assertDistinct(ids, 'Event id');
  return prepared;
}

interface Size {
  bytes: number;
  readonly maxBytes: number;
}

function prepareOne(
  { stream, events, expected = 'any' }: UncheckedAppend,
  size: Size,
): PreparedAppend {
  assertStreamName(stream);
  assertExpectedRevision(expected);
  if (!Array.isArray(events) || events.length === 0)
    throw new TypeError(`No events to append to '${stream}'.`);
  return { stream, expected, events: events.map((event) => prepareEvent(event, size)) };
}

function prepareEvent(event: NewEvent, size: Size): PreparedEvent {
  const { id, type, version, data } = event;
  const metadata: unknown = event.metadata;
  assertEventType(type);
  if (!isUuid(id))
    throw new TypeError(`Event id '${String(id)}' of a '${type}' must be a UUID in lower case.`);
  if (!Number.isSafeInteger(version) || version < 1)
    throw new TypeError(`The version of a '${type}' must be an integer from 1.`);
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    throw new TypeError(`The metadata of a '${type}' must be an object.`);
  const prepared = {
    id,
    type,
    version,
    data: data instanceof Uint8Array ? Uint8Array.from(data) : encode(type, data, 'data'),
    metadata: encode(type, withoutUndefined(metadata), 'metadata'),
  };
  size.bytes += byteLength(prepared.data) + byteLength(prepared.metadata);
  if (size.bytes > size.maxBytes)
    throw new TypeError(`One append may hold at most ${size.maxBytes} bytes of data and metadata.`);
  return prepared;
}

function encode(type: string, value: unknown, root: string): string {
  const problem = findJsonProblem(value, root);
  if (problem !== undefined) throw new UnserializableEventError(type, problem.path, problem.reason);
  return JSON.stringify(value);
}

/** The optional fields of metadata may be given as `undefined`; further down it is refused like everywhere. */
function withoutUndefined(metadata: object): object {
  const entries = Object.entries(metadata);
  if (entries.every(([, value]) => value !== undefined)) return metadata;
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function byteLength(data: string | Uint8Array): number {
  return typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength;
}

function assertDistinct(values: readonly string[], what: string): void {
  const seen = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) throw new TypeError(`${what} '${value}' stands twice in one append.`);
    seen.add(value);
  }
}

/** @throws TypeError when a value of a retention is negative or no integer, or `maxCount` is 0. */
export function assertRetention(retention: Retention): void {
  const { maxAgeMs, maxCount, truncateBefore } = retention;
  for (const [name, value, least] of [
    ['maxAgeMs', maxAgeMs, 0],
    ['maxCount', maxCount, 1],
    ['truncateBefore', truncateBefore, 0],
  ] as const)
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= least))
      throw new TypeError(`${name} must be an integer from ${least}, not ${String(value)}.`);
}
