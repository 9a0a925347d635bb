import type { NewEvent } from '../../event-store/event-store.js';
import type { Position } from '../../event-store/position.js';
import { nonEmpty, range, sorted } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsOf, revisionsOf } from './events.js';
import type { Fixture } from './fixture.js';

const backwards = { direction: 'backwards' } as const;
const CHUNK = 1_000;
const CHUNKS = 11;
/** Every so many events, one is of another type. */
const RARE_EVERY = 250;

/** Logs and streams longer than any page, buffer or cache that an adapter might have. */
export function describeLongLogs(contract: Contract): void {
  const { it } = contract;

  contract.describe('a long log', () => {
    it('is read whole, in either direction', async (fixture) => {
      const given = await writeLog(fixture);

      const found = await fixture.log();
      expect(idsOf(found)).toEqual(given.all);
      expect(idsOf(await fixture.log(backwards))).toEqual(given.all.toReversed());
      const positions = found.map(({ position }) => position);
      expect(positions).toEqual(sorted(new Set(positions)));
      expect(new Set(positions.map(({ length }) => length)).size).toBe(1);
    });

    it('is filtered whole, in either direction', async (fixture) => {
      const { log, streamOf } = fixture;
      const given = await writeLog(fixture);
      const filter = { types: ['rare'] };

      expect(idsOf(await log({ filter }))).toEqual(given.rare);
      expect(idsOf(await log({ ...backwards, filter }))).toEqual(given.rare.toReversed());
      const inStream = await collect(fixture.store.read(streamOf('0'), { filter }));
      expect(idsOf(inStream)).toEqual(given.rare.filter((_, n) => isInFirstStream(n)));
    });

    it('is read up to a limit of thousands, and from its middle', async (fixture) => {
      const { log } = fixture;
      const { all } = await writeLog(fixture);
      const middle = (await log({ limit: 5_500 })).at(-1)?.position;

      expect(idsOf(await log({ limit: 9_999 }))).toEqual(all.slice(0, 9_999));
      expect(idsOf(await log({ after: middle, limit: 2_300 }))).toEqual(all.slice(5_500, 7_800));
      expect(idsOf(await log({ after: middle }))).toEqual(all.slice(5_500));
      expect(idsOf(await log({ ...backwards, from: middle, limit: 5_300 }))).toEqual(
        all.slice(200, 5_500).reverse(),
      );
    });

    it('is followed whole, and goes on', async (fixture) => {
      const given = await writeLog(fixture);
      const whole = fixture.follow();
      const rare = fixture.follow({ filter: { types: ['rare'] } });

      await whole.untilEvents(given.all.length);
      await rare.untilEvents(given.rare.length);

      expect(whole.ids).toEqual(given.all);
      expect(rare.ids).toEqual(given.rare);
      const last = event({ type: 'rare' });
      await fixture.store.append(fixture.stream, [last]);
      await whole.untilEvents(given.all.length + 1);
      await rare.untilEvents(given.rare.length + 1);
      expect([whole.ids.at(-1), rare.ids.at(-1)]).toEqual([last.id, last.id]);
    });

    it('is followed on from the middle, batch by batch, without gap or repeat', async (fixture) => {
      const given = await writeLog(fixture);
      for (const [filter, ids] of [
        [{}, given.all],
        [{ types: ['rare'] }, given.rare],
      ] as const) {
        const found: string[] = [];
        let after: Position | undefined;
        await fixture.patience.until('the end of the log', async () => {
          const follower = fixture.follow({ after, filter });
          const batch = await follower.pull();
          found.push(...idsOf(batch.events));
          after = batch.position;
          await follower.leave();
          return batch.caughtUp;
        });

        expect(found).toEqual(ids);
      }
    });

    it('is caught up with when its last event was yielded, also by one who was so before', async (fixture) => {
      const { store, stream, follow } = fixture;
      const follower = follow();
      await follower.caughtUp();
      await store.append(stream, events(4_000));

      await follower.untilEvents(4_000);

      let yielded = 0;
      for (const batch of follower.batches.slice(1)) {
        yielded += batch.events.length;
        if (batch.events.length > 0 && batch.caughtUp) expect(yielded).toBe(4_000);
      }
    });

    it('is followed whole behind a consumer that was away', async (fixture) => {
      const follower = fixture.follow();
      await follower.caughtUp();
      const { all } = await writeLog(fixture);

      await follower.untilEvents(all.length);

      expect(follower.ids).toEqual(all);
    });
  });

  contract.describe('a long stream', () => {
    it('is read whole, in either direction', async (fixture) => {
      const { store, stream } = fixture;
      const length = await writeStream(fixture);

      const read = async (options: object) =>
        revisionsOf(await collect(store.read(stream, options)));

      expect(await read({})).toEqual(range(length));
      expect(await read(backwards)).toEqual(range(length).reverse());
      expect(await read({ from: 5_100 })).toEqual(range(length).slice(5_100));
      expect(await read({ limit: 5_200 })).toEqual(range(5_200));
      expect(await read({ ...backwards, after: 5_600, limit: 5_400 })).toEqual(
        range(5_600).slice(200).reverse(),
      );
    });

    it('conflicts and goes on by its last revision', async (fixture) => {
      const { store, stream } = fixture;
      const length = await writeStream(fixture);

      const late = store.append(stream, [event()], { expected: length - 2 });
      await expect(late).rejects.toMatchObject({ actual: length - 1 });
      const { revision } = await store.append(stream, [event()], { expected: length - 1 });

      expect(revision).toBe(length);
    });

    it('keeps the last thousands, and hides the first', async (fixture) => {
      const { store, stream } = fixture;
      const length = await writeStream(fixture);
      const read = async () => revisionsOf(await collect(store.read(stream)));

      await store.setRetention(stream, { maxCount: 2_500 });
      expect(await read()).toEqual(range(length).slice(-2_500));
      await store.setRetention(stream, { truncateBefore: 4_000 });
      expect(await read()).toEqual(range(length).slice(4_000));
    });
  });

  contract.describe('a long life of a subscription', () => {
    it('yields each of 300 events that come one by one', async (fixture) => {
      const follower = fixture.follow();
      await follower.caughtUp();
      const given = events(300);

      for (const [n, one] of given.entries()) {
        await fixture.store.append(fixture.streamOf(String(n % 7)), [one]);
        await follower.untilEvents(n + 1);
      }

      expect(follower.ids).toEqual(idsOf(given));
    });

    it('is shared by none of 40 others', async ({ follow, write }) => {
      const followers = range(40).map(() => follow());
      for (const follower of followers) await follower.caughtUp();

      const given = [...(await write(2)), ...(await write(1))];

      for (const follower of followers)
        expect(idsOf(await follower.untilEvents(3))).toEqual(idsOf(given));
    });
  });
}

/** Some 11,000 events in three streams; the ids of all, and of those that are rare. */
async function writeLog({ store, streamOf }: Fixture) {
  const all: string[] = [];
  const rare: string[] = [];
  for (const chunk of range(CHUNKS)) {
    const given = range(CHUNK).map((n) =>
      event({ type: n % RARE_EVERY === 0 ? 'rare' : 'frequent', data: { n } }),
    );
    await store.append(streamOf(String(chunk % 3)), nonEmpty<NewEvent>(given));
    all.push(...idsOf(given));
    rare.push(...idsOf(given.filter(({ type }) => type === 'rare')));
  }
  return { all, rare };
}

function isInFirstStream(nthRare: number): boolean {
  return Math.floor(nthRare / (CHUNK / RARE_EVERY)) % 3 === 0;
}

/** A stream of some thousand events, in which two more are not at the edge of a chunk. */
async function writeStream({ store, stream, streamOf }: Fixture): Promise<number> {
  for (const n of range(6)) {
    await store.append(stream, events(CHUNK));
    await store.append(streamOf(`other-${n}`), events(10));
  }
  const { revision } = await store.append(stream, events(2));
  return revision + 1;
}
