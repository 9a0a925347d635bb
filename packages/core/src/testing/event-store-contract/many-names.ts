import type { EventFilter } from '../../event-store/event-store.js';
import { failureOf, range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsIn, idsOf } from './events.js';
import type { Fixture } from './fixture.js';

const STREAMS = 1_200;
const CONTROLS = 150;
/** The first, some in the middle and the last: whatever a cache forgets first is among them. */
const LOOKED_AT = [0, 1, 99, 600, 1_100, STREAMS - 1];
const NAMES = 120;

/** More streams, more of them controlled, and longer filters than an adapter might keep at hand. */
export function describeManyNames(contract: Contract): void {
  const { it } = contract;

  contract.describe('many streams', () => {
    it('are all remembered, with their revisions and ids', async (fixture) => {
      const { store, streamOf } = fixture;
      const given = range(STREAMS).map(() => events(2));
      const results = await Promise.all(
        given.map((one, n) => store.append(streamOf(String(n)), one, { expected: 'no-stream' })),
      );

      for (const n of LOOKED_AT) {
        const [stream, own] = [streamOf(String(n)), given[n] ?? events(1)];
        const conflict = store.append(stream, [event()], { expected: 'no-stream' });
        expect(await failureOf(conflict)).toMatchObject({ actual: 1 });
        const again = await store.append(stream, own, { expected: 'no-stream' });
        expect(again).toEqual({ ...results[n], repeated: true });
        expect(await idsIn(store, stream)).toEqual(idsOf(own));
        expect((await store.append(stream, [event()], { expected: 1 })).revision).toBe(2);
      }
    });

    it('stay deleted, buried and shortened, each of them', async (fixture) => {
      const { store, streamOf, log } = fixture;
      const kinds = ['deleted', 'buried', 'shortened'] as const;
      const names = range(CONTROLS).map((n) => streamOf(`${kinds[n % 3]}-${n}`));
      await Promise.all(names.map((stream) => store.append(stream, events(3))));
      await Promise.all(
        names.map((stream, n) => {
          if (n % 3 === 0) return store.delete(stream);
          return n % 3 === 1
            ? store.tombstone(stream)
            : store.setRetention(stream, { maxCount: 1 });
        }),
      );

      const shown = await Promise.all(names.map((stream) => lengthOf(fixture, stream)));

      expect(shown).toEqual(range(CONTROLS).map((n) => [0, 'tombstone', 1][n % 3]));
      const left = store.capabilities.readAllAfterDelete === 'hidden' ? CONTROLS / 3 : CONTROLS * 3;
      expect(await log()).toHaveLength(left);
    });
  });

  contract.describe('a filter of many names', () => {
    it('lets through each of its types, on every path', async (fixture) => {
      const { store, stream } = fixture;
      const types = range(NAMES).map((n) => `type-${n}`);
      const given = types.map((type) => event({ type }));
      const live = fixture.follow({ filter: { types } });
      await live.caughtUp();
      for (const one of given) await store.append(stream, [one, event({ type: 'other' })]);

      const shown = await everywhere(fixture, { types }, given.length);

      for (const ids of [...shown, idsOf(await live.untilEvents(NAMES))])
        expect(ids).toEqual(idsOf(given));
      const inStream = await collect(store.read(stream, { filter: { types } }));
      expect(idsOf(inStream)).toEqual(idsOf(given));
    });

    it('lets through each of its categories, on every path', async (fixture) => {
      const { store, category } = fixture;
      const categories = range(NAMES).map((n) => `${category}x${n}`);
      const given = categories.map(() => event());
      const live = fixture.followAll({ filter: { categories } });
      await live.caughtUp();
      for (const [n, one] of given.entries()) {
        await store.append(`${categories[n]}-1`, [one]);
        await store.append(`${category}other-1`, [event()]);
      }

      const shown = await everywhere(fixture, { categories }, given.length);

      for (const ids of [...shown, idsOf(await live.untilEvents(NAMES))])
        expect(ids).toEqual(idsOf(given));
    });
  });
}

/** What the log shows forwards, backwards and to a subscription, by a filter. */
async function everywhere(fixture: Fixture, filter: EventFilter, count: number) {
  const { store, category, followAll } = fixture;
  const own = { categories: [category], ...filter };
  return [
    idsOf(await collect(store.readAll({ filter: own }))),
    idsOf(await collect(store.readAll({ filter: own, direction: 'backwards' }))).reverse(),
    idsOf(await followAll({ filter: own }).untilEvents(count)),
  ];
}

async function lengthOf({ store }: Fixture, stream: string): Promise<number | 'tombstone'> {
  try {
    return (await idsIn(store, stream)).length;
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'STREAM_DELETED') return 'tombstone';
    throw error;
  }
}
