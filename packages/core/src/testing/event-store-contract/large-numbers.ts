import type { StreamReadOptions } from '../../event-store/event-store.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsIn, idsOf, revisionsOf } from './events.js';

const backwards = { direction: 'backwards' } as const;
/** The edges of the numbers that machines and databases count with. */
const LARGE = [
  ...[2 ** 15, 2 ** 16, 2 ** 16 + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1],
  ...[2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 32 + 3, 2 ** 33],
  ...[Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER],
];

/** Numbers far beyond what a stream holds are as good as others. */
export function describeLargeNumbers(contract: Contract): void {
  const { it, itWithClock } = contract;

  contract.describe('large numbers', () => {
    it('are limits of reads that yield all, in either direction', async (fixture) => {
      const { store, stream, write, log } = fixture;
      const all = idsOf(await write(5));
      for (const limit of [...LARGE, Number.POSITIVE_INFINITY])
        for (const filter of [undefined, { types: ['thing.happened'] }]) {
          const found = [
            idsOf(await collect(store.read(stream, { limit, filter }))),
            idsOf(await collect(store.read(stream, { ...backwards, limit, filter }))).reverse(),
            idsOf(await log({ limit, filter })),
            idsOf(await log({ ...backwards, limit, filter })).reverse(),
          ];

          expect([limit, ...found]).toEqual([limit, all, all, all, all]);
        }
    });

    it('are limits of the whole log too', async ({ store, write }) => {
      const [first] = await write(3);
      const from = first?.position;
      const all = idsOf(await collect(store.readAll({ from })));
      for (const limit of LARGE)
        expect([limit, idsOf(await collect(store.readAll({ from, limit })))]).toEqual([limit, all]);
    });

    it('lie behind every revision', async ({ store, stream, write }) => {
      await write(5);
      const read = async (options: StreamReadOptions) =>
        revisionsOf(await collect(store.read(stream, options)));
      for (const large of LARGE)
        for (const filter of [undefined, { types: ['thing.happened'] }]) {
          const found = [
            await read({ from: large, filter }),
            await read({ after: large, filter }),
            await read({ ...backwards, from: large, limit: 2, filter }),
            await read({ ...backwards, after: large, limit: 2, filter }),
            await read({ ...backwards, from: large, limit: large, filter }),
          ];

          expect([large, ...found]).toEqual([large, [], [], [4, 3], [4, 3], [4, 3, 2, 1, 0]]);
        }
    });

    it('are revisions that no stream has reached', async ({ store, stream, streamOf, write }) => {
      await write(4);
      for (const expected of LARGE)
        for (const [name, actual] of [
          [stream, 3],
          [streamOf('new'), 'no-stream'],
        ] as const)
          for (const call of [
            () => store.append(name, [event()], { expected }),
            () => store.delete(name, { expected }),
            () => store.tombstone(name, { expected }),
          ])
            await expect(call()).rejects.toMatchObject({
              code: 'WRONG_EXPECTED_REVISION',
              expected,
              actual,
            });

      expect(await idsIn(store, stream)).toHaveLength(4);
    });

    it('are counts that keep all', async ({ store, stream, write }) => {
      const all = idsOf(await write(5));
      for (const maxCount of LARGE) {
        await store.setRetention(stream, { maxCount });

        expect([maxCount, await idsIn(store, stream)]).toEqual([maxCount, all]);
      }
    });

    it('are revisions before which all is hidden', async ({ store, stream, write }) => {
      await write(5);
      for (const truncateBefore of LARGE) {
        await store.setRetention(stream, { truncateBefore });

        expect([truncateBefore, await idsIn(store, stream)]).toEqual([truncateBefore, []]);
      }
      expect((await store.append(stream, events(2), { expected: 4 })).revision).toBe(6);
    });

    it('are ages that no event has reached', async ({ store, stream, write }) => {
      const all = idsOf(await write(2));
      for (const maxAgeMs of LARGE.filter((it) => it > 2 ** 30)) {
        await store.setRetention(stream, { maxAgeMs });

        expect([maxAgeMs, await idsIn(store, stream)]).toEqual([maxAgeMs, all]);
      }
    });

    itWithClock('are ages by which events are judged', async ({ store, stream, write }, clock) => {
      const all = idsOf(await write(1));
      let age = 0;
      for (const maxAgeMs of [2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 36]) {
        await store.setRetention(stream, { maxAgeMs });
        clock.advance(maxAgeMs - age);
        const kept = await idsIn(store, stream);
        clock.advance(1);

        expect([maxAgeMs, kept, await idsIn(store, stream)]).toEqual([maxAgeMs, all, []]);
        age = maxAgeMs + 1;
      }
    });

    it('are versions of events', async ({ store, stream }) => {
      for (const version of LARGE) await store.append(stream, [event({ version })]);

      const found = await collect(store.read(stream));

      expect(found.map(({ version }) => version)).toEqual(LARGE);
    });
  });
}
