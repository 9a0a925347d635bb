import type { RecordedEvent } from '../../event-store/event-store.js';
import type { ManualClock } from '../manual-clock.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { event, idsOf } from './events.js';
import type { Fixture } from './fixture.js';

const backwards = { direction: 'backwards' } as const;
type Events = readonly RecordedEvent[];
interface Written {
  /** What the log held before anything was hidden, in its order. */
  readonly all: Events;
  readonly hidden: Events;
  readonly kept: Events;
}

/** Ways to hide the first four of five events of a stream, or all of them. */
const WAYS: readonly (readonly [name: string, hides: 4 | 5, hide: Hide])[] = [
  ['a delete', 5, ({ store, stream }) => store.delete(stream)],
  ['a tombstone', 5, ({ store, stream }) => store.tombstone(stream)],
  ['truncation', 4, ({ store, stream }) => store.setRetention(stream, { truncateBefore: 4 })],
  [
    'truncation of everything',
    5,
    ({ store, stream }) => store.setRetention(stream, { truncateBefore: 5 }),
  ],
  ['a count', 4, ({ store, stream }) => store.setRetention(stream, { maxCount: 1 })],
];
type Hide = (fixture: Fixture) => Promise<void>;

/** One way to come by what matches, in the order of the log. */
type Path = (fixture: Fixture, written: Written) => Promise<Events>;
const PATHS: readonly (readonly [name: string, path: Path])[] = [
  ['a read of the log', ({ log }) => log()],
  ['a read of the log backwards', async ({ log }) => (await log(backwards)).toReversed()],
  ['a read of the log by type', ({ log }) => log({ filter: { types: ['thing.happened'] } })],
  ['a read of the log from its first event', ({ log }, { all }) => log({ from: all[0]?.position })],
  [
    'a read of the log backwards from the last',
    async ({ log }, { all }) =>
      (await log({ ...backwards, from: all.at(-1)?.position })).toReversed(),
  ],
  ['a read of the log that is limited', ({ log }, { all }) => log({ limit: all.length })],
  ['a read of the log one by one', (fixture) => oneByOne(fixture, 'forwards')],
  [
    'a read of the log one by one backwards',
    async (fixture) => (await oneByOne(fixture, 'backwards')).toReversed(),
  ],
  [
    'a subscription',
    async ({ follow }) => {
      const follower = follow();
      await follower.caughtUp();
      return follower.events;
    },
  ],
  [
    'a subscription to a type',
    async ({ follow }) => {
      const follower = follow({ filter: { types: ['thing.happened'] } });
      await follower.caughtUp();
      return follower.events;
    },
  ],
];

/** What is hidden is hidden on every path, by the capability, and what is not is shown on each. */
export function describeHiding(contract: Contract): void {
  const { it, itWithClock } = contract;

  for (const [name, hides, hide] of WAYS)
    contract.describe(`what ${name} hides`, () => {
      for (const [reader, path] of PATHS)
        it(`is shown or not, as the capability says, by ${reader}`, async (fixture) => {
          const written = await arrange(fixture, hides);
          await hide(fixture);

          const found = await path(fixture, written);

          expect(idsOf(found)).toEqual(idsOf(shown(fixture, written)));
        });

      it('is passed over by a subscription that is resumed behind a part of it', async (fixture) => {
        const written = await arrange(fixture, hides);
        await hide(fixture);

        const follower = fixture.follow({ after: written.all[2]?.position });

        await follower.caughtUp();
        const behind = shown(fixture, written).filter(
          (it) => !written.all.slice(0, 3).includes(it),
        );
        expect(idsOf(follower.events)).toEqual(idsOf(behind));
      });

      it('does not reach a subscription that was live and did not look yet', async (fixture) => {
        const follower = fixture.follow();
        await follower.caughtUp();
        const written = await arrange(fixture, hides);

        await hide(fixture);

        if (fixture.store.capabilities.readAllAfterDelete !== 'hidden') return;
        const last = event();
        await fixture.store.append(fixture.streamOf('last'), [last]);
        const expected = [...idsOf(written.kept), last.id];
        await follower.untilEvents(expected.length);
        expect(follower.ids).toEqual(expected);
      });

      if (contract.harness.reopen !== undefined)
        it('stays so when the store is reopened', async (fixture) => {
          const written = await arrange(fixture, hides);
          await hide(fixture);

          await fixture.reopen();

          for (const [, path] of PATHS)
            expect(idsOf(await path(fixture, written))).toEqual(idsOf(shown(fixture, written)));
        });
    });

  contract.describe('what age hides', () => {
    for (const [reader, path] of PATHS)
      itWithClock(`is shown or not, as the capability says, by ${reader}`, (fixture, clock) =>
        hiddenByAge(fixture, clock, path),
      );
  });
}

/** Pages of one event each: what is hidden counts against no limit. */
async function oneByOne({ log }: Fixture, direction: 'forwards' | 'backwards'): Promise<Events> {
  const found: RecordedEvent[] = [];
  for (;;) {
    const page = await log({ direction, after: found.at(-1)?.position, limit: 1 });
    if (page.length === 0 || found.length > 20) return found;
    found.push(...page);
  }
}

async function hiddenByAge(fixture: Fixture, clock: ManualClock, path: Path): Promise<void> {
  const { store, stream, streamOf, write } = fixture;
  await store.setRetention(stream, { maxAgeMs: 1_000 });
  const old = await write(3);
  const other = await write(1, { stream: streamOf('other') });
  clock.advance(1_001);
  const young = await write(1);
  const all = [...old, ...other, ...young];
  const written = { all, hidden: old, kept: [...other, ...young] };

  const found = await path(fixture, written);

  expect(idsOf(found)).toEqual(idsOf(shown(fixture, written)));
}

/** Five events of which so many are to be hidden, among others of other streams. */
async function arrange({ write, streamOf, stream }: Fixture, hides: number): Promise<Written> {
  const own = [
    ...(await write(1, { stream: streamOf('before') })),
    ...(await write(3)),
    ...(await write(1, { stream: streamOf('between') })),
    ...(await write(2)),
    ...(await write(1, { stream: streamOf('behind') })),
  ];
  const hidden = own.filter((it) => it.stream === stream && it.revision < hides);
  return { all: own, hidden, kept: own.filter((it) => !hidden.includes(it)) };
}

function shown({ store }: Fixture, { all, kept }: Written): Events {
  return store.capabilities.readAllAfterDelete === 'hidden' ? kept : all;
}
