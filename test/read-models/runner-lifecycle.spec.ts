import { setTimeout as delay } from 'node:timers/promises';
import { runConsumers, StoreUnavailableError } from '@everfold/core';
import { Added, Foreign, type Ledger, ledgers, storedLedgers } from './runner-ledger.js';
import { Barrier, type RunnerProcess } from './runner-process.js';
import { MODES, RunnerWorld, until } from './runner-world.js';

/** Fails, instead of hanging, when something does not end. */
async function ends(what: string, promise: PromiseLike<unknown>): Promise<void> {
  const patience = new AbortController();
  const late = delay(10_000, undefined, { signal: patience.signal }).then(() => {
    throw new Error(`Waited in vain: ${what}`);
  });
  late.catch(() => undefined);
  await Promise.race([promise, late]);
  patience.abort();
}

const close = (process: RunnerProcess) =>
  ends('the end of consumers', process.consumers[Symbol.asyncDispose]());

/** Handles that keep a process alive, and were not there before. */
const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

describe('Consumers that are closed', () => {
  it.each([
    [
      'while they are busy',
      async (world: RunnerWorld) => {
        for (let round = 0; round < 200; round += 1) await world.add(`l${round}`);
      },
    ],
    [
      'while they wait to try again',
      async (world: RunnerWorld, process: RunnerProcess) => {
        process.before = ({ call }) => {
          if (call === 'save') throw new StoreUnavailableError('Out.');
        };
        await world.add('a');
        await until('it retries', () => process.said('retrying').length > 1);
      },
    ],
    [
      'while they are paused',
      async (world: RunnerWorld, process: RunnerProcess) => {
        await world.control(true);
        await until('it is paused', async () => {
          return (await process.consumers.status())[0]?.state === 'paused';
        });
        await world.add('a');
      },
    ],
    [
      'while a fold fails',
      async (world: RunnerWorld, process: RunnerProcess) => {
        await world.add('bad');
        await until('it retries', () => process.said('retrying').length > 0);
      },
    ],
    ['while nothing happens', async () => undefined],
  ])('end at once and give their segments back, %s', async (_, arrange) => {
    await using world = new RunnerWorld('guarded');
    const before = timers();
    const fault = ({ documentId }: { documentId: string }, next: Ledger) => {
      if (documentId === 'bad') throw new Error('Broken.');
      return next;
    };
    const leases = { heartbeatMs: 50, timeToLiveMs: 60_000 };
    const retry = { baseMs: 1_000, maxMs: 60_000 };
    const options = { leases, ...(_.includes('fold') && { retry }) };
    const process = await world.run([ledgers({ fault, maxAttempts: 50 })], options);
    await arrange(world, process);

    await close(process);
    await close(process);

    expect(await world.owners()).toEqual(Array(8).fill(undefined));
    expect(await world.readModels.listRecords('members/')).toEqual([]);
    await expect(process.consumers.ended).resolves.toBeUndefined();
    await until('no timer is left', () => timers() <= before);
  });

  it('end while a save hangs, as soon as that comes back', async () => {
    await using world = new RunnerWorld();
    const process = await world.run([ledgers()]);
    const barrier = new Barrier();
    process.before = ({ call }) => (call === 'save' ? barrier.pass() : undefined);
    await world.add('a');
    await until('it saves', () => barrier.arrived > 0);

    const closing = close(process);
    barrier.open();
    await closing;

    expect(await world.owners()).toEqual(Array(8).fill(undefined));
    await world.run([ledgers()]);
    await world.agrees();
  });

  it('end although a look waits for a write that is tried again and again', async () => {
    await using world = new RunnerWorld();
    const process = await world.run([ledgers()]);
    process.before = ({ call }) => {
      if (call === 'save') throw new StoreUnavailableError('Out.');
    };
    await world.add('a');
    await until('it retries', () => process.said('retrying').length > 0);
    const other = await world.run([ledgers()]);

    await close(process);

    await until('the other owns all', async () => (await other.owned()) === 8);
    await world.agrees();
  });

  it('leave nobody waiting to be caught up', async () => {
    await using world = new RunnerWorld();
    await world.control(true);
    const process = await world.run([ledgers()]);
    await world.add('a');
    const waiting = process.consumers.caughtUp();
    const refused = expect(waiting).rejects.toMatchObject({ name: 'AbortError' });

    await close(process);

    await ends('who waits', refused);
  });
});

