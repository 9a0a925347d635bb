import fc from 'fast-check';
import type { ExpectedRevision } from './expected-revision.js';
import type { PreparedAppend } from './prepare.js';
import type { AppendDecision, StreamControl, StreamState } from './stream-control.js';
import {
  actualRevision,
  assertStands,
  decideAppend,
  decideAppends,
  firstVisible,
  isExpired,
  UNCONTROLLED,
} from './stream-control.js';

const stream = 'account-1';

function append(expected: ExpectedRevision, ids: readonly string[], to = stream): PreparedAppend {
  return {
    stream: to,
    expected,
    events: ids.map((id) => ({ id, type: 'a', version: 1, json: '[{},{}]', bytes: undefined })),
  };
}

/** A stream in which these ids stand, of which a delete has hidden the first `base`. */
function standing(ids: readonly string[], base = 0, tombstoned = false): StreamState {
  return { last: ids.length - 1, control: { base, tombstoned, retention: {} } };
}

function decide(
  expected: ExpectedRevision,
  ids: readonly string[],
  stored: readonly string[],
  base = 0,
) {
  return decideAppend(append(expected, ids), {
    state: standing(stored, base),
    idAt: (revision) => stored[revision],
  });
}

const conflict = (actual: unknown) =>
  expect.objectContaining({ code: 'WRONG_EXPECTED_REVISION', stream, actual });

describe('Where a stream stands', () => {
  it.each<[actual: unknown, stored: string[], base: number]>([
    ['no-stream', [], 0],
    [0, ['a'], 0],
    [2, ['a', 'b', 'c'], 0],
    ['deleted', ['a', 'b'], 2],
    [2, ['a', 'b', 'c'], 2],
  ])('is %p', (actual, stored, base) => {
    expect(actualRevision(standing(stored, base))).toBe(actual);
  });

  it.each<[expected: ExpectedRevision, stored: string[], base: number]>([
    ['any', [], 0],
    ['any', ['a'], 0],
    ['no-stream', [], 0],
    ['no-stream', ['a'], 1],
    ['stream-exists', ['a'], 0],
    [0, ['a'], 0],
  ])('meets %p', (expected, stored, base) => {
    expect(() => assertStands(stream, expected, standing(stored, base))).not.toThrow();
  });

  it.each<[expected: ExpectedRevision, stored: string[], base: number, actual: unknown]>([
    ['no-stream', ['a'], 0, 0],
    ['stream-exists', [], 0, 'no-stream'],
    ['stream-exists', ['a'], 1, 'deleted'],
    [0, [], 0, 'no-stream'],
    [0, ['a'], 1, 'deleted'],
    [0, ['a', 'b'], 0, 1],
    [2, ['a', 'b'], 0, 1],
  ])('does not meet %p when it holds %j behind %i', (expected, stored, base, actual) => {
    expect(() => assertStands(stream, expected, standing(stored, base))).toThrow(conflict(actual));
  });
});

