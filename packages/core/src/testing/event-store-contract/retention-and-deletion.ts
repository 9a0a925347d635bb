import type { EventStore } from '../../event-store/event-store.js';
import { range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, idsOf, revisionsOf } from './events.js';

/** A retention is said about the name of a stream: deleting the events takes nothing of it back. */
export function describeRetentionAndDeletion(contract: Contract): void {
  const { it, itWithClock } = contract;

  contract.describe('a retention and a delete', () => {
    it('keeps the last so many events of what is written behind a delete', async (fixture) => {
      const { store, stream, write } = fixture;
      await store.setRetention(stream, { maxCount: 2 });
      await write(3);
      await store.delete(stream);

      await write(4);

      expect(await revisions(store, stream)).toEqual([5, 6]);
      const backwards = await collect(store.read(stream, { direction: 'backwards' }));
      expect(revisionsOf(backwards)).toEqual([6, 5]);
    });

    it('keeps so many behind each of several deletes', async ({ store, stream, write }) => {
      await write(1);
      await store.setRetention(stream, { maxCount: 1 });

      for (const round of range(3)) {
        await store.delete(stream);
        await write(2);
        expect(await revisions(store, stream)).toEqual([round * 2 + 2]);
      }
    });

    it('counts no deleted event', async ({ store, stream, write }) => {
      await write(5);
      await store.setRetention(stream, { maxCount: 3 });
      await store.delete(stream);

      await write(2);

      expect(await revisions(store, stream)).toEqual([5, 6]);
    });

    it('hides the same in the log and from subscriptions, by the capability', async (fixture) => {
      const { store, stream, write, log, follow } = fixture;
      await store.setRetention(stream, { maxCount: 2 });
      const before = await write(3);
      await store.delete(stream);
      const after = await write(4);

      const follower = follow();
      await follower.caughtUp();

      const hidden = store.capabilities.readAllAfterDelete === 'hidden';
      const expected = idsOf(hidden ? after.slice(-2) : [...before, ...after]);
      expect(idsOf(await log())).toEqual(expected);
      expect(follower.ids).toEqual(expected);
    });

    it('hides before the revision named, also behind a delete', async (fixture) => {
      const { store, stream, write } = fixture;
      await write(3);
      await store.setRetention(stream, { truncateBefore: 6 });
      await store.delete(stream);

      await write(5);

      expect(await revisions(store, stream)).toEqual([6, 7]);
    });

    itWithClock('hides by age behind a delete', async ({ store, stream, write }, clock) => {
      await store.setRetention(stream, { maxAgeMs: 1_000 });
      await write(2);
      await store.delete(stream);
      await write(2);
      clock.advance(700);
      await write(1);

      clock.advance(700);

      expect(await revisions(store, stream)).toEqual([4]);
    });

    it('is replaced behind a delete as before it', async ({ store, stream, write }) => {
      await store.setRetention(stream, { maxCount: 1 });
      await write(3);
      await store.delete(stream);

      await store.setRetention(stream, {});

      await write(3);
      expect(await revisions(store, stream)).toEqual([3, 4, 5]);
    });

    it('holds for the next events when it was said while the stream was deleted', async (fixture) => {
      const { store, stream, write } = fixture;
      await write(2);
      await store.delete(stream);
      await store.setRetention(stream, { maxCount: 2 });

      expect(await revisions(store, stream)).toEqual([]);
      const { revision } = await store.append(stream, [event()], { expected: 'no-stream' });
      await write(2);

      expect(revision).toBe(2);
      expect(await revisions(store, stream)).toEqual([3, 4]);
    });

    it('outlives the delete of a stream that never had an event', async (fixture) => {
      const { store, stream, write } = fixture;
      await store.setRetention(stream, { maxCount: 1 });
      await store.delete(stream);

      await write(3);

      expect(await revisions(store, stream)).toEqual([2]);
    });

    if (contract.harness.reopen !== undefined)
      it('outlives a delete and a reopening', async (fixture) => {
        const { store, stream, write } = fixture;
        await store.setRetention(stream, { maxCount: 2 });
        await write(3);
        await store.delete(stream);

        const reopened = await fixture.reopen();

        await write(3);
        expect(await revisions(reopened, stream)).toEqual([4, 5]);
      });
  });
}

async function revisions(store: EventStore, stream: string): Promise<number[]> {
  return revisionsOf(await collect(store.read(stream)));
}
