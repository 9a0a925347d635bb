import { createHash } from 'node:crypto';
import type { ParkedRecord } from '../consumer/records.js';
import { keys, toJson } from '../consumer/records.js';
import type { Clock } from '../event/clock.js';
import type { Json } from '../event/json.js';
import type { RecordedEvent } from '../event-store/event-store.js';
import type { Position } from '../event-store/position.js';

/** @internal Why and after how many attempts an event was parked; those that wait behind it have no reason of their own. */
export interface ParkReason {
  readonly error: unknown;
  readonly attempts: number;
}

/** @internal The record of an event that is parked for a document, or for what a reactor orders by. */
export function parkedRecord(
  place: { readonly consumer: string; readonly segment: number; readonly documentId: string },
  recorded: RecordedEvent,
  clock: Clock,
  reason?: ParkReason,
): { readonly key: string; readonly value: Json } {
  const { consumer, segment, documentId } = place;
  const record: ParkedRecord = {
    documentId,
    position: recorded.position,
    stream: recorded.stream,
    revision: recorded.revision,
    eventId: recorded.id,
    eventType: recorded.type,
    parkedAt: new Date(clock.now()).toISOString(),
    ...(reason && { error: messageOf(reason.error), attempts: reason.attempts }),
  };
  return {
    key: parkedKey(consumer, segment, recorded.position, documentId),
    value: toJson(record),
  };
}

/** @internal In the order of the log; the document's id may be too long for a key. */
export function parkedKey(
  consumer: string,
  segment: number,
  position: Position,
  documentId: string,
): string {
  const hash = createHash('sha256').update(documentId).digest('hex').slice(0, 32);
  return `${keys.parked(consumer, segment)}${position}-${hash}`;
}

/** @internal An error in a line or two, whatever was thrown. */
export function messageOf(error: unknown): string {
  const text = textOf(error);
  return text.length > 2_000 ? `${text.slice(0, 2_000)} …` : text;
}

function textOf(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  } catch {
    return 'something was thrown that has no text';
  }
}
