import { StoreUnavailableError } from '@everfold/core';
import { ledgers } from './runner-ledger.js';
import { Barrier, type RunnerProcess } from './runner-process.js';
import { RunnerWorld, until } from './runner-world.js';

/** Waits until those who live own everything, and nobody else anything. */
async function ownedBy(world: RunnerWorld, processes: readonly RunnerProcess[]): Promise<void> {
  await world.evenedOut(processes);
  const owners = new Set(await world.owners());
  expect(owners.size).toBe(Math.min(8, processes.length));
  expect(owners.has(undefined)).toBe(false);
}

describe('Processes that share a projection', () => {
  it('come to even shares, however many come and go', async () => {
    await using world = new RunnerWorld();
    const running = [await world.run([ledgers()])];
    await ownedBy(world, running);

    for (const next of ['comes', 'comes', 'goes', 'comes', 'comes', 'goes', 'goes']) {
      if (next === 'comes') running.push(await world.run([ledgers()]));
      else await running.shift()?.[Symbol.asyncDispose]();
      await ownedBy(world, running);
    }
  });

  it('leave those without a segment who are more than there are segments', async () => {
    await using world = new RunnerWorld();
    const definitions = [ledgers({ segments: 2 })];

    const processes = await Promise.all([1, 2, 3, 4].map(() => world.run(definitions)));

    await world.evenedOut(processes, 2);
    await world.add('a');
    await world.agrees();
  });

  it('may all begin at once on an empty store', async () => {
    await using world = new RunnerWorld();

    const processes = await Promise.all(Array.from({ length: 8 }, () => world.run([ledgers()])));

    await ownedBy(world, processes);
    expect(processes.flatMap((process) => process.said('taken-over'))).toEqual([]);
  });

  it('take over what a killed process owned, within a few times to live, and lose nothing', async () => {
    await using world = new RunnerWorld();
    const killed = await world.run([ledgers()]);
    const heir = await world.run([ledgers()]);
    await ownedBy(world, [killed, heir]);
    for (const ledger of 'abcdefgh') await world.add(ledger);

    const began = performance.now();
    killed.kill();
    for (const ledger of 'abcdefgh') await world.add(ledger);
    await until('the heir owns all', async () => (await heir.owned()) === 8);

    expect(performance.now() - began).toBeLessThan(3_000);
    expect(heir.said('taken-over')).toHaveLength(4);
    await world.agrees();
  });

  it('do not take from one that lives, as long as it says so', async () => {
    await using world = new RunnerWorld();
    const slow = await world.run([ledgers()]);
    const barrier = new Barrier();
    slow.before = ({ call }) => (call === 'save' ? barrier.pass() : undefined);
    await world.add('a');
    await until('it saves', () => barrier.arrived > 0);

    const other = await world.run([ledgers()]);
    const looks = () => other.calls.get('listRecords') ?? 0;
    const enough = looks() + 100;
    await until('the other has looked for long', () => looks() > enough);

    expect(other.said('taken-over')).toEqual([]);
    barrier.open();
    await ownedBy(world, [slow, other]);
    await world.agrees();
  });

  it('get at once what one gives back that is closed', async () => {
    await using world = new RunnerWorld();
    const leases = { heartbeatMs: 50, timeToLiveMs: 60_000 };
    const first = await world.run([ledgers()], { leases });
    const second = await world.run([ledgers()], { leases });
    await ownedBy(world, [first, second]);

    await first[Symbol.asyncDispose]();

    const owners = await world.owners();
    expect(owners.filter((owner) => owner === undefined)).toHaveLength(4);
    await until('the other owns all', async () => (await second.owned()) === 8);
    expect(second.said('taken-over')).toEqual([]);
    expect(await world.readModels.listRecords('members/')).toHaveLength(1);
  });

  it('own everything in any mix of roles', async () => {
    await using world = new RunnerWorld();
    const names = ['one', 'two', 'three'] as const;
    const definitions = names.map((name) => ledgers({ name }));
    const run = (consumers: 'all' | 'none' | readonly string[]) =>
      world.run(definitions, { consumers });
    const roles = [
      await run('none'),
      await run(['one']),
      await run(['two', 'three']),
      await run(['one', 'two']),
    ];

    for (const [consumer, ...runners] of [
      ['one@1.1', 1, 3],
      ['two@1.1', 2, 3],
      ['three@1.1', 2],
    ] as const) {
      const share = 8 / runners.length;
      await until(`${consumer} is shared`, async () => {
        const owned = await Promise.all(roles.map((process) => process.owned(consumer)));
        return owned.every((count, at) =>
          (runners as readonly number[]).includes(at) ? count === share : count === 0,
        );
      });
    }
    expect(await roles[0]?.consumers.status()).toEqual([]);
  });

  it('still own everything once when the event loop stood still past the time to live', async () => {
    await using world = new RunnerWorld('guarded');
    let isBlocked = false;
    const definition = ledgers({
      fault: () => {
        if (isBlocked) return undefined;
        isBlocked = true;
        const end = performance.now() + 700;
        while (performance.now() < end);
        return undefined;
      },
    });
    const processes = [await world.run([definition]), await world.run([definition])];
    await ownedBy(world, processes);

    for (const ledger of 'abcdefgh') await world.add(ledger);
    await until('it was blocked', () => isBlocked);
    for (const ledger of 'abcdefgh') await world.add(ledger);

    await world.agrees();
    await ownedBy(world, processes);
  });

  it('own everything although a beat, a take or a release fails now and then', async () => {
    await using world = new RunnerWorld();
    let calls = 0;
    const flaky = (process: RunnerProcess) => {
      process.after = ({ call }) => {
        calls += 1;
        if (call === 'writeRecord' && calls % 3 === 0) throw new StoreUnavailableError('Perhaps.');
      };
    };
    const processes: RunnerProcess[] = [];
    for (const _ of [1, 2, 3]) processes.push(await world.run([ledgers()]));
    processes.forEach(flaky);
    const [first, ...others] = processes;
    await first?.[Symbol.asyncDispose]();

    await ownedBy(world, others);
  });

  it('stop working by themselves when they cannot say that they live', async () => {
    await using world = new RunnerWorld();
    const mute = await world.run([ledgers()]);
    await world.add('a');
    await world.agrees();
    mute.before = ({ args: [key] }) => {
      if (String(key).startsWith('members/')) throw new StoreUnavailableError('No.');
    };
    const heir = await world.run([ledgers()]);
    await until('the heir owns all', async () => (await heir.owned()) === 8);
    const saves = mute.calls.get('save');

    for (const ledger of 'abcdefgh') await world.add(ledger);
    await heir.consumers.caughtUp();

    expect(mute.calls.get('save')).toBe(saves);
    await world.agrees();
  });
});
