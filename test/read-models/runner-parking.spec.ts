import { StoreUnavailableError } from '@everfold/core';
import { Broken, parked } from './runner-broken.js';
import { Ended, ledgers, Shared, storedLedgers } from './runner-ledger.js';
import { Barrier } from './runner-process.js';
import { MODES, RunnerWorld, until } from './runner-world.js';

const idsOf = (records: readonly { readonly eventId: string }[]) =>
  records.map(({ eventId }) => eventId);

describe.each(MODES)('A parked document on %s stores', (commit) => {
  /** A failing event and two behind it, and others that go on. */
  const withParked = async (world: RunnerWorld, broken: Broken) => {
    const process = await world.run([broken.definition()]);
    await world.add('bad', 1);
    await world.agrees();
    broken.documents.add('bad');
    const waiting = [
      ...(await world.add('bad', 2)),
      ...(await world.add('bad', 3)),
      ...(await world.add('bad', 4)),
    ];
    for (const ledger of 'abcdef') await world.add(ledger);
    await parked(world, 3);
    await process.consumers.caughtUp();
    return { process, waiting };
  };

  it('has its later events wait in order, while all others go on', async () => {
    await using world = new RunnerWorld(commit);
    const broken = new Broken();
    const { process, waiting } = await withParked(world, broken);

    const records = await world.parked();

    expect(idsOf(records)).toEqual(waiting);
    expect(records.map(({ error }) => error !== undefined)).toEqual([true, false, false]);
    expect(records[0]).toMatchObject({ documentId: 'bad', attempts: 2 });
    await world.agrees((id) => waiting.includes(id));
    const [status] = await process.consumers.status();
    expect(status).toMatchObject({ state: 'running', parked: 1, stopped: 0, lagMs: 0 });
    expect(process.said('parked')).toMatchObject([{ documentId: 'bad' }]);
  });

  it('has them folded in order when it is retried after the fold was mended', async () => {
    await using world = new RunnerWorld(commit);
    const broken = new Broken();
    const { process } = await withParked(world, broken);
    broken.mend();

    await world.request('retry', 'bad');

    await world.agrees();
    expect(await world.parked()).toEqual([]);
    await world.add('bad', 5);
    await world.agrees();
    const [status] = await process.consumers.status();
    expect(status?.parked).toBe(0);
  });

  it('stays parked when a retry fails, behind what could be folded', async () => {
    await using world = new RunnerWorld(commit);
    const broken = new Broken();
    const { waiting } = await withParked(world, broken);
    broken.mend();
    broken.events.add(waiting[1] ?? '');

    await world.request('retry', 'bad');

    await world.agrees((id) => waiting.slice(1).includes(id));
    expect(idsOf(await world.parked())).toEqual(waiting.slice(1));
    broken.mend();
    await world.request('retry', 'bad');
    await world.agrees();
  });

  it('loses just the failing event when that is dropped', async () => {
    await using world = new RunnerWorld(commit);
    const broken = new Broken();
    const { waiting } = await withParked(world, broken);
    broken.mend();

    await world.request('drop', 'bad');

    await world.agrees((id) => id === waiting[0]);
    expect(await world.parked()).toEqual([]);
  });

  it('is parked on at the next event that fails behind a dropped one', async () => {
    await using world = new RunnerWorld(commit);
    const broken = new Broken();
    const { waiting } = await withParked(world, broken);

    await world.request('drop', 'bad');

    expect(idsOf(await world.parked())).toEqual(waiting.slice(1));
    broken.mend();
    await world.request('retry', 'bad');
    await world.agrees((id) => id === waiting[0]);
  });

  it('has nothing parked for it that was removed from the log', async () => {
    await using world = new RunnerWorld(commit);
    const broken = new Broken();
    await withParked(world, broken);
    broken.mend();
    await world.events.tombstone('ledger-bad');

    await world.request('retry', 'bad');

    expect(await world.parked()).toEqual([]);
    await world.add('a');
    await until('others go on', async () => {
      return (await storedLedgers(world.readModels)).get('a')?.count === 2;
    });
  });

  it('is handed on with its parked events to the next owner', async () => {
    await using world = new RunnerWorld(commit);
    const broken = new Broken();
    const { process, waiting } = await withParked(world, broken);
    process.kill();
    await world.run([broken.definition()]);

    const [later = ''] = await world.add('bad', 9);
    await parked(world, 4);
    broken.mend();
    await world.request('retry', 'bad');

    expect(waiting).not.toContain(later);
    await world.agrees();
  });

  it('is asked for only once by a request that was carried out and not noted', async () => {
    await using world = new RunnerWorld(commit);
    const broken = new Broken();
    const { process, waiting } = await withParked(world, broken);
    let failures = 0;
    process.before = ({ call, args: [key] }) => {
      if (call !== 'removeRecord' || !String(key).startsWith('requests/') || failures > 2) return;
      failures += 1;
      throw new StoreUnavailableError('No.');
    };
    const [first] = await world.parked();

    await world.request('drop', 'bad', first?.position);

    expect(failures).toBe(3);
    expect(idsOf(await world.parked())).toEqual(waiting.slice(1));
  });

  it.each(['before', 'after'] as const)(
    'is retried once when the outcome of that is not known (lost %s the store)',
    async (when) => {
      await using world = new RunnerWorld(commit);
      const broken = new Broken();
      const { process } = await withParked(world, broken);
      broken.mend();
      let failures = 0;
      process[when] = ({ call }) => {
        if (call !== 'save' || failures > 2) return;
        failures += 1;
        throw new StoreUnavailableError('Perhaps.');
      };

      await world.request('retry', 'bad');
      await world.add('bad');

      await world.agrees();
      expect(await world.parked()).toEqual([]);
      expect(failures).toBeGreaterThan(0);
    },
  );

  it.each(['save', 'loadDocuments', 'removeRecord', 'listRecords'] as const)(
    'has nothing lost or doubled when its owner is killed in the midst of %s',
    async (call) => {
      await using world = new RunnerWorld(commit);
      const broken = new Broken();
      const { process } = await withParked(world, broken);
      broken.mend();
      process.after = (tapped) => {
        if (tapped.call === call) process.kill();
      };
      const heir = await world.run([broken.definition()]);

      await world.request('retry', 'bad');
      await world.add('bad');

      await world.agrees();
      expect(await world.parked()).toEqual([]);
      await until('nothing counts as parked', async () => {
        const [status] = await heir.consumers.status();
        return status?.parked === 0;
      });
    },
  );

  it('waits with those ids of an event only that fail', async () => {
    await using world = new RunnerWorld(commit);
    const broken = new Broken();
    broken.documents.add('b').add('e');
    const process = await world.run([broken.definition({ segments: 2 })]);

    await world.write('x', new Shared({ amount: 1, among: ['a', 'b', 'c', 'd', 'e', 'f'] }));
    await world.write('x', new Shared({ amount: 2, among: ['a', 'b'] }));

    await parked(world, 3);
    await process.consumers.caughtUp();
    const documents = await storedLedgers(world.readModels);
    expect(new Set(documents.keys())).toEqual(new Set(['a', 'c', 'd', 'f']));
    expect(documents.get('a')?.sum).toBe(3);
    broken.mend();
    await world.request('retry', 'b');
    await world.request('retry', 'e');
    await world.agrees();
  });

  it('is removed and made anew in the order of its events when it is retried', async () => {
    await using world = new RunnerWorld(commit);
    const broken = new Broken();
    await withParked(world, broken);
    await world.write('bad', new Ended({}));
    await world.add('bad', 7);
    await parked(world, 5);
    broken.mend();

    await world.request('retry', 'bad');

    await world.agrees();
  });
});

