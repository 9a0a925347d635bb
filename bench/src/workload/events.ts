import { randomUUID } from 'node:crypto';
import { type NewEvent, newEventId } from '@everfold/core';

/** How many different bodies the events have; ids are always new. */
const BODIES = 1_000;

/** What a deposit says: data and metadata together are about 200 bytes of JSON, as an application writes them. */
const bodies = Array.from({ length: BODIES }, (_, index) => ({
  data: {
    accountId: randomUUID(),
    amount: 1 + ((index * 7919) % 100_000),
    currency: 'EUR',
    reference: `Invoice 2026-${String(index).padStart(6, '0')}`,
  },
  metadata: { correlationId: randomUUID(), actor: `user-${String(index).padStart(5, '0')}` },
}));

/** The event that is appended everywhere in the bench; only its id differs between two with the same index. */
export function depositEvent(id: string, index: number): NewEvent {
  const body = bodies[index % BODIES] ?? impossible();
  return {
    id,
    type: 'account.money-deposited',
    version: 1,
    data: body.data,
    metadata: body.metadata,
  };
}

/** The data of {@link depositEvent}. */
export function depositOf(index: number): (typeof bodies)[number]['data'] {
  return (bodies[index % BODIES] ?? impossible()).data;
}

/** How many bytes of JSON the data and metadata of an event have, on average. */
export function bytesOfBody(): number {
  const bytes = bodies.map(
    ({ data, metadata }) => JSON.stringify(data).length + JSON.stringify(metadata).length,
  );
  return bytes.reduce((sum, size) => sum + size, 0) / bytes.length;
}

/** Ids made before the clock starts: every log gets them for nothing. */
export function eventIds(count: number): readonly string[] {
  return Array.from({ length: count }, () => newEventId());
}

/** Names of streams, made before the clock starts. */
export function streamNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `account-${index}`);
}

function impossible(): never {
  throw new Error('An index outside of its array.');
}
