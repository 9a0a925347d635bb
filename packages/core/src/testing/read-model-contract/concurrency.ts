import { background, nonEmpty, range, sorted } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import type { Fixture } from './fixture.js';
import { at, idOf, inserted, numbered, removed, replaced } from './writes.js';

/** Readers and writers at the same time. */
export function describeConcurrency(contract: Contract): void {
  const { it } = contract;

  contract.describe('readers beside a writer', () => {
    it('see a segment go on only when its documents are there', async (fixture) => {
      const { store, collection } = fixture;
      const segment = await fixture.begin();
      const ids = range(150).map(idOf);
      await segment.saved(numbered(150, () => ({ n: 1 })));

      await whileWriting(
        fixture,
        async () => {
          for (const n of range(12))
            await segment.saved(
              ids.map((id) => replaced(id, { n: n + 2 }, { from: n + 1, to: n + 2 })),
            );
        },
        async () => {
          const version = (await store.readRecord(segment.key))?.version ?? 0;
          const loaded = await store.loadDocuments(collection, ids);
          const positions = [...loaded.values()].map(({ position }) => position);
          expect(positions.filter((position) => position < at(version - 1))).toEqual([]);
        },
      );
    });

    it('see a document that names a put record only when the record is there', async (fixture) => {
      const { store } = fixture;
      const segment = await fixture.begin();

      await whileWriting(
        fixture,
        async () => {
          for (const n of range(40))
            await segment.saved([inserted(`a${n}`, {}), inserted(`b${n}`, {})], {
              put: [{ key: `p/${n}`, value: n }],
            });
        },
        async () => {
          const ids = await fixture.ids();
          const keys = new Set(await fixture.keys('p/'));
          expect(ids.filter((id) => !keys.has(`p/${id.slice(1)}`))).toEqual([]);
          expect(await store.readRecord(segment.key)).toBeDefined();
        },
      );
    });

    it('see a record removed only when the documents are written', async (fixture) => {
      const segment = await fixture.begin();
      const numbers = range(40);
      await segment.saved([], { put: numbers.map((n) => ({ key: `p/${n}`, value: n })) });

      await whileWriting(
        fixture,
        async () => {
          for (const n of numbers)
            await segment.saved([inserted(`a${n}`, {}), inserted(`b${n}`, {})], {
              remove: [`p/${n}`],
            });
        },
        async () => {
          const keys = new Set(await fixture.keys('p/'));
          const ids = new Set(await fixture.ids());
          const gone = numbers.filter((n) => !keys.has(`p/${n}`));
          expect(gone.filter((n) => !(ids.has(`a${n}`) && ids.has(`b${n}`)))).toEqual([]);
        },
      );
    });

    it('find documents as one commit left them, with their positions', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      const document = (n: number) => ({ v: n % 3, n, again: n, list: range(20).map(() => n) });
      await segment.saved(range(20).map((id) => inserted(idOf(id), document(1))));

      await whileWriting(
        fixture,
        async () => {
          for (const n of range(25))
            await segment.saved(
              range(20).map((id) =>
                replaced(idOf(id), document(n + 2), { from: n + 1, to: n + 2 }),
              ),
            );
        },
        async () => {
          for (const { document: found, position } of await fixture.find({
            where: [{ field: 'v', gte: 0 }],
          }))
            expect(found).toEqual(document(Number(position)));
        },
      );
    });

    it('find only what meets the conditions at that moment', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved(numbered(30, (n) => ({ v: n % 2 })));

      await whileWriting(
        fixture,
        async () => {
          for (const round of range(30))
            await segment.saved(
              range(30).map((n) =>
                replaced(idOf(n), { v: (n + round + 1) % 2 }, { from: round + 1, to: round + 2 }),
              ),
            );
        },
        async () => {
          const found = await fixture.find({ where: [{ field: 'v', eq: 1 }] });
          expect(found.filter(({ document }) => Reflect.get(document ?? {}, 'v') !== 1)).toEqual(
            [],
          );
          expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
        },
      );
    });

    it('never miss a document that stays where it is', async (fixture) => {
      const segment = await fixture.begin([['v']]);
      await segment.saved([
        ...range(20).map((n) => inserted(`s${n}`, { v: 1, n: 0 })),
        ...range(20).map((n) => inserted(`m${n}`, { v: 1 })),
      ]);

      await whileWriting(
        fixture,
        async () => {
          for (const n of range(20)) {
            await segment.saved([
              replaced(`s${n}`, { v: 1, n: 1 }, { from: 1, to: 2 }),
              removed(`m${n}`, { from: 1, to: 2 }),
              inserted(`k${n}`, { v: 1 }),
            ]);
          }
        },
        async () => {
          const ids = await fixture.ids({ where: [{ field: 'v', eq: 1 }] });
          expect(ids.filter((id) => id.startsWith('s'))).toHaveLength(20);
        },
      );
    });

    it('never see the position of a document go back', async (fixture) => {
      const segment = await fixture.begin();
      await segment.saved([inserted('a', { n: 1 })]);
      const seen: string[] = [];

      await whileWriting(
        fixture,
        async () => {
          for (const n of range(60))
            await segment.saved([replaced('a', { n: n + 2 }, { from: n + 1, to: n + 2 })]);
        },
        async () => {
          seen.push(String((await fixture.load('a'))?.position));
          seen.push(String((await fixture.find())[0]?.position));
        },
      );

      expect(seen).toEqual(sorted(seen));
      expect(seen.at(-1)).toBe(at(61));
    });
  });

  contract.describe('writers beside each other', () => {
    it('save 16 segments of one collection, each again and again', async (fixture) => {
      const stores = await fixture.both();
      await fixture.begin([['n']]);
      const write = async (by: number): Promise<void> => {
        const key = `s/${idOf(by)}`;
        const segment = await fixture.segment(key, fixture.collection);
        const its = segment.asSeenBy(stores[by % 2 ? 1 : 0]);
        await its.saved([inserted(`d${by}`, { n: 0 }, at(1))]);
        for (const n of range(12))
          await its.saved([replaced(`d${by}`, { n: n + 1 }, { from: n + 1, to: n + 2 })]);
      };

      await fixture.patience.for('16 writers', Promise.all(range(16).map(write)));

      expect(await fixture.ids({ where: [{ field: 'n', eq: 12 }] })).toHaveLength(16);
      for (const { version } of await fixture.store.listRecords('s/')) expect(version).toBe(14);
    });

    it('save several parts at once, from several callers', async (fixture) => {
      await fixture.begin([['n']]);
      const { store, collection } = fixture;
      const segments = await Promise.all(
        range(32).map((n) => fixture.segment(`s/${n}`, collection)),
      );

      const outcomes = await Promise.all(
        range(8).map((caller) =>
          store.save(
            nonEmpty(
              range(4).map((part) => {
                const n = caller * 4 + part;
                return (segments[n] ?? segments[0])?.part([inserted(idOf(n), { n })]);
              }),
            ) as Parameters<typeof store.save>[0],
          ),
        ),
      );

      expect(outcomes.flat()).toEqual(range(32).map(() => ({ kind: 'saved', version: 2 })));
      expect(await fixture.ids()).toEqual(range(32).map(idOf));
    });
  });
}

/** Reads again and again while something is written, and once more behind it. */
async function whileWriting(
  { patience }: Fixture,
  write: () => Promise<void>,
  read: () => Promise<void>,
): Promise<void> {
  let busy = true;
  const writing = background(
    write().finally(() => {
      busy = false;
    }),
  );
  await patience.until('the writer to end', async () => {
    const last = !busy;
    await read();
    return last;
  });
  await patience.for('the writer', writing);
}
