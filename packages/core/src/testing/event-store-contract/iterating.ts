import type { EventStream } from '../../event-store/event-store.js';
import { range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import { collect, event, events, idsOf } from './events.js';
import type { Fixture } from './fixture.js';

type Read = (fixture: Fixture, signal?: AbortSignal) => EventStream;
const READS: readonly (readonly [name: string, read: Read])[] = [
  ['a read of a stream', ({ store, stream }, signal) => store.read(stream, { signal })],
  [
    'a read of the log',
    ({ store, category }, signal) => store.readAll({ signal, filter: { categories: [category] } }),
  ],
];

/** Iterations do not know of each other, and batches end as single events do. */
export function describeIterating(contract: Contract): void {
  const { it } = contract;

  contract.describe('iterating', () => {
    for (const [name, readOf] of READS) {
      it(`goes its own way each time, side by side, in ${name}`, async (fixture) => {
        await fixture.store.append(fixture.stream, events(700));
        const read = readOf(fixture);
        const iterators = [read, read].map((it) => it[Symbol.asyncIterator]());
        const seen: unknown[][] = [[], []];

        for (const _ of range(701))
          for (const [n, iterator] of iterators.entries())
            seen[n]?.push((await iterator.next()).value?.revision);

        expect(seen).toEqual([
          [...range(700), undefined],
          [...range(700), undefined],
        ]);
      });

      it(`rejects in batches too when the signal was aborted before, in ${name}`, async (fixture) => {
        await fixture.write(2);
        const reason = new Error('no longer wanted');

        const batches = drained(readOf(fixture, AbortSignal.abort(reason)));

        await expect(batches).rejects.toBe(reason);
      });

      it(`rejects in batches too when the signal is aborted in between, in ${name}`, async (fixture) => {
        for (const _ of range(6)) await fixture.store.append(fixture.stream, events(1_000));
        const reason = new Error('no longer wanted');
        const controller = new AbortController();

        const batches = drained(readOf(fixture, controller.signal), () => controller.abort(reason));

        await expect(batches).rejects.toBe(reason);
      });
    }

    it('goes its own way each time, side by side, in a subscription', async (fixture) => {
      const { store, category, patience, write } = fixture;
      await write(2);
      const subscription = store.subscribe({ filter: { categories: [category] } });
      const iterators = [subscription, subscription].map((it) => it[Symbol.asyncIterator]());
      const written = [...(await write(1)), ...(await write(2))];

      for (const iterator of iterators) {
        const found: string[] = [];
        while (found.length < 5) {
          const { value } = await patience.for('a batch', iterator.next());
          found.push(...idsOf(value.events));
        }
        expect(found.slice(2)).toEqual(idsOf(written));
        await iterator.return?.();
      }
    });

    it('keeps to the filter as it was when it began', async ({
      store,
      stream,
      followAll,
      category,
    }) => {
      const types = ['wanted'];
      const filter = { types, categories: [category] };
      const follower = followAll({ filter });
      await follower.caughtUp();
      types.push('other');

      await store.append(stream, [event({ type: 'other' }), event({ type: 'wanted' })]);

      await follower.untilEvents(1);
      expect(follower.events.map(({ type }) => type)).toEqual(['wanted']);
    });

    it('shows the framework’s own types as any other, on every path', async (fixture) => {
      const { store, stream, log, follow } = fixture;
      const live = follow();
      await live.caughtUp();
      const given = ['everfold.command-settled', 'everfold', 'system.event', '_meta', 'a$b'].map(
        (type) => event({ type }),
      );

      for (const one of given) await store.append(stream, [one]);

      expect(idsOf(await collect(store.read(stream)))).toEqual(idsOf(given));
      expect(idsOf(await log())).toEqual(idsOf(given));
      expect(idsOf(await follow().untilEvents(5))).toEqual(idsOf(given));
      expect(idsOf(await live.untilEvents(5))).toEqual(idsOf(given));
    });
  });
}

/** Reads batch by batch to the end. */
async function drained(read: EventStream, afterFirst: () => void = () => {}): Promise<void> {
  for await (const _ of read.batches()) afterFirst();
}
