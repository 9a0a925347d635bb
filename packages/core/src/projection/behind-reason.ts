import type { ControlRecord, ModelRecord, SegmentRecord } from '../consumer/records.js';
import { consumerOf, keys } from '../consumer/records.js';
import type { ModelName } from './progress.js';
import type { ReadModelStore } from './read-model-store.js';

/**
 * @internal Why a read model does not come further, where its records say so.
 *
 * @param wanted - The segments that are waited for. Default: all.
 */
export async function reasonFor(
  store: ReadModelStore,
  { name, version }: ModelName,
  wanted?: readonly number[] | undefined,
): Promise<string | undefined> {
  const record = await store.readRecord(keys.model(name, version));
  if (record === undefined) return `version ${version} was never begun`;
  const control = await store.readRecord(keys.control(name));
  if ((control?.value as ControlRecord | undefined)?.paused === true) return `'${name}' is paused`;
  const { serving } = record.value as unknown as ModelRecord;
  const prefix = keys.segments(consumerOf(name, version, serving));
  for (const { key, value } of await store.listRecords(prefix)) {
    const segment = Number(key.slice(prefix.length));
    const { stopped } = value as unknown as SegmentRecord;
    if (stopped !== undefined && (wanted === undefined || wanted.includes(segment)))
      return `segment ${segment} is stopped${atEvent(stopped)}: ${stopped.error}`;
  }
  return undefined;
}

function atEvent({ eventType, eventId }: NonNullable<SegmentRecord['stopped']>): string {
  if (eventType === undefined) return '';
  return eventId === undefined ? ` at '${eventType}'` : ` at '${eventType}' ${eventId}`;
}
