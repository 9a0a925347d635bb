import { reactor } from '@everfold/core';
import { Administered, Begun, Counted, tallies, until } from './administered.js';
import { MortalStore } from './mortal-store.js';

const MODES = ['atomic', 'guarded'] as const;

describe('A list of consumers', () => {
  it('shows what is declared and what is stored, by generation', async () => {
    await using world = new Administered();
    await world.fill(4, 3);
    await world.serving();
    await world.operator().rebuild('tallies');
    await until('taken over', async () => {
      return (await world.operator().list()).every(({ lagMs }) => lagMs === 0);
    });
    const letters = reactor('letters').on(Begun, async () => undefined);

    const listed = await world.operator({ definitions: [tallies({ version: 2 }), letters] }).list();

    expect(listed.map(({ consumer, state, declared }) => [consumer, state, declared])).toEqual([
      ['tallies@1.1', 'kept', false],
      ['tallies@1.2', 'serving', false],
      ['tallies@2.1', 'filling', true],
      ['letters', 'running', true],
    ]);
    expect(listed[1]).toMatchObject({
      name: 'tallies',
      kind: 'projection',
      version: 1,
      generation: 2,
      paused: false,
      commit: 'atomic',
      parked: 0,
      stopped: 0,
      orphaned: 0,
      lagMs: 0,
      segments: [{ segment: 0 }, { segment: 1 }, { segment: 2 }, { segment: 3 }],
    });
    expect(listed[2]).toMatchObject({ segments: [], position: undefined, lagMs: 'unknown' });
  });

  it('is listed with what its store says of itself', async () => {
    await using world = new Administered();
    await world.fill(1, 1);
    Object.assign(world.readModels, { description: 'in the attic, by pencil' });

    const listed = await world.operator().list();

    expect(listed.map(({ store }) => store)).toEqual(['in the attic, by pencil']);
  });

  it('does not know the lag of what nobody feeds, or nobody who lives', async () => {
    await using world = new Administered();
    await world.fill(4, 3);
    const application = await world.serving();
    const alive = await world.operator().list();

    await application[Symbol.asyncDispose]();
    const left = await world.operator().list();
    const mortal = new MortalStore(world.readModels);
    const dying = world.operator({ readModels: mortal.store }).rebuild('tallies');
    await until('feeding', async () => {
      const [, second] = await world.operator().list();
      return second?.segments.some(({ owner }) => owner !== undefined) ?? false;
    }).finally(() => mortal.kill());
    const dead = await world.operator().list();

    expect(alive[0]?.lagMs).toBe(0);
    expect(left[0]?.lagMs).toBe('unknown');
    expect(dead[1]?.lagMs).toBe('unknown');
    dying.catch(() => undefined);
  });
});

describe.each(MODES)('A generation on %s stores', (commit) => {
  it('is dropped with everything of it, while the application runs it', async () => {
    await using world = new Administered(commit);
    await world.fill(6, 3);
    const application = await world.serving();
    await world.operator().rebuild('tallies');
    await until('both are run', async () => (await application.status()).length === 2);

    await world.operator().drop('tallies', { generation: 1 });

    expect(await world.keysOf('tallies@1.1')).toEqual([]);
    expect(await documentsOf(world, 'tallies@1.1')).toBe(0);
    const model = await world.model();
    expect(Object.keys(model.generations)).toEqual(['2']);
    expect(model.previous).toBeUndefined();
    await expect(world.operator().rollback('tallies')).rejects.toMatchObject({
      code: 'GENERATION_REFUSED',
    });
    await world.write('t0', new Counted({ by: 1 }));
    await application.caughtUp();
    expect((await application.status()).map(({ consumer }) => consumer)).toEqual(['tallies@1.2']);
    expect(await world.operator().rebuild('tallies')).toMatchObject({ consumer: 'tallies@1.3' });
  });

  it.each([
    ['its segments are removed', 'removeRecord', 2],
    ['its documents are removed', 'dropCollection', 1],
  ] as const)(
    'is dropped by the next call when the first was killed while %s',
    async (_, call, nth) => {
      await using world = new Administered(commit);
      await world.fill(6, 3);
      await world.operator().rebuild('tallies');
      await world.operator().rebuild('tallies');
      const mortal = new MortalStore(world.readModels, {
        call,
        nth,
        with: (key) => !key.startsWith('members/'),
        when: 'before',
      });
      const dropping = world
        .operator({ readModels: mortal.store })
        .drop('tallies', { generation: 1 });
      await Promise.race([dropping, mortal.death]);
      expect((await world.model()).generations).toMatchObject({ 1: { state: 'dropping' } });

      await world.operator().drop('tallies', { generation: 1 });

      expect(Object.keys((await world.model()).generations)).toEqual(['2']);
      expect(await world.keysOf('tallies@1.1')).toEqual([]);
      expect(await documentsOf(world, 'tallies@1.1')).toBe(0);
    },
  );
});

