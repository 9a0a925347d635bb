import { createHash } from 'node:crypto';
import type { Json } from '../event/json.js';
import type { Snapshot } from './snapshot-store.js';

/** @internal What is in a snapshot. Stream and revision are in it again, so that they cannot be changed unseen either. */
export interface SnapshotContent {
  readonly stream: string;
  readonly revision: number;
  readonly fingerprint: string;
  readonly eventId: string;
  /** Milliseconds. */
  readonly takenAt: number;
  readonly exists: boolean;
  readonly state: Json;
  readonly commands: Json;
}

const FORMAT = 2;

/** @internal One text with its checksum: stores may order or widen the fields of an object, and leave a text alone. */
export function sealed(content: SnapshotContent): Snapshot {
  const { stream, revision } = content;
  const text = JSON.stringify(content);
  return { stream, revision, content: { format: FORMAT, checksum: checksumOf(text), text } };
}

/**
 * @internal What was sealed; `undefined` when it is of another format.
 *
 * @throws TypeError when it is not what was sealed.
 */
export function unsealed({
  stream,
  revision,
  content: envelope,
}: Snapshot): SnapshotContent | undefined {
  const { format, checksum, text } = (envelope ?? {}) as Readonly<Record<string, unknown>>;
  if (format !== FORMAT) return undefined;
  if (typeof text !== 'string' || checksum !== checksumOf(text)) throw broken(stream);
  const content: unknown = JSON.parse(text);
  if (!isContent(content) || content.stream !== stream || content.revision !== revision)
    throw broken(stream);
  return content;
}

function isContent(value: unknown): value is SnapshotContent {
  if (typeof value !== 'object' || value === null) return false;
  const { revision, fingerprint, eventId, takenAt, exists, state, commands } = value as Readonly<
    Record<string, unknown>
  >;
  return (
    Number.isSafeInteger(revision) &&
    typeof fingerprint === 'string' &&
    typeof eventId === 'string' &&
    typeof takenAt === 'number' &&
    typeof exists === 'boolean' &&
    state !== undefined &&
    commands !== undefined
  );
}

function broken(stream: string): TypeError {
  return new TypeError(
    `The snapshot of '${stream}' is not what was saved: it is passed over, and the stream is read from its beginning.`,
  );
}

function checksumOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
