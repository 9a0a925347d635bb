import { Administered, Counted, type Tally, until } from './administered.js';
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
