import { type Progress, StoreUnavailableError } from '@everfold/core';
import { Administered, Begun, Counted, type Tally, tallies, until } from './administered.js';
import { type Death, MortalStore } from './mortal-store.js';

const MODES = ['atomic', 'guarded'] as const;

/** What a rebuild writes, in its order; told what is in use when it begins. */
const STEPS: Record<string, (serving: number) => Omit<Death, 'when'>> = {
  'the new generation is entered': () => ({
    call: 'writeRecord',
    with: (key, value) => key.startsWith('models/') && value.includes('filling'),
  }),
  'its collection is made': () => ({ call: 'createCollection' }),
  'a segment is made': () => ({ call: 'writeRecord', with: isSegment, nth: 3 }),
  'events are folded': () => ({ call: 'save', nth: 3 }),
  'the switch is announced': () => ({
    call: 'writeRecord',
    with: (key, value) => key.startsWith('models/') && value.includes('switching'),
  }),
  'one segment stands still': (serving) => ({ call: 'writeRecord', with: isOf(serving) }),
  'all segments stand still': (serving) => ({ call: 'writeRecord', with: isOf(serving), nth: 4 }),
  'reads are switched': (serving) => ({
    call: 'writeRecord',
    with: (key, value) =>
      key.startsWith('models/') &&
      value.includes(`"previous":${serving}`) &&
      !value.includes('filling'),
  }),
  'a segment is released': (serving) => ({
    call: 'writeRecord',
    with: (key, value) => isOf(serving)(key) && !value.includes('owner'),
  }),
};

function isSegment(key: string): boolean {
  return key.startsWith('segments/');
}

function isOf(generation: number): (key: string) => boolean {
  return (key) => key.startsWith(`segments/tallies@1.${generation}/`);
}

describe.each(MODES)('A rebuild on %s stores', (commit) => {
  it('fills a new generation beside the application, and no reader sees it go back', async () => {
    await using world = new Administered(commit);
    const ids = await world.fill(30, 10);
    const application = await world.serving();
    const complaints = world.keepReading(ids);
    world.keepWriting(ids);
    const progress: Progress[] = [];

    const rebuilt = await world.operator().rebuild('tallies', {
      onProgress: (it) => progress.push(it),
    });

    expect(rebuilt).toMatchObject({ consumer: 'tallies@1.2', switched: true });
    expect(rebuilt.events).toBeGreaterThanOrEqual(300);
    expect(await world.model()).toMatchObject({
      serving: 2,
      previous: 1,
      generations: { 1: { state: 'kept' }, 2: { state: 'serving', ready: true } },
    });
    expect(new Set(progress.map(({ phase }) => phase))).toEqual(
      new Set(['filling', 'switching', 'handing over']),
    );
    await world.rest();
    await application.caughtUp();
    expect(complaints).toEqual([]);
    for (const generation of [1, 2])
      expect(await world.operator().verify('tallies', { generation })).toMatchObject({
        differences: [],
        incomparable: 0,
      });
  });

  it('goes to and fro between generations under load, and no reader sees it go back', async () => {
    await using world = new Administered(commit);
    const ids = await world.fill(20, 5);
    await world.serving();
    await world.application();
    const complaints = world.keepReading(ids);
    world.keepWriting(ids);
    await world.operator().rebuild('tallies');

    for (const serving of [1, 2, 1, 2]) {
      await world.operator().rollback('tallies');
      expect((await world.model()).serving).toBe(serving);
    }

    await world.rest();
    expect(complaints).toEqual([]);
  });

  it.each(['before', 'after'] as const)(
    'goes on when it was killed %s any of its steps',
    async (when) => {
      await using world = new Administered(commit);
      const ids = await world.fill(12, 6);
      await world.serving();
      const complaints = world.keepReading(ids);
      world.keepWriting(ids);

      for (const [step, death] of Object.entries(STEPS)) {
        const { serving } = await world.model();
        const mortal = new MortalStore(world.readModels, { ...death(serving), when });
        const killed = world.operator({ readModels: mortal.store }).rebuild('tallies');
        const end = await Promise.race([killed, mortal.death]);
        expect([step, end]).toEqual([step, undefined]);

        const rebuilt = await world.operator().rebuild('tallies');

        expect(rebuilt.switched).toBe(true);
        const model = await world.model();
        expect(model.switching).toBeUndefined();
        expect(model.serving).toBeGreaterThan(serving);
        await world.operator().drop('tallies', { generation: serving });
      }

      await world.rest();
      const operator = world.operator();
      await until('caught up', async () => {
        return (await operator.list()).every(({ lagMs }) => lagMs === 0);
      });
      expect(complaints).toEqual([]);
      expect((await operator.verify('tallies')).differences).toEqual([]);
    },
    60_000,
  );

  it('lets the one in use go on when it is killed while that stands still', async () => {
    await using world = new Administered(commit);
    await world.fill(8, 4);
    await world.serving();
    await world.operator().rebuild('tallies', { switch: false });
    const mortal = new MortalStore(world.readModels, {
      call: 'writeRecord',
      with: (key, value) => key.startsWith('models/') && value.includes('"serving":2'),
      when: 'before',
    });
    const switching = world.operator({ readModels: mortal.store }).switch('tallies', 2);
    await Promise.race([switching, mortal.death]);

    await world.write('t0', new Counted({ by: 1 }));

    await until('fed on', async () => {
      const [found] = (await world.readModels.loadDocuments('tallies@1.1', ['t0'])).values();
      return (found?.document as Tally | undefined)?.events === 5;
    });
    expect(await world.model()).toMatchObject({
      serving: 1,
      generations: { 2: { state: 'filling' } },
    });
    expect((await world.model()).switching).toBeUndefined();
  });
});

