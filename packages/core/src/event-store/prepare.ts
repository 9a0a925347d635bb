import { isUint8Array } from 'node:util/types';
import { assertEventType } from '../event/definition.js';
import { UnserializableEventError } from '../event/errors.js';
import { isUuid } from '../event/ids.js';
import type { Json, JsonProblem } from '../event/json.js';
import { findJsonProblem, findOptionalsProblem } from '../event/json.js';
import type { Metadata } from '../event/metadata.js';
import { assertMetadata } from '../event/metadata.js';
import type { NewEvent, Retention } from './event-store.js';
import type { ExpectedRevision } from './expected-revision.js';
import { assertExpectedRevision } from './expected-revision.js';
import { assertStreamName } from './stream-name.js';

/** An event that was checked and encoded: safe to write. */
export interface PreparedEvent {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  /** The JSON text of `[metadata, data]`, in one piece; of `[metadata]` where the data are bytes. */
  readonly json: string;
  /** Data that are bytes, as given (a copy); `undefined` where they are JSON. */
  readonly bytes: Uint8Array | undefined;
}

/** Data and metadata of a prepared event, decoded anew: nobody shares them. */
export function contentOf({ json, bytes }: Pick<PreparedEvent, 'json' | 'bytes'>): {
  readonly data: Json | Uint8Array;
  readonly metadata: Metadata;
} {
  const [metadata, data] = JSON.parse(json) as readonly [Metadata, Json];
  return { data: bytes === undefined ? data : Uint8Array.from(bytes), metadata };
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
 * @throws TypeError on misuse: no events, an id twice, no UUID, an empty type, a bad name, too large, a stream twice,
 * a field of {@link Metadata} with a value of another type.
 * @throws {@link UnserializableEventError} when JSON would change data or metadata.
 */
export function prepareAppends(
  appends: readonly UncheckedAppend[],
  maxBytes: number,
): readonly PreparedAppend[] {
  if (!Array.isArray(appends) || appends.length === 0) throw new TypeError('Nothing to append to.');
  const prepared = appends.map(prepareOne);
  assertFits(prepared, maxBytes);
  // Most appends are of one event, and every one pays for what is done here.
  if (prepared.length === 1 && prepared[0]?.events.length === 1) return prepared;
  assertDistinct(
    'Stream',
    prepared.map(({ stream }) => stream),
  );
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
  const bytes = isUint8Array(data) ? Uint8Array.from(data) : undefined;
  if (bytes === undefined) assertFaithful(type, findJsonProblem(data, 'data'));
  assertFaithful(type, findOptionalsProblem(metadata, 'metadata'));
  assertMetadata(metadata, type);
  // One call: each costs as much again as a small value does.
  const json = JSON.stringify(bytes === undefined ? [metadata, data] : [metadata]);
  return { id, type, version, json, bytes };
}

function assertFaithful(type: string, problem: JsonProblem | undefined): void {
  if (problem !== undefined) throw new UnserializableEventError(type, problem.path, problem.reason);
}

function assertFits(appends: readonly PreparedAppend[], maxBytes: number): void {
  // No UTF-16 unit takes more than three bytes: what fits even so need not be counted.
  let most = 0;
  for (const { events } of appends)
    for (const { json, bytes } of events) most += 3 * json.length + (bytes?.length ?? 0);
  if (most <= maxBytes) return;
  if (exactSize(appends) > maxBytes)
    throw new TypeError(`One append may hold at most ${maxBytes} bytes of data and metadata.`);
}

/** What data and metadata have as JSON texts of their own, or as bytes: without brackets and comma of the text they share. */
function exactSize(appends: readonly PreparedAppend[]): number {
  let size = 0;
  for (const { events } of appends)
    for (const { json, bytes } of events)
      size += Buffer.byteLength(json) - (bytes === undefined ? 3 : 2 - bytes.length);
  return size;
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