describe('A generation', () => {
  it('that is in use, or is not there, is not dropped', async () => {
    await using world = new Administered();
    await world.operator().rebuild('tallies');
    const operator = world.operator();

    for (const target of [{ generation: 1 }, { generation: 2 }, {}, { version: 2 }])
      await expect(operator.drop('tallies', target)).rejects.toMatchObject({
        code: 'GENERATION_REFUSED',
      });
    expect((await world.model()).generations).toMatchObject({ 1: { state: 'serving' } });
  });

  it('goes with all others of a version that nobody runs or declares any more', async () => {
    await using world = new Administered();
    await world.fill(4, 3);
    const application = await world.serving();
    await world.operator().rebuild('tallies');
    const operator = world.operator({ definitions: [tallies({ version: 2 })] });
    await operator.rebuild('tallies');
    await expect(operator.drop('tallies', { version: 1 })).rejects.toMatchObject({
      reason: expect.stringContaining('still runs this version'),
    });
    await application[Symbol.asyncDispose]();

    await operator.drop('tallies', { version: 1 });

    expect(await world.model(1)).toBeUndefined();
    expect((await operator.list()).map(({ consumer }) => consumer)).toEqual(['tallies@2.1']);
    expect(await documentsOf(world, 'tallies@1.2')).toBe(0);
  });

  it('with events whose beginning is gone is not switched to, unless that is accepted', async () => {
    await using world = new Administered();
    await world.fill(4, 4);
    await world.serving();
    await world.events.setRetention('tally-t1', { truncateBefore: 2 });

    const refused = world.operator().rebuild('tallies');

    await expect(refused).rejects.toMatchObject({
      code: 'ORPHANED_EVENTS',
      consumer: 'tallies@1.2',
      count: 2,
    });
    expect(await world.model()).toMatchObject({ serving: 1 });
    await world.operator().rebuild('tallies', { acceptOrphans: true });
    expect(await world.model()).toMatchObject({ serving: 2 });
    await world.operator().rollback('tallies');
    await world.operator().rollback('tallies');
    expect(await world.model()).toMatchObject({ serving: 2 });
  });

  it('with parked documents is not switched to, unless that is accepted', async () => {
    await using world = new Administered();
    await world.fill(4, 2);
    const failing = tallies({ onFailure: 'park', weigh: picky });
    await world.serving(failing);
    await world.write('t1', new Counted({ by: 100 }));
    const operator = world.operator({ definitions: [failing] });

    await expect(operator.rebuild('tallies')).rejects.toMatchObject({
      code: 'GENERATION_REFUSED',
      reason: expect.stringContaining('1 documents are parked'),
    });
    expect(await world.model()).toMatchObject({ serving: 1 });
    await operator.rebuild('tallies', { acceptParked: true });
    expect(await world.model()).toMatchObject({ serving: 2 });
  });
});