describe('Deciding on an append', () => {
  it.each<[name: string, ExpectedRevision, ids: string[], stored: string[], AppendDecision]>([
    ['a first append', 'no-stream', ['a'], [], { kind: 'append', first: 0 }],
    ['the next append', 1, ['c'], ['a', 'b'], { kind: 'append', first: 2 }],
    ['the same ids', 'no-stream', ['a', 'b'], ['a', 'b'], { kind: 'repeat', last: 1 }],
    [
      'the beginning of what stands there',
      'no-stream',
      ['a'],
      ['a', 'b'],
      { kind: 'repeat', last: 0 },
    ],
    [
      'the same ids at a revision',
      0,
      ['b', 'c'],
      ['a', 'b', 'c', 'd'],
      { kind: 'repeat', last: 2 },
    ],
    ['ids that stand elsewhere', 1, ['a'], ['a', 'b'], { kind: 'append', first: 2 }],
    ['a repeat at any', 'any', ['a'], ['a'], { kind: 'append', first: 1 }],
    ['a repeat at stream-exists', 'stream-exists', ['a'], ['a'], { kind: 'append', first: 1 }],
  ])('takes %s', (_, expected, ids, stored, decision) => {
    expect(decide(expected, ids, stored)).toEqual(decision);
  });

  it.each<[name: string, ExpectedRevision, ids: string[], stored: string[]]>([
    ['other ids', 'no-stream', ['x'], ['a']],
    ['some of the ids, then others', 'no-stream', ['a', 'x'], ['a', 'b']],
    ['the ids reordered', 'no-stream', ['b', 'a'], ['a', 'b']],
    ['more than stands there', 'no-stream', ['a', 'b', 'c'], ['a', 'b']],
    ['the ids at another revision', 0, ['a'], ['a', 'b']],
    ['a revision that is not reached yet', 5, ['x'], ['a']],
  ])('refuses %s', (_, expected, ids, stored) => {
    expect(() => decide(expected, ids, stored)).toThrow(conflict(stored.length - 1));
  });

  it('goes on behind a deleted stream, and repeats only what was written since', () => {
    expect(decide('no-stream', ['c'], ['a', 'b'], 2)).toEqual({ kind: 'append', first: 2 });
    expect(decide('no-stream', ['c'], ['a', 'b', 'c'], 2)).toEqual({ kind: 'repeat', last: 2 });
    expect(() => decide('no-stream', ['a'], ['a', 'b', 'c'], 2)).toThrow(conflict(2));
    expect(() => decide(0, ['b'], ['a', 'b', 'c'], 2)).toThrow(conflict(2));
    expect(() => decide(1, ['x'], ['a', 'b'], 2)).toThrow(conflict('deleted'));
  });

  it('refuses everything behind a tombstone', () => {
    for (const expected of ['any', 'no-stream', 'stream-exists', 0] as const)
      expect(() =>
        decideAppend(append(expected, ['a']), {
          state: standing(['a'], 1, true),
          idAt: () => 'a',
        }),
      ).toThrow(expect.objectContaining({ code: 'STREAM_DELETED', stream }));
  });

  it('agrees with a model that compares lists', () => {
    fc.assert(
      fc.property(situation(), ({ stored, base, expected, ids }) => {
        let decided: unknown;
        try {
          decided = decide(expected, ids, stored, base);
        } catch (error) {
          decided = (error as { code?: unknown }).code;
        }

        expect(decided).toEqual(model(stored, base, expected, ids));
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('Deciding on appends to several streams', () => {
  const view = (stored: Record<string, readonly string[]>) => (name: string) => ({
    state: standing(stored[name] ?? []),
    idAt: (revision: number) => stored[name]?.[revision],
  });

  it('takes all of them, or all as repeats', () => {
    const appends = [append('no-stream', ['a'], 's-1'), append('no-stream', ['b'], 's-2')];

    expect(decideAppends(appends, view({}))).toEqual([
      { kind: 'append', first: 0 },
      { kind: 'append', first: 0 },
    ]);
    expect(decideAppends(appends, view({ 's-1': ['a'], 's-2': ['b', 'c'] }))).toEqual([
      { kind: 'repeat', last: 0 },
      { kind: 'repeat', last: 0 },
    ]);
  });

  it('refuses a repeat of a part, and names the stream that has it already', () => {
    const appends = [append('no-stream', ['a'], 's-1'), append('no-stream', ['b'], 's-2')];

    expect(() => decideAppends(appends, view({ 's-2': ['b'] }))).toThrow(
      expect.objectContaining({ code: 'WRONG_EXPECTED_REVISION', stream: 's-2', actual: 0 }),
    );
  });

  it('fails with the first member that fails', () => {
    const appends = [append(3, ['a'], 's-1'), append(3, ['b'], 's-2')];

    expect(() => decideAppends(appends, view({}))).toThrow(
      expect.objectContaining({ stream: 's-1' }),
    );
  });
});

describe('What a read may show', () => {
  it.each<[first: number, last: number, control: Partial<StreamControl>]>([
    [0, 9, {}],
    [0, -1, {}],
    [4, 9, { base: 4 }],
    [7, 9, { retention: { maxCount: 3 } }],
    [0, 1, { retention: { maxCount: 3 } }],
    [5, 9, { retention: { truncateBefore: 5 } }],
    [50, 9, { retention: { truncateBefore: 50 } }],
    [Number.POSITIVE_INFINITY, 9, { tombstoned: true }],
  ])('begins at %p', (first, last, control) => {
    const visible = firstVisible({ last, control: { ...UNCONTROLLED, ...control } });

    expect(Math.max(0, visible)).toBe(first);
  });

  it('is what every rule about the stream leaves', () => {
    const nat = fc.nat({ max: 12 });
    fc.assert(
      fc.property(
        nat,
        nat,
        fc.option(fc.integer({ min: 1, max: 12 })),
        fc.option(nat),
        (last, base, maxCount, before) => {
          const retention = {
            ...(maxCount && { maxCount }),
            ...(before !== null && { truncateBefore: before }),
          };
          const first = firstVisible({ last, control: { base, tombstoned: false, retention } });

          for (let revision = 0; revision <= last; revision += 1)
            expect(revision >= first).toBe(
              revision >= base &&
                revision >= (before ?? 0) &&
                last - revision < (maxCount ?? Number.POSITIVE_INFINITY),
            );
        },
      ),
    );
  });

  it('is not expired until it is older than the retention says', () => {
    const control = { ...UNCONTROLLED, retention: { maxAgeMs: 1_000 } };

    expect(
      [5_000, 4_000, 3_999].map((recordedAt) => isExpired(control, recordedAt, 5_000)),
    ).toEqual([false, false, true]);
    expect(isExpired(UNCONTROLLED, 0, Number.MAX_SAFE_INTEGER)).toBe(false);
  });
});

type Situation = {
  readonly stored: string[];
  readonly base: number;
  readonly expected: ExpectedRevision;
  readonly ids: string[];
};

/** Ids are drawn from few letters and often cut out of what is stored, so that repeats and near repeats are common. */
function situation(): fc.Arbitrary<Situation> {
  const letters = fc.constantFrom(...'abcdef');
  return fc.uniqueArray(letters, { maxLength: 6 }).chain((stored) =>
    fc.record({
      stored: fc.constant(stored),
      base: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat({ max: stored.length })),
      expected: fc.oneof(
        fc.constantFrom<ExpectedRevision[]>('any', 'no-stream', 'stream-exists'),
        fc.nat({ max: 7 }),
      ),
      ids: fc.oneof(
        fc.uniqueArray(letters, { minLength: 1, maxLength: 4 }),
        fc
          .tuple(fc.nat({ max: 6 }), fc.integer({ min: 1, max: 4 }))
          .map(([from, count]) => stored.slice(from, from + count))
          .filter((ids) => ids.length > 0 || stored.length === 0)
          .map((ids) => (ids.length === 0 ? ['a'] : ids)),
      ),
    }),
  );
}

/** The idempotence table, written down with lists. */
function model(stored: string[], base: number, expected: ExpectedRevision, ids: string[]): unknown {
  const live = stored.slice(base);
  const written = { kind: 'append', first: stored.length };
  const repeatFrom = (place: number) =>
    stored.slice(place, place + ids.length).join() === ids.join() && place >= base
      ? { kind: 'repeat', last: place + ids.length - 1 }
      : 'WRONG_EXPECTED_REVISION';
  if (expected === 'any') return written;
  if (expected === 'stream-exists') return live.length > 0 ? written : 'WRONG_EXPECTED_REVISION';
  if (expected === 'no-stream') return live.length === 0 ? written : repeatFrom(base);
  if (live.length > 0 && expected === stored.length - 1) return written;
  return expected < base ? 'WRONG_EXPECTED_REVISION' : repeatFrom(expected + 1);
}