describe('An owner that stood still past its lease', () => {
  it.each(MODES)('does not park what the next owner has folded (%s)', async (commit) => {
    await using world = new RunnerWorld(commit);
    const { broken, zombie, barrier, heir, muted } = await heldInFold(world);
    await world.add('bad', 3);
    await until('the heir owns all', async () => (await heir.owned()) === 8);
    await world.agrees();

    muted.open();
    barrier.open();
    await until('it knows that it was dead', () => zombie.said('lease-lost').length > 0);
    await world.evenedOut([zombie, heir]);
    await world.add('bad', 4);
    broken.mend();

    await world.agrees();
    await heir[Symbol.asyncDispose]();
    await world.agrees();
  });
});

/** A process that cannot fold an event that its heir can, and stands still when it is about to park it. */
async function heldInFold(world: RunnerWorld) {
  const broken = new Broken();
  const [barrier, muted] = [new Barrier(), new Barrier()];
  const zombie = await world.run([broken.definition()]);
  await world.add('bad', 1);
  await world.agrees();
  broken.documents.add('bad');
  // It loads the document afresh for a batch, for each of two attempts, and to park it.
  let loads = 0;
  zombie.before = ({ call, args: [, ids] }) => {
    if (call !== 'loadDocuments' || !(ids as string[]).includes('bad')) return undefined;
    loads += 1;
    return loads > 3 ? barrier.pass() : undefined;
  };
  await world.add('bad', 2);
  await until('it is about to park', () => barrier.arrived > 0);
  zombie.before = () => muted.pass();
  const heir = await world.run([ledgers()]);
  return { broken, zombie, barrier, muted, heir };
}