describe.each(MODES)('How far consumers are (%s)', (commit) => {
  it('moves over what they do not handle, so that the lag goes to 0', async () => {
    await using world = new RunnerWorld(commit);
    const process = await world.run([ledgers()]);
    await world.add('a');
    for (let round = 0; round < 600; round += 1) await world.write('x', new Foreign({}));

    await process.consumers.caughtUp();

    const head = await world.events.head();
    const segments = await world.segments();
    expect(segments.map(({ checkpoint }) => checkpoint?.position)).toEqual(Array(8).fill(head));
    expect(await process.consumers.status()).toMatchObject([{ lagMs: 0, state: 'running' }]);
  });

  it('is told by caughtUp: all that the log held is in the documents', async () => {
    await using world = new RunnerWorld(commit);
    const processes = [await world.run([ledgers()]), await world.run([ledgers()])];

    for (let round = 1; round <= 20; round += 1) {
      for (const ledger of 'abc') await world.add(ledger);
      await processes[round % 2]?.consumers.caughtUp();
      const documents = await storedLedgers(world.readModels);
      expect([...documents.values()].map(({ count }) => count)).toEqual([round, round, round]);
    }
  });

  it('stands still while they are paused, and goes on when they are resumed', async () => {
    await using world = new RunnerWorld(commit);
    const process = await world.run([ledgers()]);
    await world.add('a');
    await process.consumers.caughtUp();
    await world.control(true);
    await until('it is paused', async () => {
      return (await process.consumers.status())[0]?.state === 'paused';
    });

    await world.add('a');
    const looks = () => process.calls.get('listRecords') ?? 0;
    const enough = looks() + 40;
    await until('it has looked often', () => looks() > enough);
    const early = (await storedLedgers(world.readModels)).get('a')?.count;
    const [status] = await process.consumers.status();
    await world.control(false);

    expect(early).toBe(1);
    expect(status?.lagMs).toBeGreaterThan(0);
    await world.agrees();
  });

  it('is not known while nobody feeds a segment', async () => {
    await using world = new RunnerWorld(commit);
    const killed = await world.run([ledgers()]);
    const watcher = await world.run([ledgers()]);
    await world.evenedOut([killed, watcher]);
    const wasKnown = (await watcher.consumers.status())[0]?.lagMs;

    const barrier = new Barrier();
    watcher.before = ({ call, args: [key] }) =>
      call === 'writeRecord' && String(key).startsWith('segments/') ? barrier.pass() : undefined;
    killed.kill();

    await until('it is not known', async () => {
      return (await watcher.consumers.status())[0]?.lagMs === 'unknown';
    });
    barrier.open();
    expect(wasKnown).toBe(0);
    await until('it is known again', async () => {
      return (await watcher.consumers.status())[0]?.lagMs === 0;
    });
  });

  it('counts events without a document where none is made', async () => {
    await using world = new RunnerWorld(commit);
    const definition = ledgers({ initial: undefined });
    const process = await world.run([definition]);

    for (const ledger of 'abcdef') await world.add(ledger);
    await process.consumers.caughtUp();

    const skipped = (await world.segments()).reduce((sum, segment) => sum + segment.skipped, 0);
    expect(skipped).toBe(6);
    expect((await storedLedgers(world.readModels)).size).toBe(0);
  });
});

describe('A process', () => {
  it('opens one subscription for each of its projections, whoever comes and goes', async () => {
    await using world = new RunnerWorld();
    const names = Array.from({ length: 13 }, (_, n) => `ledgers-${n}`);
    const definitions = names.map((name) => ledgers({ name }));
    const process = await world.run(definitions);
    const other = await world.run(definitions);
    for (const name of names)
      await until('all is shared', async () => {
        const consumer = `${name}@1.1`;
        return (await process.owned(consumer)) === 4 && (await other.owned(consumer)) === 4;
      });
    await other[Symbol.asyncDispose]();
    await world.add('a');

    await process.consumers.caughtUp();

    expect(process.calls.get('subscribe')).toBe(13);
    expect(other.calls.get('subscribe')).toBe(13);
  });

  it('is not begun with two definitions of one name, or with names that nobody has', async () => {
    await using world = new RunnerWorld();

    const twice = world.run([ledgers(), ledgers({ segments: 2 })]);
    const unknown = world.run([ledgers()], { consumers: ['others'] });

    await expect(twice).rejects.toThrow(TypeError);
    await expect(unknown).rejects.toThrow(/others.*ledgers/);
    expect(await world.readModels.listRecords('')).toEqual([]);
  });

  it('leaves nothing behind when it cannot begin', async () => {
    await using world = new RunnerWorld();
    const before = timers();
    let calls = 0;
    const process = world.process();
    process.before = () => {
      calls += 1;
      if (calls > 12) throw new StoreUnavailableError('Out.');
    };

    const starting = process.start({ definitions: [ledgers()] });

    await expect(starting).rejects.toBeInstanceOf(StoreUnavailableError);
    await until('no timer is left', () => timers() <= before);
  });

  it('goes on although whoever it reports to throws', async () => {
    await using world = new RunnerWorld();
    let failures = 0;
    const fault = (_: unknown, next: Ledger) => {
      failures += 1;
      if (failures < 5) throw new Error('Not yet.');
      return next;
    };
    await using consumers = await runConsumers({
      eventStore: world.events,
      readModels: world.readModels,
      definitions: [ledgers({ fault })],
      retry: { baseMs: 5, maxMs: 20 },
      report: () => {
        throw new Error('Nobody listens.');
      },
    });

    await world.write('a', new Added({ amount: 1 }));

    await world.agrees();
    expect(await consumers.status()).toMatchObject([{ state: 'running' }]);
  });
});
