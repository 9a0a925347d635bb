import type {
  AppendResult,
  EventStore,
  NewEvent,
  NonEmpty,
} from '../../event-store/event-store.js';
import type { ExpectedRevision } from '../../event-store/expected-revision.js';
import { failureOf, nonEmpty, range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { event, events, idsOf } from './events.js';
import type { Fixture } from './fixture.js';

interface Sent {
  readonly given: NonEmpty<NewEvent>;
  readonly expected: ExpectedRevision;
  readonly result: AppendResult;
}

/** Repeats come late: after retries, restarts and redeliveries. Idempotence has no horizon. */
export function describeLateRepeats(contract: Contract): void {
  const { it } = contract;

  contract.describe('appending again, late', () => {
    it('recognises every append of a stream that went on by small steps', async (fixture) => {
      const sent = await writeBatches(fixture, [1, 3, 2, 1, 5, 1, 1, 4, 2, 1, 7, 1, 2, 1, 1]);

      await recognisesAll(fixture, sent);
    });

    it('recognises every append when its stream has gone on by 1,500 events', async (fixture) => {
      const { store, stream } = fixture;
      const sent = await writeBatches(fixture, [1, 4, 2, 30, 1]);
      for (const _ of range(3)) await store.append(stream, events(500));

      await recognisesAll(fixture, sent);
    });

    it('recognises the first, middle and last appends of a long stream', async (fixture) => {
      const sent = await writeBatches(
        fixture,
        range(60).map((n) => (n % 3) * 20 + 1),
      );

      await recognisesAll(fixture, sent);
    });

    it('recognises an append when many appends to other streams came since', async (fixture) => {
      const { store, streamOf } = fixture;
      const sent = await writeBatches(fixture, [2, 1]);
      for (const round of range(6))
        await Promise.all(
          range(100).map((n) => store.append(streamOf(`o-${round}-${n % 50}`), [event()])),
        );
      for (const n of range(4)) await store.append(streamOf(`o-${n}`), events(500));

      await recognisesAll(fixture, sent);
    });

    it('recognises an append of many events, and the beginning of it, late', async (fixture) => {
      const { store, stream } = fixture;
      const [long] = await writeBatches(fixture, [700]);
      await store.append(stream, events(500));

      const whole = await store.append(stream, long?.given ?? events(1), { expected: 'no-stream' });
      const part = await store.append(stream, nonEmpty(long?.given.slice(0, 650) ?? []), {
        expected: 'no-stream',
      });

      expect(whole).toEqual({ ...long?.result, repeated: true });
      expect(part).toMatchObject({ revision: 649, repeated: true });
    });

    it('refuses, however late, what stands elsewhere or differs in one id', async (fixture) => {
      const { store, stream } = fixture;
      const sent = await writeBatches(fixture, [2, 3, 40, 2]);
      await store.append(stream, events(600));

      for (const { given, expected } of sent.slice(1))
        for (const [ids, at] of [
          [[...given.slice(0, -1), event()], Number(expected)],
          [[event(), ...given.slice(1)], Number(expected)],
          [given, Number(expected) + 1],
          [given, Number(expected) - 1],
        ] as const)
          expect(
            await failureOf(store.append(stream, nonEmpty(ids), { expected: at })),
          ).toMatchObject({ code: 'WRONG_EXPECTED_REVISION', actual: 646 });
    });

    it('recognises an append whose ids were appended elsewhere since', async (fixture) => {
      const { store, stream, streamOf } = fixture;
      const sent = await writeBatches(fixture, [2, 2]);
      await store.append(stream, nonEmpty(sent.flatMap(({ given }) => given)), { expected: 3 });
      for (const { given } of sent) await store.append(streamOf('copy'), given);

      await recognisesAll(fixture, sent);
    });

    it('appends what was refused once', async ({ store, stream, write, log }) => {
      await write(2);
      const given = events(2);
      await failureOf(store.append(stream, given, { expected: 'no-stream' }));
      await failureOf(store.append(stream, given, { expected: 7 }));

      const result = await store.append(stream, given, { expected: 1 });

      expect(result).toMatchObject({ revision: 3, repeated: false });
      expect(idsOf(await log()).slice(2)).toEqual(idsOf(given));
    });

    it('recognises an append to several streams when all have gone on', async (fixture) => {
      const { store, streamOf } = fixture;
      if (!store.capabilities.multiStreamAppend) return;
      const streams = range(3).map((n) => streamOf(String(n)));
      const members = nonEmpty(
        streams.map((stream, n) => ({
          stream,
          events: events(n + 1),
          expected: 'no-stream' as const,
        })),
      );
      const first = await store.appendToStreams(members);
      for (const stream of streams) await store.append(stream, events(400));

      const again = await store.appendToStreams(members);

      expect(again).toEqual(first.map((it) => ({ ...it, repeated: true })));
    });

    if (contract.harness.reopen !== undefined)
      it('recognises every append of a long stream when the store was reopened', async (fixture) => {
        const sent = await writeBatches(
          fixture,
          range(40).map((n) => (n % 4) * 15 + 1),
        );

        await fixture.reopen();

        await recognisesAll(fixture, sent);
      });
  });
}

/** Appends batches of these sizes, each at the revision where the one before it ended. */
async function writeBatches(
  { store, stream }: Fixture,
  sizes: readonly number[],
): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  for (const size of sizes) {
    const given = events(size);
    const expected = sent.at(-1)?.result.revision ?? 'no-stream';
    sent.push({ given, expected, result: await store.append(stream, given, { expected }) });
  }
  return sent;
}

/** Sends everything again, the oldest first, and expects the first results and not one event more. */
async function recognisesAll({ store, stream }: Fixture, sent: readonly Sent[]): Promise<void> {
  const before = await lengthOf(store, stream);
  for (const { given, expected, result } of sent)
    expect(await store.append(stream, given, { expected })).toEqual({ ...result, repeated: true });
  expect(await lengthOf(store, stream)).toBe(before);
}

async function lengthOf(store: EventStore, stream: string): Promise<number> {
  for await (const { revision } of store.read(stream, { direction: 'backwards', limit: 1 }))
    return revision + 1;
  return 0;
}
