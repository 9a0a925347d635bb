import type { NonEmpty, StreamAppend } from '../../event-store/event-store.js';
import type { ActualRevision, ExpectedRevision } from '../../event-store/expected-revision.js';
import { readToken } from '../../event-store/token.js';
import { failureOf, nonEmpty, range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsOf } from './events.js';
import type { Fixture } from './fixture.js';

const MEMBERS = 5;
const LAST = 2;
type Change = (member: StreamAppend, fixture: Fixture) => Partial<StreamAppend>;
interface Conflict {
  readonly expected: ExpectedRevision;
  readonly actual: ActualRevision;
  /** On which kind of stream. */
  readonly on: 'written' | 'new' | 'deleted';
}
const CONFLICTS: readonly Conflict[] = [
  { expected: 'no-stream', actual: LAST, on: 'written' },
  { expected: LAST - 1, actual: LAST, on: 'written' },
  { expected: LAST + 1, actual: LAST, on: 'written' },
  { expected: 'stream-exists', actual: 'no-stream', on: 'new' },
  { expected: 0, actual: 'no-stream', on: 'new' },
  { expected: 'stream-exists', actual: 'deleted', on: 'deleted' },
];

/** Appends to several streams: every member counts as much as the first. */
export function describeMultiStreamMembers(contract: Contract): void {
  const it = contract.itWithMultiStream;

  contract.describe('each member of an append to several streams', () => {
    for (const place of range(MEMBERS)) {
      for (const { expected, actual, on } of CONFLICTS)
        it(`is held to ${expected}, on a ${on} stream, as number ${place + 1} of ${MEMBERS}`, (fixture) =>
          refuses(fixture, place, () => ({ stream: fixture.streamOf(on), expected }), {
            code: 'WRONG_EXPECTED_REVISION',
            stream: fixture.streamOf(on),
            expected,
            actual,
          }));

      it(`meets a tombstone as number ${place + 1} of ${MEMBERS}`, (fixture) =>
        refuses(fixture, place, () => ({ stream: fixture.streamOf('buried') }), {
          code: 'STREAM_DELETED',
          stream: fixture.streamOf('buried'),
        }));

      it(`is held to JSON as number ${place + 1} of ${MEMBERS}`, (fixture) =>
        refuses(
          fixture,
          place,
          () => ({ events: [event(), event({ data: { at: Number.NaN } })] }),
          { code: 'UNSERIALIZABLE_EVENT' },
        ));

      it(`is told apart from its repeat as number ${place + 1} of ${MEMBERS}`, async (fixture) => {
        const members = fresh(fixture);
        await fixture.store.appendToStreams(members);

        await refuses(
          fixture,
          place,
          ({ events }) => ({ events: [event(), ...events] }),
          {
            code: 'WRONG_EXPECTED_REVISION',
          },
          members,
        );
      });
    }

    it('is reported with its own revision, position and token', async (fixture) => {
      const { store } = fixture;
      const members = fresh(fixture);

      const results = await store.appendToStreams(members);

      expect(results).toHaveLength(MEMBERS);
      const identity = await store.identity();
      for (const [n, { stream, events: given }] of members.entries()) {
        const stored = await collect(store.read(stream));
        const last = stored.at(-1);
        expect(idsOf(stored)).toEqual(idsOf(given));
        expect(results[n]).toMatchObject({ revision: last?.revision, position: last?.position });
        expect(readToken(results[n]?.token ?? '')).toEqual({ identity, position: last?.position });
      }
    });

    it('is reported so when it is repeated, and one by one too', async (fixture) => {
      const { store } = fixture;
      const members = fresh(fixture);
      const first = await store.appendToStreams(members);

      const again = await store.appendToStreams(members);

      const repeated = first.map((it) => ({ ...it, repeated: true }));
      expect(again).toEqual(repeated);
      for (const [n, { stream, events: given, expected }] of members.entries())
        expect(await store.append(stream, given, { expected })).toEqual(repeated[n]);
    });

    it('goes on from where its stream stands', async (fixture) => {
      const { store } = fixture;
      const members = fresh(fixture);
      const first = await store.appendToStreams(members);

      const second = await store.appendToStreams(
        nonEmpty(
          members.map(({ stream }, n) => ({
            stream,
            events: events(2),
            expected: first[n]?.revision,
          })),
        ),
      );

      expect(second.map(({ revision }) => revision)).toEqual(
        first.map(({ revision }) => revision + 2),
      );
    });

    it('may be one of sixty', async ({ store, streamOf, log }) => {
      const members = nonEmpty(
        range(60).map((n) => ({
          stream: streamOf(`m-${n}`),
          events: events(1 + (n % 3)),
          expected: 'no-stream' as const,
        })),
      );

      const results = await store.appendToStreams(members);

      expect(results.map(({ revision }) => revision)).toEqual(range(60).map((n) => n % 3));
      expect(idsOf(await log())).toEqual(members.flatMap((it) => idsOf(it.events)));
    });
  });
}

/** Five members for streams that are new. */
function fresh({ streamOf }: Fixture): NonEmpty<StreamAppend> {
  return nonEmpty(
    range(MEMBERS).map((n) => ({
      stream: streamOf(`m-${n}`),
      events: events(n + 1),
      expected: 'no-stream' as const,
    })),
  );
}

/** Appends five members of which one is changed, and expects that this one is named and nothing is written. */
async function refuses(
  fixture: Fixture,
  place: number,
  change: Change,
  failure: object,
  members: NonEmpty<StreamAppend> = fresh(fixture),
): Promise<void> {
  const { store, streamOf, log, write } = fixture;
  await write(LAST + 1, { stream: streamOf('written') });
  await write(1, { stream: streamOf('deleted') });
  await store.delete(streamOf('deleted'));
  await store.tombstone(streamOf('buried'));
  const before = idsOf(await log());
  const changed = members.map((it, n) => (n === place ? { ...it, ...change(it, fixture) } : it));

  const append = store.appendToStreams(nonEmpty(changed));

  expect(await failureOf(append)).toMatchObject(failure);
  expect(idsOf(await log())).toEqual(before);
}
