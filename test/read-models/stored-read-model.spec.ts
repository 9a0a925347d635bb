import { createReadModel, type ReadModelStore } from '@everfold/core';
import { begun } from './begun.js';
import { type Account, account, accounts } from './events.js';

describe('A stored read model', () => {
  it('hands out a document, and nothing where there is none or it was removed', async () => {
    const { written, model } = await begun();
    await written.put(
      { id: 'a', document: account('Ada', 3, new Date(7)) },
      { id: 'gone', document: undefined },
    );

    expect(await model.get('a')).toEqual({ owner: 'Ada', balance: 3, openedAt: new Date(7) });
    expect(await model.get('gone')).toBeUndefined();
    expect(await model.get('never')).toBeUndefined();
  });

  it('hands out those of many that exist, in the order asked for, each once', async () => {
    const { written, model } = await begun();
    await written.put(
      { id: 'a', document: account('Ada') },
      { id: 'b', document: account('Bob') },
      { id: 'gone', document: undefined },
    );

    const found = await model.getMany(['b', 'never', 'a', 'gone', 'b']);

    expect([...found]).toEqual([
      ['b', account('Bob')],
      ['a', account('Ada')],
    ]);
    expect((await model.getMany([])).size).toBe(0);
  });

  it.each(['', '\ud800', 'x'.repeat(1_001)])(
    'has no document with the id %j, which none can have',
    async (id) => {
      const { model } = await begun();

      expect(await model.get(id)).toBeUndefined();
    },
  );

  it('refuses ids that are none', async () => {
    const { model } = await begun();

    await expect(model.get(undefined as never)).rejects.toThrow(TypeError);
    await expect(model.getMany('abc' as never)).rejects.toThrow(TypeError);
    await expect(model.getMany([...Array(100_001).keys()].map(String))).rejects.toThrow(TypeError);
  });

  it('refuses a store that keeps no read models, and what is no projection', async () => {
    const { store } = await begun();

    expect(() => createReadModel({} as ReadModelStore, accounts)).toThrow(TypeError);
    expect(() => createReadModel(store, { name: 'accounts' } as typeof accounts)).toThrow(
      TypeError,
    );
  });

  it('finds by conditions, in order, and says how many documents are parked', async () => {
    const { written, model } = await begun({ segments: 3 });
    await written.put(
      { id: 'a', document: account('Ada', 5) },
      { id: 'b', document: account('Ada', 9) },
      { id: 'c', document: account('Ada', 1) },
      { id: 'd', document: account('Bob', 9) },
    );
    await written.segment(0, { parked: 2 });
    await written.segment(2, { parked: 3 });

    const page = await model.find({
      where: { owner: 'Ada', balance: { gt: 1 } },
      orderBy: [['balance', 'desc']],
    });

    expect(page).toEqual({
      items: [account('Ada', 9), account('Ada', 5)],
      next: undefined,
      parked: 5,
    });
  });

  it.each([
    ['by id', []],
    ['by a date, descending', [['openedAt', 'desc']]],
    [
      'by two fields',
      [
        ['owner', 'asc'],
        ['balance', 'desc'],
      ],
    ],
  ] as const)(
    'leads through all documents %s, each once, while others come and go',
    async (_, orderBy) => {
      const { written, model } = await begun();
      const steady = Array.from({ length: 40 }, (__, n) => ({
        id: `steady-${n % 7}-${n}`,
        document: account(`o${n % 3}`, n % 4, new Date(n % 5)),
      }));
      await written.put(...steady);
      const seen: Account[] = [];

      for (
        let cursor: string | undefined, page = 0;
        page === 0 || cursor !== undefined;
        page += 1
      ) {
        const { items, next } = await model.find({ orderBy, limit: 3, cursor });
        seen.push(...items.filter(({ owner }) => owner !== 'moving'));
        cursor = next;
        await written.put({ id: `moving-${page % 3}`, document: account('moving', page) });
        await written.put({ id: `moving-${(page + 1) % 3}`, document: undefined });
      }

      expect(seen).toHaveLength(steady.length);
      expect(new Set(seen)).toEqual(new Set(steady.map(({ document }) => document)));
    },
  );

  it('has no next page when the last one is just full', async () => {
    const { written, model } = await begun();
    await written.put({ id: 'a', document: account('Ada') }, { id: 'b', document: account('Bob') });

    expect((await model.find({ limit: 2 })).next).toBeUndefined();
    expect((await model.find({ limit: 1 })).next).toEqual(expect.any(String));
  });
});
