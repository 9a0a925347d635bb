import { background, failureOf, range, wrong } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsIn, idsOf } from './events.js';

const CONFLICT = 'WRONG_EXPECTED_REVISION';

/** Appends to several streams: all or none. */
export function describeMultiStream(contract: Contract): void {
  const it = contract.itWithMultiStream;

  contract.describe('appending to several streams', () => {
    contract.it(
      'works, or is refused as misuse, as the capability says',
      async ({ store, streamOf }) => {
        const append = store.appendToStreams([
          { stream: streamOf('a'), events: [event()] },
          { stream: streamOf('b'), events: [event()] },
        ]);

        if (store.capabilities.multiStreamAppend) await expect(append).resolves.toHaveLength(2);
        else await expect(append).rejects.toMatchObject({ name: 'TypeError' });
      },
    );

    it('writes all members and reports on each, in their order', async ({ store, streamOf }) => {
      await store.append(streamOf('b'), events(3));
      const [a, b] = [events(2), events(1)];

      const results = await store.appendToStreams([
        { stream: streamOf('b'), events: b, expected: 2 },
        { stream: streamOf('a'), events: a, expected: 'no-stream' },
      ]);

      expect(results).toMatchObject([
        { revision: 3, repeated: false },
        { revision: 1, repeated: false },
      ]);
      expect(await idsIn(store, streamOf('a'))).toEqual(idsOf(a));
      const last = await collect(store.read(streamOf('b'), { from: 3 }));
      expect(last).toMatchObject([{ id: b[0].id, position: results[0]?.position }]);
    });

    it('lets its events stand next to each other in the log, in the order given', async (fixture) => {
      const { store, streamOf, log } = fixture;
      const given = range(4).map((n) => ({ stream: streamOf(`m-${n}`), events: events(2) }));
      const noise = range(6).map((n) =>
        background(store.append(streamOf(`noise-${n % 2}`), [event()])),
      );

      await store.appendToStreams(wrong(given));
      await Promise.all([...noise, store.append(streamOf('noise-2'), [event()])]);

      const ids = idsOf(await log());
      const expected = given.flatMap((it) => idsOf(it.events));
      const start = ids.indexOf(expected[0] ?? '');
      expect(ids.slice(start, start + expected.length)).toEqual(expected);
    });

    it('writes nothing when one member conflicts, and names it', async ({
      store,
      streamOf,
      log,
    }) => {
      await store.append(streamOf('b'), events(2));
      const before = idsOf(await log());

      const failure = await failureOf(
        store.appendToStreams([
          { stream: streamOf('a'), events: events(2), expected: 'no-stream' },
          { stream: streamOf('b'), events: [event()], expected: 0 },
          { stream: streamOf('c'), events: [event()] },
        ]),
      );

      expect(failure).toMatchObject({
        code: CONFLICT,
        stream: streamOf('b'),
        expected: 0,
        actual: 1,
      });
      expect(idsOf(await log())).toEqual(before);
      expect(await idsIn(store, streamOf('a'))).toEqual([]);
      expect(await idsIn(store, streamOf('c'))).toEqual([]);
    });

    it('names the first member that conflicts', async ({ store, streamOf }) => {
      const failure = await failureOf(
        store.appendToStreams([
          { stream: streamOf('a'), events: [event()], expected: 'no-stream' },
          { stream: streamOf('b'), events: [event()], expected: 4 },
          { stream: streamOf('c'), events: [event()], expected: 'stream-exists' },
        ]),
      );

      expect(failure).toMatchObject({ code: CONFLICT, stream: streamOf('b') });
    });

    it('writes nothing when one member has a tombstone', async ({ store, streamOf }) => {
      await store.tombstone(streamOf('b'));

      const failure = await failureOf(
        store.appendToStreams([
          { stream: streamOf('a'), events: [event()] },
          { stream: streamOf('b'), events: [event()] },
        ]),
      );

      expect(failure).toMatchObject({ code: 'STREAM_DELETED', stream: streamOf('b') });
      expect(await idsIn(store, streamOf('a'))).toEqual([]);
    });

    it('writes nothing when one member cannot be stored', async ({ store, streamOf }) => {
      const failure = await failureOf(
        store.appendToStreams([
          { stream: streamOf('a'), events: [event()] },
          { stream: streamOf('b'), events: [event({ data: wrong({ at: 1n }) })] },
        ]),
      );

      expect(failure).toMatchObject({ code: 'UNSERIALIZABLE_EVENT', path: 'data.at' });
      expect(await idsIn(store, streamOf('a'))).toEqual([]);
    });

    it('refuses a stream that is named twice', async ({ store, stream }) => {
      const append = store.appendToStreams([
        { stream, events: [event()] },
        { stream, events: [event()] },
      ]);

      await expect(append).rejects.toMatchObject({ name: 'TypeError' });
      expect(await idsIn(store, stream)).toEqual([]);
    });

    it('refuses an id that stands in two members', async ({ store, streamOf }) => {
      const twice = event();
      const append = store.appendToStreams([
        { stream: streamOf('a'), events: [twice] },
        { stream: streamOf('b'), events: [twice] },
      ]);

      await expect(append).rejects.toMatchObject({ name: 'TypeError' });
      expect(await idsIn(store, streamOf('a'))).toEqual([]);
    });

    it('refuses a member without events', async ({ store, streamOf }) => {
      const append = store.appendToStreams([
        { stream: streamOf('a'), events: [event()] },
        { stream: streamOf('b'), events: wrong([]) },
      ]);

      await expect(append).rejects.toMatchObject({ name: 'TypeError' });
      expect(await idsIn(store, streamOf('a'))).toEqual([]);
    });

    it('works for a single member as an append does', async ({ store, stream }) => {
      const given = events(2);

      const [result] = await store.appendToStreams([{ stream, events: given }]);

      expect(result).toMatchObject({ revision: 1, repeated: false });
      expect(await idsIn(store, stream)).toEqual(idsOf(given));
    });

    it('returns the first results for a repeat of the whole', async ({ store, streamOf, log }) => {
      const given = [
        { stream: streamOf('a'), events: events(2), expected: 'no-stream' },
        { stream: streamOf('b'), events: events(3), expected: 'no-stream' },
      ] as const;
      const first = await store.appendToStreams(given);

      const again = await store.appendToStreams(given);

      expect(again).toEqual(first.map((it) => ({ ...it, repeated: true })));
      expect(await log()).toHaveLength(5);
    });

    it('refuses a repeat of some members beside a fresh one, and writes nothing', async ({
      store,
      streamOf,
      log,
    }) => {
      const known = { stream: streamOf('a'), events: events(2), expected: 'no-stream' } as const;
      await store.append(known.stream, known.events, { expected: 'no-stream' });

      const failure = await failureOf(
        store.appendToStreams([
          { stream: streamOf('b'), events: [event()], expected: 'no-stream' },
          known,
        ]),
      );

      expect(failure).toMatchObject({ code: CONFLICT, stream: streamOf('a') });
      expect(await log()).toHaveLength(2);
    });

    it('lets one of many racing appends win in all streams', async ({ store, streamOf }) => {
      const streams = range(3).map((n) => streamOf(String(n)));
      const attempts = range(10).map((n) =>
        streams.map((_, m) => ({
          stream: streams[(n + m) % 3] ?? '',
          events: [event()] as const,
          expected: 'no-stream' as const,
        })),
      );

      const outcomes = await Promise.allSettled(
        attempts.map((it) => store.appendToStreams(wrong(it))),
      );

      const winners = attempts.filter((_, n) => outcomes[n]?.status === 'fulfilled');
      expect(winners).toHaveLength(1);
      for (const { stream, events: won } of winners[0] ?? [])
        expect(await idsIn(store, stream)).toEqual(idsOf(won));
    });

    it('reaches subscriptions whole and in order', async ({ store, streamOf, follow }) => {
      const follower = follow();
      await follower.caughtUp();
      const [a, b] = [events(2), events(2)];

      await store.appendToStreams([
        { stream: streamOf('b'), events: a },
        { stream: streamOf('a'), events: b },
      ]);

      await follower.untilEvents(4);
      expect(follower.ids).toEqual(idsOf([...a, ...b]));
    });
  });
}
