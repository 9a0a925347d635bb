import type { Json, Metadata, RecordedEvent, Retention, StreamControl } from '@everfold/core';
import { positionAt } from '../position.js';

// A record is a JSON array; the first element tells its kind. The text is put together from parts that are JSON already.
const EVENT = 0;
const BINARY_EVENT = 1;
const CONTROL = 2;

/** An event's record, parsed. */
export type EventRecord = readonly [
  kind: typeof EVENT | typeof BINARY_EVENT,
  stream: string,
  revision: number,
  id: string,
  type: string,
  version: number,
  metadata: Metadata,
  data: Json,
];
type ControlRecord = readonly [
  kind: typeof CONTROL,
  stream: string,
  base: number,
  tombstoned: 0 | 1,
  retention: Retention,
];

/** One record of the log, parsed. */
export type LogRecord = EventRecord | ControlRecord;

/** An event as it is put into a record: of its JSON, the bracket that closes the list closes the record as well. */
export interface EventParts {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly json: string;
  readonly bytes: Uint8Array | undefined;
}

/** Whether a record is an event, and none of the store's own. */
export function isEvent(record: LogRecord): record is EventRecord {
  return record[0] !== CONTROL;
}

/** The text of an event's record. It is put together once: every append pays for it. */
export function eventRecord(streamText: string, revision: number, event: EventParts): string {
  const { id, type, version, json, bytes } = event;
  const typeText = jsonText(type);
  if (bytes === undefined)
    return `[${EVENT},${streamText},${revision},"${id}",${typeText},${version},${json.slice(1)}`;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return `[${BINARY_EVENT},${streamText},${revision},"${id}",${typeText},${version},${json.slice(1, -1)},"${text}"]`;
}

const PLAIN = /^[\w .:/@+-]*$/;

/** A string as JSON; most names need no escapes, and looking is cheaper than asking for them. */
export function jsonText(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** The text of what was said about a stream. */
export function controlRecord(
  stream: string,
  { base, tombstoned, retention }: StreamControl,
): string {
  return JSON.stringify([CONTROL, stream, base, tombstoned ? 1 : 0, retention]);
}

/** What a control record says. */
export function controlOf(record: ControlRecord): StreamControl {
  return { base: record[2], tombstoned: record[3] === 1, retention: record[4] };
}

/** An event as readers see it. */
export function recordedEvent(
  record: EventRecord,
  place: { readonly record: number; readonly recordedAtMs: number },
): RecordedEvent {
  const data = record[7];
  return {
    id: record[3],
    type: record[4],
    version: record[5],
    data:
      record[0] === BINARY_EVENT ? Uint8Array.from(Buffer.from(data as string, 'base64')) : data,
    metadata: record[6],
    stream: record[1],
    revision: record[2],
    position: positionAt(place.record),
    recordedAt: new Date(place.recordedAtMs),
  };
}