describe('Operators', () => {
  it('pause and resume, and what has stopped tries again', async () => {
    await using world = new Administered();
    await world.fill(4, 2);
    let isBroken: boolean = true;
    const weigh = (by: number, id: string) => (isBroken ? picky(by, id) : by);
    const application = await world.serving(tallies({ weigh }));
    const state = async () => (await application.status())[0]?.state;
    await world.write('t1', new Counted({ by: 100 }));
    await until('stopped', async () => (await state()) === 'stopped');

    await world.operator().pause('tallies');
    await until('paused', async () => (await world.operator().list())[0]?.paused === true);
    isBroken = false;
    await world.operator().resume('tallies');

    await application.caughtUp();
    await until('running', async () => (await state()) === 'running');
    expect((await world.operator().list())[0]).toMatchObject({ paused: false, stopped: 0 });
    expect((await world.operator().verify('tallies')).differences).toEqual([]);
    await expect(world.operator().pause('tally')).rejects.toThrow(TypeError);
  });

  it('see what is parked, have it retried and dropped', async () => {
    await using world = new Administered();
    await world.fill(4, 2);
    let limit = 100;
    const weigh = (by: number, id: string) => (by >= limit ? picky(100, id) : by);
    const failing = tallies({ onFailure: 'park', weigh });
    const application = await world.serving(failing);
    for (const id of ['t1', 't2', 't3'])
      await world.write(id, new Counted({ by: 200 }), new Counted({ by: 3 }));
    await application.caughtUp();
    const operator = world.operator({ definitions: [failing] });
    const parked = async () => (await operator.parked()).map(({ documentId }) => documentId);

    const before = await operator.parked('tallies');
    await operator.dropParked('tallies', 't1');
    await until('dropped', async () => !(await parked()).includes('t1'));
    limit = 1_000;
    expect(await operator.retryParked('tallies', 't2')).toBe(1);
    await until('retried', async () => !(await parked()).includes('t2'));
    expect(await parked()).toEqual(['t3', 't3']);
    expect(await operator.retryParked('tallies')).toBe(1);
    await until('all retried', async () => (await parked()).length === 0);

    expect(before).toHaveLength(6);
    expect(before.find(({ documentId }) => documentId === 't1')).toMatchObject({
      consumer: 'tallies@1.1',
      eventType: 'administered.counted',
      error: 'Error: too much for t1',
      attempts: 1,
    });
    const totals = await world.readModels.loadDocuments('tallies@1.1', ['t1', 't2', 't3']);
    expect([...totals.values()].map(({ document }) => document)).toMatchObject([
      { total: 4 },
      { total: 204 },
      { total: 204 },
    ]);
    expect(await operator.retryParked('tallies')).toBe(0);
    expect(await operator.dropParked('tallies', 't1')).toBe(0);
  });

  it('drop no more than the event that fails, however often they ask', async () => {
    await using world = new Administered();
    await world.fill(1, 2);
    const failing = tallies({ onFailure: 'park', weigh: picky });
    const application = await world.serving(failing);
    await world.write('t0', new Counted({ by: 100 }), new Counted({ by: 200 }));
    await application.caughtUp();
    const operator = world.operator({ definitions: [failing] });

    await Promise.all([1, 2, 3].map(() => operator.dropParked('tallies', 't0')));

    await until('answered', async () => {
      return (await world.readModels.listRecords('requests/')).length === 0;
    });
    const left = await operator.parked();
    expect(left).toMatchObject([{ documentId: 't0', error: 'Error: too much for t0' }]);
  });
});

function picky(by: number, id: string): number {
  if (by >= 100) throw new Error(`too much for ${id}`);
  return by;
}

async function documentsOf(world: Administered, consumer: string): Promise<number> {
  const all = { where: [], orderBy: [], limit: 1_000 };
  return (await world.readModels.findDocuments(consumer, all)).length;
}
