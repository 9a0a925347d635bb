import type { ReadModelStore } from '../../projection/read-model-store.js';
import { nonEmpty, range } from '../outcomes.js';
import { expect } from '../runner.js';
import { untilWon } from './attempts.js';
import type { Contract } from './contract.js';
import { at, contentOf, inserted, replaced } from './writes.js';

/** Several who believe that a segment is theirs. */
export function describeFencing(contract: Contract): void {
  const { it, itWhere } = contract;

  contract.describe('racing owners of a segment', () => {
    it('lets one of 32 save, and fences the others', async (fixture) => {
      const stores = await fixture.both();
      const segment = await fixture.segment('s');

      const outcomes = await Promise.all(
        range(32).map((n) => {
          const store = stores[n % 2 ? 1 : 0];
          return store.save([segment.asSeenBy(store).part([], {}, { owner: n })]);
        }),
      );

      const winners = range(32).filter((n) => outcomes[n]?.[0]?.kind === 'saved');
      expect(winners).toHaveLength(1);
      expect(outcomes.filter(([outcome]) => outcome?.kind === 'fenced')).toHaveLength(31);
      expect(await fixture.store.readRecord('s')).toEqual({
        key: 's',
        version: 2,
        value: { owner: winners[0] },
      });
    });

    itWhere('atomic', 'keeps the documents of the winner only', async (fixture) => {
      const stores = await fixture.both();
      const segment = await fixture.begin([['n']]);

      const outcomes = await Promise.all(
        range(32).map((n) =>
          segment
            .asSeenBy(stores[n % 2 ? 1 : 0])
            .save([inserted('shared', { n }), inserted(`own-${n}`, { n })], {
              put: [{ key: `p/${n}`, value: n }],
            }),
        ),
      );

      const winners = range(32).filter((n) => outcomes[n]?.kind === 'saved');
      expect(winners).toHaveLength(1);
      const [n] = winners;
      expect(contentOf(await fixture.find())).toEqual([{ n }, { n }]);
      expect(await fixture.ids({ where: [{ field: 'n', gte: 0 }] })).toEqual([
        `own-${n}`,
        'shared',
      ]);
      expect(await fixture.keys('p/')).toEqual([`p/${n}`]);
    });

    it('lets either a save or a new owner win, and never both', async (fixture) => {
      const { store } = fixture;
      for (const n of range(10)) {
        const segment = await fixture.segment(`s/${n}`);
        const save = () => segment.save([]).then(({ kind }) => (kind === 'saved' ? ['save'] : []));
        const take = async () => {
          const version = await store.writeRecord(segment.key, 'taken', 1);
          return version === undefined ? [] : ['take'];
        };

        const won = await Promise.all(n % 2 === 0 ? [save(), take()] : [take(), save()]);

        const record = await store.readRecord(segment.key);
        expect(record?.version).toBe(2);
        expect(won.flat()).toEqual([record?.value === 'taken' ? 'take' : 'save']);
      }
    });

    it('fences the old owner in every later save', async (fixture) => {
      const { store } = fixture;
      const old = await fixture.begin();
      const version = await store.writeRecord(old.key, { epoch: 2 }, old.version);
      const next = old.asSeenBy(store);
      next.version = version ?? 0;

      const kinds: string[] = [];
      for (const n of range(5)) {
        kinds.push((await old.save([])).kind);
        await next.saved([inserted(`a${n}`, { n })]);
      }

      expect(kinds).toEqual(range(5).map(() => 'fenced'));
      expect(await store.readRecord(old.key)).toMatchObject({ version: 7 });
    });

    it('lets neither of two parts for one segment save over the other', async (fixture) => {
      const segment = await fixture.segment('s');

      const outcomes = await fixture.store.save(
        nonEmpty([segment.part([], {}, 'first'), segment.part([], {}, 'second')]),
      );

      expect(outcomes.filter(({ kind }) => kind === 'saved')).toHaveLength(1);
      expect(await fixture.store.readRecord('s')).toMatchObject({ version: 2 });
    });

    it('applies every addition once, however often owners change', async (fixture) => {
      const stores = await fixture.both();
      const { collection } = fixture;
      const first = await fixture.begin();
      await first.saved([inserted('sum', { n: 0 }, at(0))]);
      const addOne = async (store: ReadModelStore): Promise<number> => {
        const segment = first.asSeenBy(store);
        segment.version = Number((await store.readRecord(first.key))?.version);
        const stored = (await store.loadDocuments(collection, ['sum'])).get('sum');
        const n = Number(stored?.position);
        const sum = Number(Reflect.get(Object(stored?.document), 'n'));
        await segment.save([replaced('sum', { n: sum + 1 }, { from: n, to: n + 1 })]);
        return n;
      };
      const owning = range(8).map((by) =>
        untilWon(async () => (await addOne(stores[by % 2 ? 1 : 0])) >= 40),
      );

      await fixture.patience.for('8 owners', Promise.all(owning));

      const { document, position } = (await fixture.load('sum')) ?? {};
      expect(document).toEqual({ n: Number(position) });
      expect(Number(position)).toBeGreaterThanOrEqual(40);
    });
  });
}
