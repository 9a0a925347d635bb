import type { RunConsumersOptions } from '@everfold/core';
import { Ended, ledgers } from './runner-ledger.js';
import type { RunnerProcess } from './runner-process.js';
import { MODES, RunnerWorld, until } from './runner-world.js';

const LEASES = { heartbeatMs: 20, timeToLiveMs: 100, keepMarkersMs: 1_000 };
const COLLECTION = 'ledgers@1.1';

function run(
  world: RunnerWorld,
  options: Partial<RunConsumersOptions> = {},
): Promise<RunnerProcess> {
  return world.run([ledgers()], { leases: LEASES, ...options });
}

/** A removed document's marker. */
async function isMarked(world: RunnerWorld, id: string): Promise<boolean> {
  const found = await world.readModels.loadDocuments(COLLECTION, [id]);
  return found.has(id);
}

/** Removes documents that a process has made. */
async function removed(
  world: RunnerWorld,
  { consumers }: RunnerProcess,
  ...ids: readonly string[]
): Promise<void> {
  for (const id of ids) {
    await world.add(id);
    await world.write(id, new Ended({}));
  }
  await consumers.caughtUp();
}

describe('Markers of removed documents', () => {
  it('are purged when every segment has passed them long ago, and documents are made anew', async () => {
    await using world = new RunnerWorld('guarded');
    const process = await run(world);
    await removed(world, process, 'a', 'b', 'c');
    await world.add('stays');
    expect(await isMarked(world, 'a')).toBe(true);

    await until('they are purged', async () => {
      const marked = await Promise.all([...'abc'].map((id) => isMarked(world, id)));
      return !marked.includes(true);
    });
    for (const id of [...'abc', 'stays']) await world.add(id);

    await world.agrees();
    expect(process.said('stopped')).toEqual([]);
  });

  it('are kept for as long as was said', async () => {
    await using world = new RunnerWorld('guarded');
    const began = performance.now();
    await removed(world, await run(world), 'a');

    await until('it is purged', async () => !(await isMarked(world, 'a')));

    expect(performance.now() - began).toBeGreaterThanOrEqual(LEASES.keepMarkersMs);
  });

  it('are kept while a segment has not passed them', async () => {
    await using world = new RunnerWorld('guarded');
    const fault = ({ documentId }: { readonly documentId: string }): never | undefined => {
      if (documentId === 'bad') throw new Error('Broken.');
      return undefined;
    };
    await world.add('bad');
    const process = await world.run([ledgers({ fault, maxAttempts: 1 })], { leases: LEASES });
    await until('it has stopped', () => process.said('stopped').length > 0);
    await world.add('a');
    await world.write('a', new Ended({}));
    await until('it is marked', () => isMarked(world, 'a'));

    const end = performance.now() + 3 * LEASES.keepMarkersMs;
    while (performance.now() < end) {
      expect(await isMarked(world, 'a')).toBe(true);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  it('go on being counted by the next owner, from what was noted', async () => {
    await using world = new RunnerWorld('guarded');
    const leases = { ...LEASES, keepMarkersMs: 3_000 };
    const first = await run(world, { leases });
    await removed(world, first, 'a');
    const noted = async () => {
      const record = await world.readModels.readRecord(`purges/${COLLECTION}`);
      return (record?.value as { keptMs: number; position: string } | undefined) ?? undefined;
    };
    await until('some time is noted', async () => ((await noted())?.keptMs ?? 0) > 500);
    const before = await noted();
    first.kill();

    await run(world, { leases });

    await until('more is noted', async () => {
      const now = await noted();
      return now?.position === before?.position && (now?.keptMs ?? 0) > (before?.keptMs ?? 0);
    });
    await until('it is purged', async () => !(await isMarked(world, 'a')));
  });

  it('are looked after by one process, and never where a store has none', async () => {
    await using world = new RunnerWorld('atomic');
    const process = await run(world);
    await removed(world, process, 'a');

    expect(await world.readModels.listRecords('purges/')).toEqual([]);
    expect(process.calls.get('purgeMarkers')).toBeUndefined();
  });
});

describe.each(MODES)('Options of leases (%s)', (mode) => {
  it('do not let markers go sooner than ten times the time to live', async () => {
    await using world = new RunnerWorld(mode);

    const tooShort = run(world, { leases: { ...LEASES, keepMarkersMs: 999 } });

    await expect(tooShort).rejects.toThrow(/keepMarkersMs/);
  });
});

describe('A process that stood still for half as long as markers are kept', () => {
  it('asks whether its segments are its own, before it writes a document', async () => {
    await using world = new RunnerWorld('guarded');
    const sleeper = await run(world);
    await world.add('a');
    await world.agrees();
    let isLoaded = false;
    let wake: () => void = () => undefined;
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    // Between load and commit, and with no beat meanwhile.
    sleeper.before = async ({ call }) => {
      if (isLoaded && call === 'writeRecord') await asleep;
    };
    sleeper.after = async ({ call }) => {
      if (call !== 'loadDocuments') return;
      isLoaded = true;
      await asleep;
    };
    await world.add('absent');
    await until('it is asleep', () => isLoaded);
    const saves = sleeper.calls.get('save') ?? 0;
    const heir = await run(world);
    await until('the heir owns all', async () => (await heir.owned()) === 8);
    await world.write('absent', new Ended({}));
    await heir.consumers.caughtUp();
    const end = performance.now() + LEASES.keepMarkersMs / 2;
    await until('it has slept for long', () => performance.now() > end);

    sleeper.before = () => undefined;
    sleeper.after = () => undefined;
    wake();

    await until('it has noticed', () => sleeper.said('lease-lost').length > 0);
    expect(sleeper.calls.get('save') ?? 0).toBe(saves);
    await world.agrees();
  });
});