describe('A rebuild', () => {
  it('fills a version that was never complete, without an application', async () => {
    await using world = new Administered();
    await world.fill(5, 3);

    const rebuilt = await world.operator().rebuild('tallies');

    expect(rebuilt).toEqual({ consumer: 'tallies@1.1', switched: true, events: 15 });
    expect(await world.model()).toMatchObject({
      serving: 1,
      generations: { 1: { state: 'serving', ready: true } },
    });
  });

  it('may leave the switch for later', async () => {
    await using world = new Administered();
    await world.fill(5, 3);
    await world.operator().rebuild('tallies');

    const rebuilt = await world.operator().rebuild('tallies', { switch: false });

    expect(rebuilt).toEqual({ consumer: 'tallies@1.2', switched: false, events: 15 });
    expect((await world.model()).serving).toBe(1);
    await world.write('t0', new Counted({ by: 1 }));
    await world.operator().switch('tallies', 2);
    expect(await world.model()).toMatchObject({ serving: 2, previous: 1 });
    expect(await world.operator().verify('tallies')).toMatchObject({ differences: [], events: 16 });
  });

  it('says which event stops it, and goes on when the fold is mended', async () => {
    await using world = new Administered();
    await world.fill(5, 3);
    await world.operator().rebuild('tallies');
    const broken = tallies({
      weigh: (by, id) => {
        if (id === 't2') throw new Error('out of order');
        return by;
      },
    });

    const rebuilding = world.operator({ definitions: [broken] }).rebuild('tallies');

    await expect(rebuilding).rejects.toMatchObject({
      code: 'GENERATION_REFUSED',
      consumer: 'tallies@1.2',
      reason: expect.stringMatching(/is stopped at 'administered.counted' .*: Error: out of order/),
    });
    expect((await world.model()).serving).toBe(1);
    expect(await world.operator().rebuild('tallies')).toMatchObject({ consumer: 'tallies@1.2' });
    expect((await world.operator().verify('tallies')).differences).toEqual([]);
  });

  it('switches away from a generation that is stopped', async () => {
    await using world = new Administered();
    await world.fill(5, 3);
    let isBroken: boolean = false;
    const weigh = (by: number) => {
      if (isBroken) throw new Error('broken');
      return by;
    };
    const application = await world.serving(tallies({ weigh }));
    isBroken = true;
    await world.write('t0', new Counted({ by: 1 }));
    await until('stopped', async () => (await application.status())[0]?.state === 'stopped');

    await world.operator().rebuild('tallies');

    expect((await world.model()).serving).toBe(2);
  });

  it('begins anew when it is told to', async () => {
    await using world = new Administered();
    await world.fill(5, 3);
    await world.operator().rebuild('tallies');
    const doubling = tallies({ weigh: (by) => 2 * by });
    await world.operator({ definitions: [doubling] }).rebuild('tallies', { switch: false });

    const rebuilt = await world.operator().rebuild('tallies', { restart: true });

    expect(rebuilt).toMatchObject({ consumer: 'tallies@1.3', switched: true });
    expect(await world.keysOf('tallies@1.2')).toEqual([]);
    expect((await world.operator().verify('tallies')).differences).toEqual([]);
  });

  it('refuses what is paused, and names that nobody knows', async () => {
    await using world = new Administered();
    await world.operator().pause('tallies');

    await expect(world.operator().rebuild('tallies')).rejects.toMatchObject({
      code: 'GENERATION_REFUSED',
    });
    await expect(world.operator().rebuild('tally')).rejects.toThrow(TypeError);
    await expect(world.operator().switch('tallies', 2)).rejects.toMatchObject({
      code: 'GENERATION_REFUSED',
    });
  });

  it('ends with the reason of its signal, and leaves what it has filled', async () => {
    await using world = new Administered();
    await world.fill(5, 3);
    await world.operator().rebuild('tallies');
    const stop = new AbortController();

    const rebuilding = world.operator().rebuild('tallies', {
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('enough')),
    });

    await expect(rebuilding).rejects.toThrow('enough');
    expect(await world.model()).toMatchObject({
      serving: 1,
      generations: { 2: { state: 'filling' } },
    });
    expect(await world.readModels.listRecords('members/')).toEqual([]);
  });

  it('calls the switch off when the store fails meanwhile', async () => {
    await using world = new Administered();
    await world.fill(5, 3);
    await world.serving();
    await world.operator().rebuild('tallies', { switch: false });
    const { writeRecord } = world.readModels;
    world.readModels.writeRecord = (key, value, version) =>
      key.startsWith('models/') && JSON.stringify(value).includes('"serving":2')
        ? Promise.reject(new StoreUnavailableError('cut'))
        : writeRecord.call(world.readModels, key, value, version);

    const switching = world.operator().switch('tallies', 2);

    await expect(switching).rejects.toThrow(StoreUnavailableError);
    expect(await world.model()).toMatchObject({ serving: 1 });
    expect((await world.model()).switching).toBeUndefined();
    await world.write('t9', new Begun({ name: 't9' }));
    await until('fed on', async () => {
      return (await world.readModels.loadDocuments('tallies@1.1', ['t9'])).size === 1;
    });
  });
});
