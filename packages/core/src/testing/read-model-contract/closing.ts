import { nonEmpty, outcomesOf, range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import type { Fixture } from './fixture.js';
import type { Segment } from './segment.js';
import { at, idOf, inserted, numbered } from './writes.js';

const CLOSED = 'STORE_UNAVAILABLE';

/** Closing: twice, while busy, and what calls do afterwards. */
export function describeClosing(contract: Contract): void {
  const { it, itBeside } = contract;

  contract.describe('closing', () => {
    it('may be done before anything else', async ({ store, close }) => {
      await close();

      expect(await outcomesOf([store.readRecord('a')])).toEqual([CLOSED]);
    });

    it('may be done twice', async ({ begin, close }) => {
      await begin();
      await close();

      expect(await outcomesOf([close()])).toEqual(['ok']);
    });

    it('may be done several times at once', async ({ begin, close }) => {
      await begin();

      expect(await outcomesOf(range(4).map(() => close()))).toEqual(range(4).map(() => 'ok'));
    });

    for (const [name, call] of CALLS)
      it(`refuses ${name} afterwards`, async (fixture) => {
        const segment = await fixture.begin([['n']]);
        await segment.saved([inserted('a', { n: 1 })]);
        await fixture.close();

        expect(await outcomesOf([called(() => call(fixture, segment))])).toEqual([CLOSED]);
      });

    it('settles everything that is under way: done, or refused', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin([['n']]);
      await segment.saved(numbered(300, (n) => ({ n })));
      const segments = await Promise.all(
        range(8).map((n) => fixture.segment(`s/${n}`, collection)),
      );
      const calls = [
        ...segments.map((it, n) => it.save(range(50).map((i) => inserted(`${n}-${i}`, { n })))),
        ...range(8).map((n) => store.writeRecord(`r/${n}`, n, undefined)),
        ...range(8).map(() => fixture.find({ where: [{ field: 'n', gte: 0 }] })),
        store.loadDocuments(collection, range(300).map(idOf)),
        store.listRecords(''),
        store.purgeMarkers(collection, at(9)),
      ];

      const outcomes = outcomesOf(calls);
      await fixture.close();

      for (const outcome of await fixture.patience.for('what was under way', outcomes))
        expect(['ok', CLOSED]).toContain(outcome);
    });

    it('refuses what is called while it closes, or does it', async (fixture) => {
      const segment = await fixture.begin();
      const closing = fixture.close();

      const outcome = await outcomesOf([called(() => segment.save([inserted('a', {})]))]);

      await closing;
      expect(['ok', CLOSED]).toContain(outcome[0]);
    });

    itBeside('leaves another store on the same data open', async (fixture, other) => {
      const segment = await fixture.begin();
      await segment.saved([inserted('a', { n: 1 })]);

      await fixture.close();

      expect(await segment.asSeenBy(other).save([inserted('b', {})])).toMatchObject({
        kind: 'saved',
      });
      expect((await other.loadDocuments(fixture.collection, ['a', 'b'])).size).toBe(2);
    });
  });
}

const CALLS: readonly (readonly [
  name: string,
  call: (fixture: Fixture, segment: Segment) => Promise<unknown>,
])[] = [
  ['reading a record', ({ store }) => store.readRecord('a')],
  ['listing records', ({ store }) => store.listRecords('')],
  ['writing a record', ({ store }) => store.writeRecord('a', 1, undefined)],
  ['removing a record', ({ store }, { key, version }) => store.removeRecord(key, version)],
  ['making a collection', ({ store }) => store.createCollection('other', [])],
  ['dropping a collection', ({ store, collection }) => store.dropCollection(collection)],
  ['loading', ({ store, collection }) => store.loadDocuments(collection, ['a'])],
  ['loading nothing', ({ store, collection }) => store.loadDocuments(collection, [])],
  ['a query', ({ find }) => find()],
  ['saving', ({ store }, segment) => store.save(nonEmpty([segment.part([inserted('b', {})])]))],
  ['purging', ({ store, collection }) => store.purgeMarkers(collection, at(9))],
];

/** A call that throws at once is not one that rejects. */
function called(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return call();
  } catch {
    return Promise.reject(new Error('It threw in place of rejecting.'));
  }
}
