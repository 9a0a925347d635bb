import type { EventStore } from '../../event-store/event-store.js';
import type { ActualRevision, ExpectedRevision } from '../../event-store/expected-revision.js';
import type { ManualClock } from '../manual-clock.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsIn, idsOf } from './events.js';
import type { Fixture } from './fixture.js';

/** What an append or a deletion does: goes through, is refused with the actual revision, or meets a tombstone. */
type Outcome = 'ok' | 'tombstone' | { readonly actual: ActualRevision };
type Arrange = (store: EventStore, stream: string, clock?: ManualClock) => Promise<unknown>;

interface StreamCase {
  readonly state: string;
  readonly arrange: Arrange;
  /** The revision that the next event gets. */
  readonly next: number;
  readonly outcomes: ReadonlyMap<ExpectedRevision, Outcome>;
  /** Whether it takes a clock that the test moves to come by this state. */
  readonly timed?: boolean;
}

const ok = 'ok';
const conflict = (actual: ActualRevision): Outcome => ({ actual });
const three: Arrange = (store, stream) => store.append(stream, events(3));
const deleted: Arrange = async (store, stream) => {
  await three(store, stream);
  await store.delete(stream);
};
const expire: Arrange = async (store, stream, clock) => {
  await store.setRetention(stream, { maxAgeMs: 1_000 });
  clock?.advance(1_001);
};
const LIVE = new Map<ExpectedRevision, Outcome>([
  ['any', ok],
  ['no-stream', conflict(2)],
  ['stream-exists', ok],
  [0, conflict(2)],
  [1, conflict(2)],
  [2, ok],
  [3, conflict(2)],
  [7, conflict(2)],
  [2 ** 31 + 2, conflict(2)],
  [2 ** 32 + 2, conflict(2)],
  [Number.MAX_SAFE_INTEGER, conflict(2)],
]);
const DELETED = new Map<ExpectedRevision, Outcome>([
  ['any', ok],
  ['no-stream', ok],
  ['stream-exists', conflict('deleted')],
  [0, conflict('deleted')],
  [1, conflict('deleted')],
  [3, conflict('deleted')],
  [7, conflict('deleted')],
]);
const TOMBSTONE = new Map<ExpectedRevision, Outcome>(
  (['any', 'no-stream', 'stream-exists', 0, 2, 7] as const).map((expected) => [
    expected,
    'tombstone',
  ]),
);

const CASES: readonly StreamCase[] = [
  {
    state: 'a stream that was never written',
    arrange: async () => {},
    next: 0,
    outcomes: new Map<ExpectedRevision, Outcome>([
      ['any', ok],
      ['no-stream', ok],
      ['stream-exists', conflict('no-stream')],
      [0, conflict('no-stream')],
      [5, conflict('no-stream')],
    ]),
  },
  {
    state: 'a stream that has only a retention',
    arrange: (store, stream) => store.setRetention(stream, { maxCount: 2 }),
    next: 0,
    outcomes: new Map<ExpectedRevision, Outcome>([
      ['any', ok],
      ['no-stream', ok],
      ['stream-exists', conflict('no-stream')],
      [0, conflict('no-stream')],
    ]),
  },
  { state: 'a live stream', arrange: three, next: 3, outcomes: LIVE },
  {
    state: 'a stream shortened to its last event',
    arrange: async (store, stream) => {
      await three(store, stream);
      await store.setRetention(stream, { maxCount: 1 });
    },
    next: 3,
    outcomes: LIVE,
  },
  {
    state: 'a stream all of whose events are truncated',
    arrange: async (store, stream) => {
      await three(store, stream);
      await store.setRetention(stream, { truncateBefore: 3 });
    },
    next: 3,
    outcomes: LIVE,
  },
  {
    state: 'a stream all of whose events are too old',
    arrange: async (store, stream, clock) => {
      await three(store, stream);
      await expire(store, stream, clock);
    },
    next: 3,
    outcomes: LIVE,
    timed: true,
  },
  {
    state: 'a deleted stream that kept its events for a time',
    arrange: async (store, stream, clock) => {
      await three(store, stream);
      await expire(store, stream, clock);
      await store.delete(stream);
    },
    next: 3,
    outcomes: DELETED,
    timed: true,
  },
  {
    state: 'a deleted stream',
    arrange: deleted,
    next: 3,
    outcomes: DELETED,
  },
  {
    state: 'a stream that was deleted and written again',
    arrange: async (store, stream) => {
      await deleted(store, stream);
      await store.append(stream, events(2));
    },
    next: 5,
    outcomes: new Map<ExpectedRevision, Outcome>([
      ['any', ok],
      ['no-stream', conflict(4)],
      ['stream-exists', ok],
      [0, conflict(4)],
      [1, conflict(4)],
      [2, conflict(4)],
      [3, conflict(4)],
      [4, ok],
      [5, conflict(4)],
      [9, conflict(4)],
    ]),
  },
  {
    state: 'a stream with a tombstone',
    arrange: async (store, stream) => {
      await three(store, stream);
      await store.tombstone(stream);
    },
    next: 3,
    outcomes: TOMBSTONE,
  },
  {
    state: 'a tombstone where no stream ever was',
    arrange: (store, stream) => store.tombstone(stream),
    next: 0,
    outcomes: TOMBSTONE,
  },
];

