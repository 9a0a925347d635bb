import type {
  EventFilter,
  EventReadOptions,
  EventStream,
  RecordedEvent,
} from '../../event-store/event-store.js';
import { range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, collectBatches, event, idsOf } from './events.js';
import type { Fixture } from './fixture.js';

const DIRECTIONS = ['forwards', 'backwards'] as const;
/** One begins with another. */
const TYPES = ['a', 'b', 'ab', 'a', 'c'];
const LIMITS = [undefined, 0, 1, 2, 3, 20];
type Filter = (fixture: Fixture) => EventFilter;
const FILTERS: readonly Filter[] = [
  ({ category }) => ({ categories: [category, `${category}b`] }),
  ({ category }) => ({ categories: [`${category}b`] }),
  ({ category }) => ({ types: ['a'], categories: [category, `${category}b`] }),
  ({ category }) => ({ types: ['b', 'c'], categories: [category] }),
  ({ category }) => ({ types: [], categories: [category] }),
  () => ({ types: ['a'], categories: [] }),
];
type Events = readonly RecordedEvent[];
type Place = Pick<RecordedEvent, 'position' | 'revision'>;

/** Every option of a read together with every other one, against what they say in words. */
export function describeReadCombinations(contract: Contract): void {
  const { it } = contract;

  contract.describe('combining the options of a read', () => {
    for (const direction of DIRECTIONS) {
      it(`yields what they say together, of the log ${direction}`, async (fixture) => {
        const all = await arrange(fixture);
        const places = all.map(({ position }) => position);

        for (const { from, after, limit, filter } of combinations(fixture, indexes(all))) {
          const options = { direction, limit, filter, from: places[from], after: places[after] };
          const expected = chosen(all, options, ({ position }) => position);

          await yields(fixture.store.readAll(options), expected, options);
        }
      });

      it(`yields what they say together, of a stream ${direction}`, async (fixture) => {
        const all = (await arrange(fixture)).filter(({ stream }) => stream === fixture.stream);
        const places = [...all.map(({ revision }) => revision), all.length + 7];

        for (const { from, after, limit, filter } of combinations(fixture, [
          ...indexes(all),
          all.length,
        ])) {
          const options = { direction, limit, filter, from: places[from], after: places[after] };
          const expected = chosen(all, options, ({ revision }) => revision);

          await yields(fixture.store.read(fixture.stream, options), expected, options);
        }
      });
    }

    it('yields what they say together, to a subscription', async (fixture) => {
      const all = await arrange(fixture);
      for (const filterOf of FILTERS)
        for (const place of [-1, 0, 4, all.length - 1]) {
          const after = all[place]?.position;
          const filter = filterOf(fixture);
          const follower = fixture.followAll({ after, filter });

          await follower.caughtUp();

          const expected = all.slice(place + 1).filter((it) => passes(it, filter));
          expect([after, filter, follower.ids]).toEqual([after, filter, idsOf(expected)]);
          await follower.leave();
        }
    });
  });
}

interface Combination {
  /** The index of an event; none where there is none. */
  readonly from: number;
  readonly after: number;
  readonly limit: number | undefined;
  readonly filter: EventFilter;
}

/** None, the first, the middle and the last. */
function indexes({ length }: Events): readonly number[] {
  return [-1, 0, Math.floor(length / 2), length - 1];
}

function combinations(fixture: Fixture, places: readonly number[]): readonly Combination[] {
  return FILTERS.flatMap((filter) =>
    LIMITS.flatMap((limit) =>
      places.flatMap((from) =>
        places.map((after) => ({ from, after, limit, filter: filter(fixture) })),
      ),
    ),
  );
}

type Options<P> = EventReadOptions & {
  readonly from?: P | undefined;
  readonly after?: P | undefined;
};

/** What options choose of events, by their definition. */
function chosen<P extends string | number>(
  all: Events,
  { direction, from, after, limit, filter }: Options<P>,
  placeOf: (event: Place) => P,
): Events {
  const forwards = direction === 'forwards';
  const isBehind = (place: P, start: P) => (forwards ? place > start : place < start);
  return (forwards ? all : all.toReversed())
    .filter((it) => {
      const place = placeOf(it);
      if (after !== undefined) return isBehind(place, after);
      return from === undefined || place === from || isBehind(place, from);
    })
    .filter((it) => passes(it, filter))
    .slice(0, limit);
}

function passes({ type, stream }: RecordedEvent, filter: EventFilter | undefined): boolean {
  const category = stream.split('-')[0] ?? '';
  return (
    (filter?.types?.includes(type) ?? true) && (filter?.categories?.includes(category) ?? true)
  );
}

/** Twelve events of four types in three streams of two categories, as stored. */
async function arrange(fixture: Fixture): Promise<Events> {
  const { store, stream, streamOf, category } = fixture;
  const streams = [stream, `${category}b-1`, stream, streamOf('2')];
  for (const n of range(12))
    await store.append(streams[n % 4] ?? stream, [event({ type: TYPES[n % TYPES.length] ?? 'a' })]);
  return collect(store.readAll({ filter: { categories: [category, `${category}b`] } }));
}

/** Expects a read to yield just this, one by one and in batches. */
async function yields(read: EventStream, expected: Events, options: object): Promise<void> {
  expect([options, idsOf(await collect(read))]).toEqual([options, idsOf(expected)]);
  expect([options, idsOf((await collectBatches(read)).flat())]).toEqual([options, idsOf(expected)]);
}
