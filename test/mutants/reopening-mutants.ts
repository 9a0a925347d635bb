import type { EventStore, NewEvent, StreamAppend } from '@everfold/core';
import { newEventId } from '@everfold/core';
import { type Call, DurableStore, type Journal } from './durable-store.js';

/** A store that has changed when it is opened again. */
export interface ReopeningMutant {
  readonly wrong: string;
  readonly reopen: (store: EventStore) => Promise<EventStore>;
  readonly caughtBy: string;
}

/** What has become of the journal of a store when that is opened again. */
export function reopening(change?: (journal: Journal) => Journal) {
  return (store: EventStore): Promise<EventStore> => {
    if (!(store instanceof DurableStore)) throw new TypeError('This store keeps no journal.');
    return store.reopened(change);
  };
}

function losing(isLost: (call: Call, index: number, calls: readonly Call[]) => boolean) {
  return reopening(({ identity, calls }) => ({
    identity,
    calls: calls.filter((call, index) => !isLost(call, index, calls)),
  }));
}

function changingEvents(change: (event: NewEvent) => NewEvent) {
  return reopening(({ identity, calls }) => ({
    identity,
    calls: calls.map((call) => ({ ...call, appends: call.appends.map(withEvents(change)) })),
  }));
}

function withEvents(change: (event: NewEvent) => NewEvent) {
  return ({ events, ...append }: StreamAppend): StreamAppend => {
    const [first, ...others] = events;
    return { ...append, events: [change(first), ...others.map(change)] };
  };
}

/** Leaves out what was deleted, as if it had never been there. */
function compacted({ identity, calls }: Journal): Journal {
  const lastDelete = new Map(
    calls.flatMap(({ kind, stream }, index) => (kind === 'delete' ? [[stream, index]] : [])),
  );
  return {
    identity,
    calls: calls.filter(
      ({ appends }, index) => !appends.some(({ stream }) => index < (lastDelete.get(stream) ?? -1)),
    ),
  };
}

const isLast = (kind: Call['kind']) => (call: Call, index: number, calls: readonly Call[]) =>
  call.kind === kind && !calls.slice(index + 1).some((later) => later.kind === kind);

/** Stores that have changed when they are opened again. */
export const REOPENING_MUTANTS: readonly ReopeningMutant[] = [
  {
    wrong: 'the last append is lost',
    reopen: losing(isLast('append')),
    caughtBy: 'reopening › finds everything that was acknowledged, as it was',
  },
  {
    wrong: 'deletes are forgotten',
    reopen: losing(({ kind }) => kind === 'delete'),
    caughtBy: 'reopening › remembers what was deleted, and that revisions go on',
  },
  {
    wrong: 'tombstones are forgotten',
    reopen: losing(({ kind }) => kind === 'tombstone'),
    caughtBy: 'reopening › remembers tombstones',
  },
  {
    wrong: 'retention is forgotten',
    reopen: losing(({ kind }) => kind === 'retention'),
    caughtBy: 'reopening › remembers retention',
  },
  {
    wrong: 'retention is forgotten where a delete came after it',
    reopen: losing(({ kind, stream }, index, calls) => {
      const isDeleted = calls
        .slice(index)
        .some((it) => it.kind === 'delete' && it.stream === stream);
      return kind === 'retention' && isDeleted;
    }),
    caughtBy: 'a retention and a delete › outlives a delete and a reopening',
  },
  {
    wrong: 'what was deleted is purged, and positions move',
    reopen: reopening(compacted),
    caughtBy: 'reopening › moves no event that is left, whatever was deleted before it',
  },
  {
    wrong: 'the identity is another',
    reopen: reopening(({ calls }) => ({ identity: newEventId(), calls })),
    caughtBy: 'reopening › has the same identity and head',
  },
  {
    wrong: 'the time of recording moves by a millisecond',
    reopen: reopening(({ identity, calls }) => ({
      identity,
      calls: calls.map((call) => ({ ...call, atMs: call.atMs + 1 })),
    })),
    caughtBy: 'an event › is the same when the store was reopened: a read of the log',
  },
  {
    wrong: 'ids are others, and repeats unknown',
    reopen: changingEvents((event) => ({ ...event, id: newEventId() })),
    caughtBy: 'appending again, late › recognises every append of a long stream when the store was',
  },
  {
    wrong: 'the version is always 1',
    reopen: changingEvents((event) => ({ ...event, version: 1 })),
    caughtBy: 'an event › is the same when the store was reopened: a subscription that catches up',
  },
  {
    wrong: 'bytes are lost',
    reopen: changingEvents((event) =>
      event.data instanceof Uint8Array ? { ...event, data: null } : event,
    ),
    caughtBy: 'an event › is the same when the store was reopened: a read of its stream',
  },
  {
    wrong: 'metadata is cut down to the correlation',
    reopen: changingEvents((event) => ({
      ...event,
      metadata: { correlationId: event.metadata.correlationId },
    })),
    caughtBy: 'an event › is the same when the store was reopened: a read of its stream',
  },
];
