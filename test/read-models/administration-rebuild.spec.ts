import { type Progress, StoreUnavailableError } from '@everfold/core';
import { Administered, Begun, Counted, tallies, until } from './administered.js';
import { HeldSaves } from './held-saves.js';

const MODES = ['atomic', 'guarded'] as const;

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

  it('waits for what an owner is just writing before it switches', async () => {
    await using world = new Administered(commit);
    await world.fill(8, 4);
    const held = new HeldSaves(world.readModels);
    await world.applicationOn(held.store);
    await world.complete();
    await world.operator().rebuild('tallies', { switch: false });
    held.hold();
    await world.write('t0', new Counted({ by: 1 }));
    await until('an owner writes', () => held.waiting > 0);

    const switching = world.operator().switch('tallies', 2);
    await until('a switch is under way', async () => {
      return (await world.model()).switching !== undefined;
    });
    await world.beats(10);
    const during = await world.model();
    held.release();
    await switching;

    expect(during.serving).toBe(1);
    expect((await world.model()).serving).toBe(2);
    const [found] = (await world.readModels.loadDocuments('tallies@1.2', ['t0'])).values();
    expect(found?.document).toMatchObject({ events: 5 });
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

  it('tells how far in the log it is, where nothing tells yet how many events there are', async () => {
    await using world = new Administered();
    await world.fill(50, 10);
    const progress: Progress[] = [];

    await world.operator().rebuild('tallies', { onProgress: (it) => progress.push(it) });

    const head = await world.events.head();
    const positions = progress.map(({ position }) => position ?? '');
    expect(progress.at(-1)).toEqual({ phase: 'filling', done: 500, position: head, head });
    expect(positions).toEqual(positions.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(progress.every((it) => it.head === head && it.total === undefined)).toBe(true);
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
