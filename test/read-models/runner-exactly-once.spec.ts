import { setImmediate } from 'node:timers/promises';
import { StoreUnavailableError } from '@everfold/core';
import { Ended, Foreign, ledgers, Shared } from './runner-ledger.js';
import { Barrier, type Call, type RunnerProcess, type Tapped } from './runner-process.js';
import { MODES, RunnerWorld, until } from './runner-world.js';

const LEDGERS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];

/** Writes of all kinds, one after the other, with turns for others in between. */
async function writeAllKinds(world: RunnerWorld, rounds: number, offset = 0): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const ledger = LEDGERS[(round * 7 + offset) % LEDGERS.length] ?? 'a';
    const kind = (round + offset) % 11;
    if (kind === 3)
      await world.write(ledger, new Shared({ amount: 3, among: LEDGERS.slice(0, 4) }));
    else if (kind === 7) await world.write(ledger, new Ended({}));
    else if (kind === 9) await world.write(ledger, new Foreign({}));
    else await world.add(ledger, round);
    await setImmediate();
  }
}

/** Holds this call of a process up at a barrier, from now on. */
function holdUp(process: RunnerProcess, held: Call): Barrier {
  const barrier = new Barrier();
  process.before = ({ call }: Tapped) => (call === held ? barrier.pass() : undefined);
  return barrier;
}

/** Numbers from 0 to 1, the same for a seed. @see Numerical Recipes, ranqd1 */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How many of its writes did not count. */
function refused(process: RunnerProcess): number {
  return process.count('fenced') + process.count('stale');
}

describe.each(MODES)('Events on %s stores', (commit) => {
  it('are folded once each by several processes while writers write', async () => {
    await using world = new RunnerWorld(commit);
    const definitions = [ledgers({ batch: { maxEvents: 7 } })];
    const writing = [0, 1, 2].map((offset) => writeAllKinds(world, 150, offset));

    const processes = await Promise.all([1, 2, 3, 4].map(() => world.run(definitions)));
    await Promise.all(writing);

    await world.agrees();
    const shares = await Promise.all(processes.map((process) => process.owned()));
    expect(shares.filter((owned) => owned > 0).length).toBeGreaterThan(1);
  });

  it('are folded once each while processes come and go', async () => {
    await using world = new RunnerWorld(commit);
    const definitions = [ledgers({ batch: { maxEvents: 7 } })];
    const writing = [0, 1].map((offset) => writeAllKinds(world, 300, offset));
    await world.run(definitions);

    for (let round = 0; round < 6; round += 1) {
      const process = await world.run(definitions);
      await until('a share', async () => (await process.owned()) > 0);
      if (round % 2 === 0) process.kill();
      else await process[Symbol.asyncDispose]();
    }
    await Promise.all(writing);

    await world.agrees();
  });

  it.each(['save', 'loadDocuments'] as const)(
    'are not folded again by a process that stood still past its lease in %s',
    async (held) => {
      await using world = new RunnerWorld(commit);
      const definitions = [ledgers({ batch: { maxEvents: 4 } })];
      const zombie = await world.run(definitions);
      await writeAllKinds(world, 30);
      await zombie.consumers.caughtUp();
      const barrier = holdUp(zombie, held);
      const beats = new Barrier();
      const before = zombie.before;
      zombie.before = (tapped) =>
        tapped.call === 'save' || tapped.call === 'loadDocuments' ? before(tapped) : beats.pass();
      await world.write('z', new Shared({ amount: 5, among: [...LEDGERS, 'z', 'y', 'x'] }));
      await until('it stands between load and commit', () => barrier.arrived > 0);

      const heir = await world.run(definitions);
      await until('all is taken over', async () => (await heir.owned()) === 8);
      await writeAllKinds(world, 60, 5);
      await heir.consumers.caughtUp();
      beats.open();
      barrier.open();
      await until('its writes were refused', () => refused(zombie) > 0);

      await world.agrees();
      await world.evenedOut([zombie, heir]);
      await writeAllKinds(world, 30, 2);
      await world.agrees();
      expect(heir.said('taken-over').length).toBe(8);
      expect(zombie.said('lease-lost').length).toBeGreaterThan(0);
    },
  );

  it.each([
    ['were written', 'after'],
    ['were not written', 'before'],
  ] as const)(
    'are folded once when the outcome of writes that %s is not known',
    async (_, when) => {
      await using world = new RunnerWorld(commit);
      const process = world.process();
      let saves = 0;
      process[when] = ({ call }) => {
        if (call !== 'save') return;
        saves += 1;
        if (saves % 3 !== 0) throw new StoreUnavailableError('Nobody knows.');
      };
      await process.start({ definitions: [ledgers({ batch: { maxEvents: 5 } })] });

      await writeAllKinds(world, 100);

      await world.agrees();
      expect(process.said('retrying').length).toBeGreaterThan(0);
      expect(process.said('recovered').length).toBeGreaterThan(0);
    },
  );

  it('are folded once when outcomes are unknown in every way, by several processes', async () => {
    await using world = new RunnerWorld(commit);
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = randomOf(seed);
    const process = () => world.run([ledgers({ batch: { maxEvents: 5 } })]);
    for (const [when, own] of [
      ['before', await process()],
      ['after', await process()],
    ] as const)
      own[when] = ({ call }) => {
        if (call !== 'subscribe' && random() < 0.1)
          throw new StoreUnavailableError(`Seed ${seed}.`);
      };

    await writeAllKinds(world, 200);

    await world.agrees();
  });

  it('find a document again that was removed, in one batch and across batches', async () => {
    await using world = new RunnerWorld(commit);
    await world.add('a', 1);
    await world.write('a', new Ended({}));
    await world.add('a', 10);
    const process = await world.run([ledgers()]);
    await world.agrees();

    await world.write('a', new Ended({}));
    await process.consumers.caughtUp();
    await world.agrees();
    await world.add('a', 100);
    await world.agrees();
    await process[Symbol.asyncDispose]();
    await world.write('a', new Ended({}));
    await world.run([ledgers()]);

    await world.agrees();
  });
});

describe('A document that another has moved meanwhile', () => {
  it('is loaded and folded again where writes are guarded', async () => {
    await using world = new RunnerWorld('guarded');
    const process = await world.run([ledgers({ segments: 1 })]);
    await world.add('a', 1);
    await process.consumers.caughtUp();
    const [moved] = (await world.readModels.loadDocuments('ledgers@1.1', ['a'])).values();
    const ids = await holdSaveAndMove(world, process, moved?.position ?? '');

    await world.agrees();

    expect(ids).toBe(1);
    expect(process.count('stale')).toBeGreaterThan(0);
  });
});

/** What an owner that has lost the segment does: it writes what is true, and not the checkpoint. */
async function holdSaveAndMove(
  world: RunnerWorld,
  process: RunnerProcess,
  loadedAt: string,
): Promise<number> {
  let moved = 0;
  process.before = async ({ call, args }) => {
    if (call !== 'save' || moved > 0) return;
    moved += 1;
    const [parts] = args as [Parameters<typeof world.readModels.save>[0]];
    const [part] = parts;
    if (part === undefined || part.documents[0]?.loadedAt !== loadedAt) throw new Error('Odd.');
    await world.readModels.save([{ ...part, segment: { ...part.segment, version: 0 } }]);
  };
  await world.add('a', 2);
  await until('it was moved', () => moved > 0);
  return moved;
}
