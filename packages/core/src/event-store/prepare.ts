import { isUint8Array } from 'node:util/types';
import { assertEventType } from '../event/definition.js';
import { UnserializableEventError } from '../event/errors.js';
import { isUuid } from '../event/ids.js';
import type { JsonProblem } from '../event/json.js';
import { findJsonProblem, findOptionalsProblem } from '../event/json.js';
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
  const prepared = appends.map(prepareOne);
  assertFits(prepared, maxBytes);
  if (prepared.length > 1)
    assertDistinct(
      'Stream',
      prepared.map(({ stream }) => stream),
    );
  if (prepared.length > 1 || appends[0]?.events.length !== 1)
    assertDistinct(
      'Event id',
      prepared.flatMap(({ events }) => events.map(({ id }) => id)),
    );
  return prepared;
}

function prepareOne({ stream, events, expected = 'any' }: UncheckedAppend): PreparedAppend {
  assertStreamName(stream);
  assertExpectedRevision(expected);
  if (!Array.isArray(events) || events.length === 0)
    throw new TypeError(`No events to append to '${stream}'.`);
  return { stream, expected, events: events.map(prepareEvent) };
}

function prepareEvent(event: NewEvent): PreparedEvent {
  const { id, type, version, data } = event;
  const metadata: unknown = event.metadata;
  assertEventType(type);
  if (!isUuid(id))
    throw new TypeError(`Event id '${String(id)}' of a '${type}' must be a UUID in lower case.`);
  if (!Number.isSafeInteger(version) || version < 1)
    throw new TypeError(`The version of a '${type}' must be an integer from 1.`);
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata))
    throw new TypeError(`The metadata of a '${type}' must be an object.`);
  return {
    id,
    type,
    version,
    data: isUint8Array(data)
      ? Uint8Array.from(data)
      : encode(type, data, findJsonProblem(data, 'data')),
    metadata: encode(type, metadata, findOptionalsProblem(metadata, 'metadata')),
  };
}

function encode(type: string, value: unknown, problem: JsonProblem | undefined): string {
  if (problem !== undefined) throw new UnserializableEventError(type, problem.path, problem.reason);
  return JSON.stringify(value);
}

function assertFits(appends: readonly PreparedAppend[], maxBytes: number): void {
  // No UTF-16 unit takes more than three bytes: what fits even so need not be counted.
  if (sizeOf(appends, ({ length }) => 3 * length) <= maxBytes) return;
  if (sizeOf(appends, byteLength) > maxBytes)
    throw new TypeError(`One append may hold at most ${maxBytes} bytes of data and metadata.`);
}

function sizeOf(
  appends: readonly PreparedAppend[],
  measure: (content: string | Uint8Array) => number,
): number {
  let size = 0;
  for (const { events } of appends)
    for (const { data, metadata } of events) size += measure(data) + measure(metadata);
  return size;
}

function byteLength(content: string | Uint8Array): number {
  return typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
}

function assertDistinct(what: string, values: readonly string[]): void {
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