/** Every expected revision on every state that a stream can be in, for appends and deletions. */
export function describeExpectations(contract: Contract): void {
  for (const { state, outcomes, ...rest } of CASES)
    contract.describe(`expecting, on ${state}`, () => {
      for (const [expected, outcome] of outcomes) {
        describeAppend(contract, { ...rest, expected, outcome });
        describeDeletion(contract, 'delete', { ...rest, expected, outcome });
        describeDeletion(contract, 'tombstone', { ...rest, expected, outcome });
      }
      describeMembers(contract, { ...rest, outcomes });
    });

  contract.describe('expecting the last revision of a stream that was deleted since', () => {
    contract.it('conflicts or appends, as the capability says', async ({ store, stream }) => {
      await deleted(store, stream);

      const append = store.append(stream, [event()], { expected: 2 });

      if (store.capabilities.exactRevisionOnDeletedStream === 'appends')
        await expect(append).resolves.toMatchObject({ revision: 3, repeated: false });
      else await expect(append).rejects.toMatchObject(refused(2, conflict('deleted'), stream));
    });
  });
}

interface AppendCase extends Pick<StreamCase, 'arrange' | 'next' | 'timed'> {
  readonly expected: ExpectedRevision;
  readonly outcome: Outcome;
}

type TimedBehaviour = (fixture: Fixture, clock?: ManualClock) => Promise<void>;

function behaviourOf(contract: Contract, timed: boolean | undefined) {
  return (sentence: string, behaviour: TimedBehaviour) =>
    timed === true
      ? contract.itWithClock(sentence, behaviour)
      : contract.it(sentence, (fixture) => behaviour(fixture));
}

function describeAppend(contract: Contract, { arrange, next, timed, ...it }: AppendCase) {
  const { expected, outcome } = it;
  const sentence = `${saying(outcome, `appends revision ${next}`)} at ${expected}`;
  behaviourOf(contract, timed)(sentence, async (fixture, clock) => {
    const { store, stream, log } = fixture;
    await arrange(store, stream, clock);
    const before = [await shown(store, stream), idsOf(await log())];
    const fresh = event();

    const append = store.append(stream, [fresh], { expected });

    if (outcome === ok) {
      await expect(append).resolves.toMatchObject({ revision: next, repeated: false });
      expect(idsOf(await collect(store.read(stream, { from: next })))).toEqual([fresh.id]);
      return;
    }
    await expect(append).rejects.toMatchObject(refused(expected, outcome, stream));
    expect([await shown(store, stream), idsOf(await log())]).toEqual(before);
  });
}

/** Every expectation again, each for a member of an append to several streams. */
function describeMembers(
  contract: Contract,
  { arrange, next, timed, outcomes }: Omit<StreamCase, 'state'>,
) {
  const sentence = 'decides so too for a member of an append to several streams';
  behaviourOf(contract, timed)(sentence, async ({ store, streamOf }, clock) => {
    if (!store.capabilities.multiStreamAppend) return;
    for (const [expected, outcome] of outcomes) {
      const [stream, other] = [streamOf(`a${expected}`), streamOf(`b${expected}`)];
      await arrange(store, stream, clock);

      const append = store.appendToStreams([
        { stream: other, events: [event()], expected: 'no-stream' },
        { stream, events: [event()], expected },
      ]);

      if (outcome === ok)
        await expect(append).resolves.toMatchObject([{ revision: 0 }, { revision: next }]);
      else await expect(append).rejects.toMatchObject(refused(expected, outcome, stream));
      expect(await idsIn(store, other)).toHaveLength(outcome === ok ? 1 : 0);
    }
  });
}

type DeletionCase = Omit<AppendCase, 'next'>;

function describeDeletion(
  contract: Contract,
  operation: 'delete' | 'tombstone',
  { arrange, expected, outcome, timed }: DeletionCase,
) {
  if (operation === 'tombstone' && outcome === 'tombstone') return;
  const sentence = saying(outcome, `allows a ${operation}`);
  const name = `${sentence} at ${expected}, for a ${operation}`;
  behaviourOf(contract, timed)(name, async ({ store, stream }, clock) => {
    await arrange(store, stream, clock);
    const before = await shown(store, stream);

    const deletion = store[operation](stream, { expected });

    if (outcome === ok) {
      await expect(deletion).resolves.toBeUndefined();
      expect(await shown(store, stream)).toEqual(operation === 'delete' ? [] : 'tombstone');
      return;
    }
    await expect(deletion).rejects.toMatchObject(refused(expected, outcome, stream));
    expect(await shown(store, stream)).toEqual(before);
  });
}

function saying(outcome: Outcome, success: string): string {
  if (outcome === ok) return success;
  if (outcome === 'tombstone') return 'says that there is a tombstone';
  return `conflicts, naming ${outcome.actual},`;
}

function refused(expected: ExpectedRevision, outcome: Outcome, stream: string): object {
  if (typeof outcome === 'string') return { code: 'STREAM_DELETED', stream };
  return { code: 'WRONG_EXPECTED_REVISION', stream, expected, actual: outcome.actual };
}

async function shown(store: EventStore, stream: string): Promise<readonly string[] | 'tombstone'> {
  try {
    return await idsIn(store, stream);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'STREAM_DELETED') return 'tombstone';
    throw error;
  }
}
