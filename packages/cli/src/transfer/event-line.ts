import { isUint8Array } from 'node:util/types';
import {
  isUuid,
  type Json,
  type Metadata,
  type Position,
  type RecordedEvent,
} from '@everfold/core';

/** An event as one line of NDJSON: with `data`, or, where the data are bytes, with `dataBase64`. */
export interface EventLine {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly version: number;
  readonly data?: Json | undefined;
  readonly dataBase64?: string | undefined;
  readonly metadata: Metadata;
  /** ISO 8601, UTC. */
  readonly recordedAt: string;
  /** In the log that it was read from. */
  readonly position: Position;
}

/** The line of an event. */
export function eventLine(event: RecordedEvent): EventLine {
  const { id, stream, revision, type, version, data, metadata, recordedAt, position } = event;
  const content = isUint8Array(data)
    ? { dataBase64: Buffer.from(data).toString('base64') }
    : { data };
  return {
    id,
    stream,
    revision,
    type,
    version,
    ...content,
    metadata,
    recordedAt: recordedAt.toISOString(),
    position,
  };
}

/** A line that is no event: which field is wrong, and how. */
export class MalformedLine extends Error {}

/**
 * Reads a line back.
 *
 * @throws {@link MalformedLine} when it is none.
 */
export function parseEventLine(text: string): EventLine {
  const line = parsed(text);
  demand(typeof line['id'] === 'string' && isUuid(line['id']), 'id must be a UUID in lower case');
  demand(isText(line['stream']), 'stream must be a text');
  demand(isCount(line['revision'], 0), 'revision must be an integer from 0');
  demand(isText(line['type']), 'type must be a text');
  demand(isCount(line['version'], 1), 'version must be an integer from 1');
  demand(isObject(line['metadata']), 'metadata must be an object');
  demand(isTime(line['recordedAt']), 'recordedAt must be a time, ISO 8601');
  demand(
    'data' in line !== 'dataBase64' in line,
    'it must have either data (JSON) or dataBase64 (bytes)',
  );
  demand(!('dataBase64' in line) || isBase64(line['dataBase64']), 'dataBase64 must be Base64');
  return line as unknown as EventLine;
}

/** The data of a line, as an event store takes them. */
export function dataOf({ data, dataBase64 }: EventLine): Json | Uint8Array {
  if (dataBase64 !== undefined) return Uint8Array.from(Buffer.from(dataBase64, 'base64'));
  return data ?? null;
}

type Fields = Readonly<Record<string, unknown>>;

function parsed(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (cause) {
    throw new MalformedLine(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  throw new MalformedLine('it must be a JSON object');
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new MalformedLine(otherwise);
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isCount(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least;
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function isBase64(value: unknown): boolean {
  return typeof value === 'string' && Buffer.from(value, 'base64').toString('base64') === value;
}
