import type { MemberRecord } from '../consumer/records.js';
import { keys } from '../consumer/records.js';
import type { AdministrationParts } from './parts.js';
import { pause } from './poll.js';

/** A member that is alive raises its counter within so many heartbeats. */
const WATCHED_HEARTBEATS = 2.4;

/**
 * @internal The members that live. Who has just come knows of nobody whether he does: so it is watched whose counters change.
 */
export async function livingMembers(
  { readModels, leases }: AdministrationParts,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, MemberRecord>> {
  const list = async (): Promise<Map<string, MemberRecord>> =>
    new Map(
      (await readModels.listRecords(keys.members)).map(({ key, value }) => [
        key.slice(keys.members.length),
        value as unknown as MemberRecord,
      ]),
    );
  const before = await list();
  const end = performance.now() + WATCHED_HEARTBEATS * leases.heartbeatMs;
  const living = new Map<string, MemberRecord>();
  while (living.size < before.size && performance.now() < end) {
    await pause(leases.heartbeatMs / 5, signal);
    const now = await list();
    for (const [id, record] of now)
      if (before.get(id)?.beat !== record.beat) living.set(id, record);
    // Who took his leave need not be waited for.
    for (const id of before.keys()) if (!now.has(id)) before.delete(id);
  }
  return living;
}
