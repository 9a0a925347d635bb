import type { ConsumerInfo, ParkedEvent, Position } from '@everfold/core';

/** A projection as an administration tells of it. */
export function consumer(given: Partial<ConsumerInfo> = {}): ConsumerInfo {
  return {
    name: 'accounts',
    kind: 'projection',
    consumer: 'accounts@1.1',
    version: 1,
    generation: 1,
    state: 'serving',
    declared: true,
    paused: false,
    commit: 'atomic',
    segments: [
      { segment: 0, epoch: 3, owner: 'm-1', handled: 12, skipped: 1, orphaned: 0, parked: 0 },
    ],
    position: '0000000000000042' as Position,
    lagMs: 0,
    parked: 0,
    stopped: 0,
    orphaned: 0,
    ...given,
  };
}

/** An event that is parked. */
export function parkedEvent(given: Partial<ParkedEvent> = {}): ParkedEvent {
  return {
    consumer: 'accounts@1.1',
    segment: 0,
    documentId: 'a-17',
    position: '0000000000000001' as Position,
    stream: 'account-17',
    revision: 0,
    eventId: '0193a000-0000-7000-8000-000000000001',
    eventType: 'account.opened',
    error: 'TypeError: owner is undefined\n    at fold',
    attempts: 5,
    parkedAt: '2026-01-02T03:04:05.000Z',
    ...given,
  };
}
