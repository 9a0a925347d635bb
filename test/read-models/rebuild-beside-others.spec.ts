import {
  createAdministration,
  createReadModel,
  openLiveProjection,
  type Projection,
  reactor,
} from '@everfold/core';
import { Added, Ended, type Ledger, ledgers, serialLedgers } from './runner-ledger.js';
import type { RunnerProcess } from './runner-process.js';
import { MODES, RunnerWorld, until } from './runner-world.js';

const byCodeUnit = (a: string, b: string) => (a < b ? -1 : 1);

const IDS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Ledgers of whom it is known which are empty. */
const named = (name: string, version = 1) =>
  ledgers({ name, version, indexes: ['sum'], batch: { maxEvents: 8 } });

describe.each(MODES)('A rebuild on %s stores', (commit) => {
  let world: RunnerWorld;

  beforeEach(async () => {
    world = new RunnerWorld(commit);
    for (const id of IDS) await world.write(id, new Added({ amount: 1 }), new Added({ amount: 2 }));
  });
  afterEach(() => world[Symbol.asyncDispose]());

  const administration = (...definitions: readonly Projection<Ledger>[]) =>
    createAdministration({
      eventStore: world.events,
      readModels: world.readModels,
      definitions,
      leases: { heartbeatMs: 50, timeToLiveMs: 300 },
      retry: { baseMs: 1, maxMs: 10 },
    });

  /** Waits until it has been complete once, so that a rebuild begins another generation. */
  const complete = async (process: RunnerProcess) => {
    await process.consumers.caughtUp();
    await until('read models are complete', async () => {
      const models = await world.readModels.listRecords('models/');
      return models.every(({ value }) => !JSON.stringify(value).includes('"ready":false'));
    });
  };

  const all = async (definition: Projection<Ledger>) => {
    const model = createReadModel(world.readModels, definition);
    return Object.fromEntries(await model.getMany([...IDS, 'late']));
  };
  const expected = async () => Object.fromEntries(await serialLedgers(world.events));

  it('comes to what is live, and what a fresh fold has, with documents that were removed', async () => {
    const definition = named('ledgers');
    const process = await world.run([definition]);
    await world.write('a', new Ended({}));
    await world.write('b', new Ended({}), new Added({ amount: 5 }));
    await world.write('late', new Added({ amount: 7 }), new Ended({}));
    await complete(process);
    const served = await all(definition);

    await administration(definition).rebuild('ledgers');
    await using live = await openLiveProjection(world.events, definition);

    expect(Object.keys(served).sort(byCodeUnit)).toEqual(['b', 'c', 'd', 'e', 'f']);
    expect(served).toEqual(await expected());
    expect(await all(definition)).toEqual(served);
    expect(Object.fromEntries(await live.getMany([...IDS, 'late']))).toEqual(served);
    const model = createReadModel(world.readModels, definition);
    const found = await model.find({ where: { sum: 5 } });
    expect(found.items).toEqual([served['b']]);
  });

  it('of one leaves others alone, again and again, while events come', async () => {
    const one = named('one');
    const other = named('other');
    const process = await world.run([one, other]);
    await complete(process);
    const operator = administration(one, other);
    const settled = async () => {
      await process.consumers.caughtUp();
      expect(await all(one)).toEqual(await expected());
      expect(await all(other)).toEqual(await expected());
    };

    for (const name of ['one', 'other', 'one', 'one']) {
      for (const id of IDS) await world.add(id);
      await operator.rebuild(name);
      await settled();
    }
    await world.add('late');
    await settled();
  });

  it('is one for two operators who ask at once', async () => {
    const definition = named('ledgers');
    await complete(await world.run([definition]));

    const rebuilt = await Promise.all(
      [1, 2].map(() => administration(definition).rebuild('ledgers')),
    );

    expect(rebuilt.map(({ consumer }) => consumer)).toEqual(['ledgers@1.2', 'ledgers@1.2']);
    expect(await all(definition)).toEqual(await expected());
    expect(await administration(definition).verify('ledgers')).toMatchObject({ differences: [] });
  });

  it('has no ghosts of streams that were deleted', async () => {
    const definition = named('ledgers');
    const process = await world.run([definition]);
    await complete(process);
    const operator = administration(definition);

    await world.events.delete('ledger-a');
    await operator.rebuild('ledgers');
    const without = await all(definition);
    await world.add('a', 9);
    await process.consumers.caughtUp();
    await world.events.delete('ledger-b');
    await operator.rebuild('ledgers');

    expect(Object.keys(without).sort(byCodeUnit)).toEqual(['b', 'c', 'd', 'e', 'f']);
    expect(await all(definition)).toEqual(await expected());
    expect((await all(definition))['a']).toMatchObject({ count: 1, sum: 9 });
  });

  it('and a new version, and catching up, run no reactor again', async () => {
    const told: string[] = [];
    const telling = reactor('telling').on(Added, async (_, { eventId }) => {
      await Promise.resolve();
      told.push(eventId);
    });
    const definition = named('ledgers');
    const process = await world.run([definition, telling]);
    await complete(process);
    expect(told).toHaveLength(12);

    await administration(definition).rebuild('ledgers');
    const next = named('ledgers', 2);
    await administration(next).rebuild('ledgers');
    const another = await world.run([next, telling]);
    await another.consumers.caughtUp();
    await process[Symbol.asyncDispose]();
    await until('the other has taken all of it over', async () => {
      return (await another.owned('telling')) === 8 && (await another.owned('ledgers@2.1')) === 8;
    });
    await world.add('a');
    await another.consumers.caughtUp();

    expect(told).toHaveLength(13);
    expect(new Set(told).size).toBe(13);
    expect((await all(next))['a']).toMatchObject({ count: 3 });
  });
});
