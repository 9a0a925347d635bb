import type { EventStore } from '../../event-store/event-store.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, idsIn, revisionsOf } from './events.js';

/** Retention by age, by the store's clock. */
export function describeRetentionByAge(contract: Contract): void {
  const { it, itWithClock } = contract;

  contract.describe('retention by age', () => {
    itWithClock('hides events older than it says', async ({ store, stream, write }, clock) => {
      await write(2);
      clock.advance(1_000);
      await write(1);
      await store.setRetention(stream, { maxAgeMs: 500 });

      expect(await revisions(store, stream)).toEqual([2]);
    });

    itWithClock('keeps an event of just that age, to the millisecond', async (fixture, clock) => {
      const { store, stream, write } = fixture;
      await write(1);
      await store.setRetention(stream, { maxAgeMs: 500 });

      clock.advance(500);
      const kept = await revisions(store, stream);
      clock.advance(1);

      expect([kept, await revisions(store, stream)]).toEqual([[0], []]);
    });

    itWithClock('hides at once what is older than 0 ms', async (fixture, clock) => {
      const { store, stream, write } = fixture;
      await store.setRetention(stream, { maxAgeMs: 0 });
      await write(2);
      const kept = await revisions(store, stream);

      clock.advance(1);

      expect([kept, await revisions(store, stream)]).toEqual([[0, 1], []]);
    });

    itWithClock('hides by age what no other rule hides', async (fixture, clock) => {
      const { store, stream, write } = fixture;
      await store.setRetention(stream, { maxAgeMs: 500, maxCount: 4, truncateBefore: 1 });
      await write(3);
      const young = await revisions(store, stream);
      clock.advance(501);
      await write(2);

      expect([young, await revisions(store, stream)]).toEqual([
        [1, 2],
        [3, 4],
      ]);
    });

    itWithClock('hides as time goes by, with no one writing', async (fixture, clock) => {
      const { store, stream, write, log } = fixture;
      await store.setRetention(stream, { maxAgeMs: 60_000 });
      await write(2);
      clock.advance(30_000);
      await write(1);

      clock.advance(30_001);

      expect(await revisions(store, stream)).toEqual([2]);
      expect(revisionsOf(await collect(store.read(stream, { direction: 'backwards' })))).toEqual([
        2,
      ]);
      const hidden = store.capabilities.readAllAfterDelete === 'hidden';
      expect(revisionsOf(await log())).toEqual(hidden ? [2] : [0, 1, 2]);
    });

    itWithClock('goes on by revisions that are too old to be seen', async (fixture, clock) => {
      const { store, stream, write } = fixture;
      await write(3);
      await store.setRetention(stream, { maxAgeMs: 10 });
      clock.advance(11);

      const { revision } = await store.append(stream, [event()], { expected: 2 });

      expect(revision).toBe(3);
      await expect(
        store.append(stream, [event()], { expected: 'no-stream' }),
      ).rejects.toMatchObject({ code: 'WRONG_EXPECTED_REVISION', actual: 3 });
    });

    itWithClock('shows old events again when it is lifted', async (fixture, clock) => {
      const { store, stream, write } = fixture;
      await write(2);
      await store.setRetention(stream, { maxAgeMs: 10 });
      clock.advance(11);
      const before = await revisions(store, stream);

      await store.setRetention(stream, { maxAgeMs: 1_000 });

      expect([before, await revisions(store, stream)]).toEqual([[], [0, 1]]);
    });

    if (contract.harness.createWithClock === undefined)
      it('hides events once they are older than it says', async (fixture) => {
        const { store, stream, write, patience } = fixture;
        await write(2);

        await store.setRetention(stream, { maxAgeMs: 1 });

        await patience.until('the events to be hidden', async () => {
          return (await idsIn(store, stream)).length === 0;
        });
        expect((await store.append(stream, [event()], { expected: 1 })).revision).toBe(2);
      });
  });
}

async function revisions(store: EventStore, stream: string): Promise<number[]> {
  return revisionsOf(await collect(store.read(stream)));
}
