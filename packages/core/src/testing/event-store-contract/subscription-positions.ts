import type { Position } from '../../event-store/position.js';
import { failureOf, nonEmpty, range, sorted, wrong } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { event, events, idsOf } from './events.js';

/** How far a subscription has looked, where nothing matches, where it cannot begin, and on an empty log. */
export function describeSubscriptionPositions(contract: Contract): void {
  const { it } = contract;

  contract.describe('subscribing to what does not match', () => {
    it('moves its position over a foreign stretch and says that it is caught up', async ({
      store,
      stream,
      followAll,
    }) => {
      const { position } = await store.append(stream, events(3));
      const follower = followAll({ filter: { types: ['never'] } });

      await follower.caughtUp();

      expect(follower.events).toEqual([]);
      expect(follower.last.position >= position).toBe(true);
    });

    it('moves its position on while only foreign events come', async ({
      store,
      stream,
      followAll,
      patience,
    }) => {
      const follower = followAll({ filter: { types: ['never'] } });
      await follower.caughtUp();

      for (const _ of range(3)) {
        const { position } = await store.append(stream, events(4));
        await patience.until('the position to move', async () => {
          await follower.pull();
          return follower.last.position >= position;
        });
      }

      expect(follower.events).toEqual([]);
    });

    it('yields what matches behind a long foreign stretch', async ({
      store,
      stream,
      followAll,
    }) => {
      await store.append(stream, events(3_000));
      const needle = event({ type: 'needle' });
      await store.append(stream, [needle]);

      const found = await followAll({ filter: { types: ['needle'] } }).untilEvents(1);

      expect(found.at(-1)?.id).toBe(needle.id);
    });

    it('never moves its position back, and can be resumed behind each of its batches', async ({
      store,
      stream,
      followAll,
    }) => {
      const filter = { types: ['needle'] };
      await store.append(stream, nonEmpty([event({ type: 'needle' }), ...events(999)]));
      for (const _ of range(4)) await store.append(stream, events(1_000));
      const follower = followAll({ filter });

      await follower.caughtUp();

      const { batches } = follower;
      expect(batches.map(({ position }) => position)).toEqual(
        sorted(batches.map(({ position }) => position)),
      );
      expect(follower.events).toHaveLength(1);
      const found = batches.findIndex((batch) => batch.events.length > 0);
      for (const [n, { position }] of batches.entries()) {
        const resumed = followAll({ filter, after: position });
        await resumed.caughtUp();
        expect([n, resumed.events.length]).toEqual([n, n < found ? 1 : 0]);
        await resumed.leave();
      }
    });

    it('can be resumed behind a position within a foreign stretch', async ({
      store,
      stream,
      followAll,
    }) => {
      await store.append(stream, events(40));
      const filter = { types: ['needle'] };
      const first = await followAll({ filter, after: 'end' }).pull();
      const needle = event({ type: 'needle' });
      await store.append(stream, nonEmpty([...events(5), needle]));

      const found = await followAll({ filter, after: first.position }).untilEvents(1);

      expect(idsOf(found)).toEqual([needle.id]);
    });

    it('moves its position over hidden events', async ({ store, stream, followAll, write }) => {
      const written = await write(3);
      await store.delete(stream);

      const follower = followAll({ after: written[0]?.position, filter: { types: ['never'] } });

      await follower.caughtUp();
      expect(follower.last.position >= (written[2]?.position ?? '')).toBe(true);
    });

    it('never yields records of the store itself', async ({
      store,
      stream,
      streamOf,
      write,
      followAll,
    }) => {
      const follower = followAll({ after: 'end' });
      await follower.caughtUp();
      const [first] = await write(3);
      await store.setRetention(stream, { maxCount: 2 });
      await store.tombstone(streamOf('buried'));
      const [last] = await write(1);

      await follower.patience.until('the last event', async () => {
        await follower.pull();
        return follower.ids.includes(last?.id ?? '');
      });

      const strange = follower.events.filter(
        (it) => it.type.startsWith('$') || it.stream.startsWith('$'),
      );
      expect(strange).toEqual([]);
      expect(follower.ids.indexOf(last?.id ?? '')).toBeGreaterThan(
        follower.ids.indexOf(first?.id ?? ''),
      );
    });
  });

  contract.describe('subscribing where it cannot work', () => {
    it('refuses a position of another shape when it is iterated', async ({ followAll, write }) => {
      await write(1);
      for (const strange of ['', 'nonsense', '1', 'end ', '9'.repeat(200)]) {
        const follower = followAll({ after: wrong<Position>(strange) });

        expect(await failureOf(follower.pull())).toMatchObject({ code: 'FOREIGN_POSITION' });
      }
    });

    it('refuses a position behind the end of the log', async ({ store, write, followAll }) => {
      await write(1);
      const head = (await store.head()) ?? '';
      const ahead = wrong<Position>(head.replace(/^./, '8'));

      const failure = await failureOf(followAll({ after: ahead }).pull());

      expect(failure).toMatchObject({ code: 'CHECKPOINT_AHEAD_OF_LOG', position: ahead });
    });

    it('refuses a filter that is none', async ({ followAll }) => {
      const follower = followAll({ filter: { types: wrong<string[]>('thing.happened') } });

      expect(await failureOf(follower.pull())).toMatchObject({ name: 'TypeError' });
    });
  });

  if (contract.harness.shared !== true)
    contract.describe('subscribing to an empty log', () => {
      it('says at once that it is caught up, at a position before all others', async ({
        write,
        followAll,
      }) => {
        const first = await followAll().pull();

        const [written] = await write(1);
        expect(first).toMatchObject({ events: [], caughtUp: true });
        expect(first.position < (written?.position ?? '')).toBe(true);
        expect(first.position).toHaveLength(written?.position.length ?? 0);
      });

      it('can be resumed behind that position', async ({ write, followAll }) => {
        const { position } = await followAll().pull();
        const written = await write(2);

        const found = await followAll({ after: position }).untilEvents(2);

        expect(idsOf(found)).toEqual(idsOf(written));
      });

      it('can be resumed behind it while the log is still empty', async ({ write, followAll }) => {
        const { position } = await followAll().pull();
        const follower = followAll({ after: position });
        const again = await follower.pull();

        const written = await write(1);

        expect(again).toMatchObject({ events: [], position, caughtUp: true });
        expect(idsOf(await follower.untilEvents(1))).toEqual(idsOf(written));
      });

      it('begins at the end of nothing, and yields the first event ever', async ({
        write,
        followAll,
      }) => {
        const follower = followAll({ after: 'end' });
        const first = await follower.pull();

        const written = await write(1);

        expect(first).toMatchObject({ events: [], caughtUp: true });
        expect(idsOf(await follower.untilEvents(1))).toEqual(idsOf(written));
      });

      it('reads all from a position before all others, and nothing backwards', async ({
        write,
        followAll,
        log,
      }) => {
        const { position } = await followAll().pull();
        await write(2);

        expect(await log({ after: position })).toHaveLength(2);
        expect(await log({ from: position })).toHaveLength(2);
        expect(await log({ from: position, direction: 'backwards' })).toEqual([]);
      });
    });
}
