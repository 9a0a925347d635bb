import type { EventStore, NewEvent } from '../../event-store/event-store.js';
import type { ExpectedRevision } from '../../event-store/expected-revision.js';
import { failureOf, nonEmpty, range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsIn, idsOf } from './events.js';

/** The idempotence table, row by row, with its neighbours. */
export function describeIdempotence(contract: Contract): void {
  const { it } = contract;

  contract.describe('appending again', () => {
    it('returns the first result at no-stream and writes nothing', async ({
      store,
      stream,
      log,
    }) => {
      const given = events(3);
      const first = await store.append(stream, given, { expected: 'no-stream' });

      const again = await store.append(stream, given, { expected: 'no-stream' });

      expect(again).toEqual({ ...first, repeated: true });
      expect(idsOf(await log())).toEqual(idsOf(given));
    });

    it('returns the first result at an exact revision and writes nothing', async ({
      store,
      stream,
      write,
      log,
    }) => {
      await write(2);
      const given = events(3);
      const first = await store.append(stream, given, { expected: 1 });

      const again = await store.append(stream, given, { expected: 1 });

      expect(again).toEqual({ ...first, repeated: true });
      expect(await log()).toHaveLength(5);
    });

    it('returns the first result however often it is repeated', async ({ store, stream }) => {
      const given = events(2);
      const first = await store.append(stream, given, { expected: 'no-stream' });

      for (const _ of range(5))
        expect(await store.append(stream, given, { expected: 'no-stream' })).toEqual({
          ...first,
          repeated: true,
        });

      expect(await idsIn(store, stream)).toEqual(idsOf(given));
    });

    it('returns the first result also when the stream has moved on', async ({
      store,
      stream,
      write,
    }) => {
      const given = events(2);
      const first = await store.append(stream, given, { expected: 'no-stream' });
      await write(4);

      const again = await store.append(stream, given, { expected: 'no-stream' });

      expect(again).toEqual({ ...first, repeated: true });
      expect(await idsIn(store, stream)).toHaveLength(6);
    });

    it('takes the beginning of what stands at no-stream for a repeat of that much', async (fixture) => {
      const { store, stream } = fixture;
      const given = events(3);
      await store.append(stream, given, { expected: 'no-stream' });

      const again = await store.append(stream, nonEmpty(given.slice(0, 2)), {
        expected: 'no-stream',
      });

      const stored = await collect(store.read(stream));
      expect(again).toMatchObject({ revision: 1, position: stored[1]?.position, repeated: true });
      expect(idsOf(stored)).toEqual(idsOf(given));
    });

    it('takes the beginning of what stands at an exact revision for a repeat of that much', async ({
      store,
      stream,
      write,
    }) => {
      await write(2);
      const given = events(3);
      await store.append(stream, given, { expected: 1 });

      const again = await store.append(stream, [given[0]], { expected: 1 });

      const stored = await collect(store.read(stream));
      expect(again).toMatchObject({ revision: 2, position: stored[2]?.position, repeated: true });
      expect(stored).toHaveLength(5);
    });

    it('takes the end of an append for a repeat at the revision where it stands', async ({
      store,
      stream,
    }) => {
      const given = events(3);
      await store.append(stream, given);

      const again = await store.append(stream, nonEmpty(given.slice(1)), { expected: 0 });

      expect(again).toMatchObject({ revision: 2, repeated: true });
      expect(await idsIn(store, stream)).toEqual(idsOf(given));
    });

    it('takes the middle of an append for a repeat at the revision where it stands', async ({
      store,
      stream,
    }) => {
      const given = events(4);
      await store.append(stream, given);

      const again = await store.append(stream, nonEmpty(given.slice(1, 3)), { expected: 0 });

      expect(again).toMatchObject({ revision: 2, repeated: true });
      expect(await idsIn(store, stream)).toEqual(idsOf(given));
    });

    it('takes two appends for repeated when one brings the ids of both', async ({
      store,
      stream,
    }) => {
      const given = events(5);
      await store.append(stream, nonEmpty(given.slice(0, 2)), { expected: 'no-stream' });
      const second = await store.append(stream, nonEmpty(given.slice(2)), { expected: 1 });

      const again = await store.append(stream, given, { expected: 'no-stream' });

      expect(again).toEqual({ ...second, repeated: true });
      expect(await idsIn(store, stream)).toEqual(idsOf(given));
    });

    it('goes by ids alone: what was stored first stays', async ({ store, stream }) => {
      const given = event({ data: { amount: 1 } });
      await store.append(stream, [given], { expected: 'no-stream' });

      const again = await store.append(stream, [{ ...given, data: { amount: 2 } }], {
        expected: 'no-stream',
      });

      expect(again.repeated).toBe(true);
      expect((await collect(store.read(stream)))[0]?.data).toEqual({ amount: 1 });
    });

    it('refuses what stands there and more behind it', async (fixture) => {
      const given = events(3);

      await refuses(fixture, given, [...given, event()]);
    });

    it('refuses some of the ids, then others', async (fixture) => {
      const given = events(3);

      await refuses(fixture, given, [...given.slice(0, 2), event()]);
    });

    it('refuses other ids, then some of those that stand there', async (fixture) => {
      const given = events(3);

      await refuses(fixture, given, [event(), ...given.slice(1)]);
    });

    it('refuses the ids reordered', async (fixture) => {
      const given = events(3);

      await refuses(fixture, given, given.toReversed());
    });

    it('refuses the ids with one left out in between', async (fixture) => {
      const given = events(3);

      await refuses(fixture, given, [given[0], ...given.slice(2)]);
    });

    it('refuses the end of an append at the revision where its beginning stands', async (fixture) => {
      const given = events(3);

      await refuses(fixture, given, given.slice(1));
    });

    it('refuses other ids at a revision that is taken', async (fixture) => {
      await refuses(fixture, events(3), events(3));
    });

    it('refuses ids that stand elsewhere in the stream than at the revision named', async (fixture) => {
      const given = events(3);

      await refuses(fixture, given, given.slice(0, 1), 0);
      await refuses(fixture, undefined, given.slice(1, 2), 1);
    });

    it('refuses known ids at a revision that the stream has not reached', async (fixture) => {
      const given = events(2);

      await refuses(fixture, given, given, 5);
    });
  });
}

interface Refusal {
  readonly store: EventStore;
  readonly stream: string;
}

/** Appends `first` at no-stream, then expects that `second` is refused at that place, with nothing written. */
async function refuses(
  { store, stream }: Refusal,
  first: readonly NewEvent[] | undefined,
  second: readonly NewEvent[],
  expected: ExpectedRevision = 'no-stream',
): Promise<void> {
  if (first !== undefined) await store.append(stream, nonEmpty(first), { expected: 'no-stream' });
  const before = await collect(store.read(stream));

  const failure = await failureOf(store.append(stream, nonEmpty(second), { expected }));

  expect(failure).toMatchObject({
    code: 'WRONG_EXPECTED_REVISION',
    expected,
    actual: before.length - 1,
  });
  expect(await collect(store.read(stream))).toEqual(before);
}
