import type { EventReadOptions, RecordedEvent } from '../../event-store/event-store.js';
import type { ManualClock } from '../manual-clock.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, idsOf } from './events.js';
import type { Fixture } from './fixture.js';

type Events = readonly RecordedEvent[];
type Hide = (fixture: Fixture) => Promise<void>;
const backwards = { direction: 'backwards' } as const;

/** Ways to hide some of the first events of a stream of six, or all of them. */
const WAYS: readonly (readonly [name: string, hides: number, hide: Hide])[] = [
  ['a delete', 6, ({ store, stream }) => store.delete(stream)],
  ['a tombstone', 6, ({ store, stream }) => store.tombstone(stream)],
  ['truncation', 4, ({ store, stream }) => store.setRetention(stream, { truncateBefore: 4 })],
  [
    'truncation of everything',
    6,
    ({ store, stream }) => store.setRetention(stream, { truncateBefore: 6 }),
  ],
  ['a count', 5, ({ store, stream }) => store.setRetention(stream, { maxCount: 1 })],
];

/** Reads and subscriptions may begin at any event, also at one that has been hidden since. */
export function describeHiddenPlaces(contract: Contract): void {
  const { it, itWithClock } = contract;

  for (const [name, hides, hide] of WAYS) {
    contract.describe(`beginning at what ${name} hides`, () => {
      for (const [path, check] of CHECKS)
        it(`works for ${path}`, async (fixture) => {
          const all = await arrange(fixture);
          const gone = all.filter((it) => it.stream === fixture.stream && it.revision < hides);
          await hide(fixture);

          await check(fixture, { all, gone });
        });
    });
  }

  contract.describe('beginning at what age hides', () => {
    for (const [path, check] of CHECKS)
      itWithClock(`works for ${path}`, async (fixture, clock) => {
        const { all, gone } = await expire(fixture, clock);

        await check(fixture, { all, gone });
      });
  });
}

interface Written {
  readonly all: Events;
  readonly gone: Events;
}
type Check = (fixture: Fixture, written: Written) => Promise<void>;

const CHECKS: readonly (readonly [path: string, check: Check])[] = [
  ['reads of the log', readsOfTheLog],
  ['reads of the stream', readsOfTheStream],
  ['subscriptions', subscriptions],
];

async function readsOfTheLog({ store, log }: Fixture, { all, gone }: Written): Promise<void> {
  const hidden = store.capabilities.readAllAfterDelete === 'hidden' ? gone : [];
  for (const [n, { position }] of all.entries())
    for (const limit of [undefined, 1, 2]) {
      const rest = parts(all, n, { hidden, limit });
      const found = {
        from: idsOf(await log({ from: position, limit })),
        after: idsOf(await log({ after: position, limit })),
        backFrom: idsOf(await log({ ...backwards, from: position, limit })),
        backAfter: idsOf(await log({ ...backwards, after: position, limit })),
      };

      expect({ n, limit, ...found }).toEqual({ n, limit, ...rest });
    }
}

async function readsOfTheStream({ store, stream }: Fixture, written: Written): Promise<void> {
  const own = written.all.filter((it) => it.stream === stream);
  if ((await buried(() => collect(store.read(stream)))) === 'STREAM_DELETED') return;
  const read = async (options: EventReadOptions & { from?: number; after?: number }) =>
    idsOf(await collect(store.read(stream, options)));
  for (const { revision } of own)
    for (const filter of [undefined, { types: ['thing.happened'] }])
      for (const limit of [undefined, 1, 2]) {
        const rest = parts(own, revision, { hidden: written.gone, limit });
        const found = {
          from: await read({ from: revision, limit, filter }),
          after: await read({ after: revision, limit, filter }),
          backFrom: await read({ ...backwards, from: revision, limit, filter }),
          backAfter: await read({ ...backwards, after: revision, limit, filter }),
        };

        expect({ revision, limit, ...found }).toEqual({ revision, limit, ...rest });
      }
}

async function subscriptions(fixture: Fixture, { all, gone }: Written): Promise<void> {
  const { store, streamOf, write, follow } = fixture;
  const hidden = store.capabilities.readAllAfterDelete === 'hidden' ? gone : [];
  const followers = all.map(({ position }) => follow({ after: position }));
  for (const follower of followers) await follower.caughtUp();

  const live = await write(2, { stream: streamOf('live') });

  for (const [n, follower] of followers.entries()) {
    const expected = [...parts(all, n, { hidden }).after, ...idsOf(live)];
    await follower.untilEvents(expected.length);
    expect([n, follower.ids]).toEqual([n, expected]);
  }
}

interface Chosen {
  readonly hidden: Events;
  readonly limit?: number | undefined;
}

/** What lies around the n-th event, without what is hidden. */
function parts(all: Events, n: number, { hidden, limit }: Chosen) {
  const shown = (events: Events) =>
    idsOf(events.filter((it) => !hidden.includes(it)).slice(0, limit));
  return {
    from: shown(all.slice(n)),
    after: shown(all.slice(n + 1)),
    backFrom: shown(all.slice(0, n + 1).reverse()),
    backAfter: shown(all.slice(0, n).reverse()),
  };
}

/** Six events of the stream, with one of another stream before them and one between, so that the log ends with its own. */
async function arrange({ write, streamOf }: Fixture): Promise<Events> {
  return [
    ...(await write(1, { stream: streamOf('before') })),
    ...(await write(3)),
    ...(await write(1, { stream: streamOf('between') })),
    ...(await write(3)),
  ];
}

async function expire(fixture: Fixture, clock: ManualClock): Promise<Written> {
  const { store, stream, write } = fixture;
  const all = await arrange(fixture);
  clock.advance(1_001);
  await store.setRetention(stream, { maxAgeMs: 1_000 });
  return {
    all: [...all, ...(await write(1))],
    gone: all.filter((it) => it.stream === stream),
  };
}

/** The code of the error by which a buried stream refuses. */
async function buried(read: () => Promise<unknown>): Promise<unknown> {
  try {
    await read();
    return undefined;
  } catch (error) {
    return (error as { readonly code?: unknown }).code;
  }
}
