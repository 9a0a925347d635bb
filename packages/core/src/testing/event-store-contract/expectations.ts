import type { EventStore } from '../../event-store/event-store.js';
import type { ActualRevision, ExpectedRevision } from '../../event-store/expected-revision.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsIn, idsOf } from './events.js';
import { expect } from './runner.js';

/** What an append or a deletion does: goes through, is refused with the actual revision, or meets a tombstone. */
type Outcome = 'ok' | 'tombstone' | { readonly actual: ActualRevision };
type Arrange = (store: EventStore, stream: string) => Promise<unknown>;

interface StreamCase {
  readonly state: string;
  readonly arrange: Arrange;
  /** The revision that the next event gets. */
  readonly next: number;
  readonly outcomes: ReadonlyMap<ExpectedRevision, Outcome>;
}

const ok = 'ok';
const conflict = (actual: ActualRevision): Outcome => ({ actual });
const three: Arrange = (store, stream) => store.append(stream, events(3));
const deleted: Arrange = async (store, stream) => {
  await three(store, stream);
  await store.delete(stream);
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
    state: 'a deleted stream',
    arrange: deleted,
    next: 3,
    outcomes: new Map<ExpectedRevision, Outcome>([
      ['any', ok],
      ['no-stream', ok],
      ['stream-exists', conflict('deleted')],
      [0, conflict('deleted')],
      [1, conflict('deleted')],
      [3, conflict('deleted')],
      [7, conflict('deleted')],
    ]),
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
  for (const { state, arrange, next, outcomes } of CASES)
    contract.describe(`expecting, on ${state}`, () => {
      for (const [expected, outcome] of outcomes) {
        describeAppend(contract, { arrange, next, expected, outcome });
        describeDeletion(contract, 'delete', { arrange, expected, outcome });
        describeDeletion(contract, 'tombstone', { arrange, expected, outcome });
      }
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

interface AppendCase {
  readonly arrange: Arrange;
  readonly next: number;
  readonly expected: ExpectedRevision;
  readonly outcome: Outcome;
}

function describeAppend(contract: Contract, { arrange, next, expected, outcome }: AppendCase) {
  contract.it(`${saying(outcome, `appends revision ${next}`)} at ${expected}`, async (fixture) => {
    const { store, stream, log } = fixture;
    await arrange(store, stream);
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

type DeletionCase = Omit<AppendCase, 'next'>;

function describeDeletion(
  contract: Contract,
  operation: 'delete' | 'tombstone',
  { arrange, expected, outcome }: DeletionCase,
) {
  if (operation === 'tombstone' && outcome === 'tombstone') return;
  const sentence = saying(outcome, `allows a ${operation}`);
  contract.it(`${sentence} at ${expected}, for a ${operation}`, async ({ store, stream }) => {
    await arrange(store, stream);
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
