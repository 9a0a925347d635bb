import { encodeEvent, newEventId } from '@everfold/core';
import { Foreign, ledgers } from './runner-ledger.js';
import type { RunnerProcess } from './runner-process.js';
import { MODES, RunnerWorld, until } from './runner-world.js';

const written = (event: object) =>
  encodeEvent(event, { id: newEventId(), metadata: { correlationId: newEventId() } });

/** Waits until the process has looked at its stores so many times more. */
async function looked({ calls }: RunnerProcess, times: number): Promise<void> {
  const looks = () => calls.get('listRecords') ?? 0;
  const goal = looks() + 4 * times;
  await until('the process has looked at everything', () => looks() >= goal);
}

describe.each(MODES)('The checkpoint of segments on %s stores', (commit) => {
  it('moves over a long stretch that is nothing to them, with few writes, and stays small', async () => {
    await using world = new RunnerWorld(commit);
    await world.add('a');
    const process = await world.run([ledgers()]);
    await process.consumers.caughtUp();
    const sizeOf = async () => JSON.stringify(await world.segments()).length;
    const before = { saves: process.calls.get('save') ?? 0, size: await sizeOf() };

    for (let chunk = 0; chunk < 100; chunk += 1) {
      const [first, ...others] = Array.from({ length: 100 }, () => written(new Foreign({})));
      if (first !== undefined) await world.events.append(`other-${chunk % 7}`, [first, ...others]);
    }
    await process.consumers.caughtUp();

    const head = await world.events.head();
    for (const { checkpoint } of await world.segments()) expect(checkpoint?.position).toBe(head);
    expect((process.calls.get('save') ?? 0) - before.saves).toBeLessThan(100);
    expect(await sizeOf()).toBeLessThan(before.size + 100);
  });

  it.each([0, 1])(
    'comes to the end of a log of %i events, and costs nothing there',
    async (many) => {
      await using world = new RunnerWorld(commit);
      for (let event = 0; event < many; event += 1) await world.add('a');
      const process = await world.run([ledgers()]);

      await process.consumers.caughtUp();
      await looked(process, 3);
      const saves = process.calls.get('save') ?? 0;
      await looked(process, 20);

      expect(process.calls.get('save') ?? 0).toBe(saves);
      await world.agrees();
    },
  );

  it('is that of the log after parked events were retried, whoever comes next', async () => {
    await using world = new RunnerWorld(commit);
    let isBroken: boolean = true;
    const fault = ({ documentId }: { readonly documentId: string }) => {
      if (isBroken && documentId === 'a') throw new Error('not yet');
      return undefined;
    };
    const definition = ledgers({ segments: 1, onFailure: 'park', maxAttempts: 1, fault });
    const process = await world.run([definition]);
    for (const id of ['a', 'b', 'a', 'b']) await world.add(id);
    await process.consumers.caughtUp();
    const [before] = await world.segments();

    isBroken = false;
    await world.request('retry', 'a');
    const [after] = await world.segments();
    await process[Symbol.asyncDispose]();
    for (const id of ['a', 'b']) await world.add(id);
    const next = await world.run([definition]);
    await next.consumers.caughtUp();

    expect(after?.checkpoint).toEqual(before?.checkpoint);
    await world.agrees();
  });

  it('misses nothing that was written while it was paused, also by who comes meanwhile', async () => {
    await using world = new RunnerWorld(commit);
    const process = await world.run([ledgers()]);
    for (const id of ['a', 'b']) await world.add(id);
    await process.consumers.caughtUp();
    const paused = async (of: RunnerProcess) =>
      (await of.consumers.status())[0]?.state === 'paused';

    await world.control(true);
    await until('it is paused', () => paused(process));
    const saves = process.calls.get('save') ?? 0;
    for (const id of ['a', 'b', 'c']) await world.add(id);
    await looked(process, 5);
    expect(process.calls.get('save') ?? 0).toBe(saves);
    const next = await world.run([ledgers()]);
    await until('the other is paused', () => paused(next));
    await process[Symbol.asyncDispose]();
    await world.control(false);

    await next.consumers.caughtUp();
    await world.agrees();
  });

  it('leaves nothing out that is written just when a segment that lags comes to the end', async () => {
    await using world = new RunnerWorld(commit);
    for (let event = 0; event < 12; event += 1) await world.add('a');
    const { head } = world.events;
    let asked = 0;
    world.events.head = async () => {
      asked += 1;
      const isWriting = asked > 2 && asked < 30;
      if (isWriting) await world.add('a');
      const end = await head.call(world.events);
      if (isWriting) await world.add('b');
      return end;
    };
    let folds = 0;
    const fault = () => {
      folds += 1;
      if (folds % 7 === 0) throw new Error('not yet');
      return undefined;
    };

    await world.run([ledgers({ segments: 2, fault, maxAttempts: 10 })]);
    await until('segments have lagged', async () => {
      await world.add('a');
      return asked >= 12;
    });

    world.events.head = head;
    await world.agrees();
  });
});

describe('Leases', () => {
  it('do not overlap where the clocks of processes are far apart', async () => {
    await using world = new RunnerWorld();
    const apart = (ms: number) => ({ now: () => Date.now() + ms });
    const processes: RunnerProcess[] = [];
    for (const ms of [0, 600, -600, 86_400_000])
      processes.push(await world.run([ledgers()], { clock: apart(ms) }));

    await world.evenedOut(processes);
    const before = await world.segments();
    for (const process of processes) await looked(process, 20);
    await world.add('a');
    await Promise.all(processes.map(({ consumers }) => consumers.caughtUp()));

    const epochs = (segments: typeof before) => segments.map(({ epoch, owner }) => [epoch, owner]);
    expect(epochs(await world.segments())).toEqual(epochs(before));
    for (const process of processes)
      expect([...process.said('taken-over'), ...process.said('lease-lost')]).toEqual([]);
    await world.agrees();
  });
});

describe('Consumers', () => {
  it('are closed once by whoever closes them twice at once, and own nothing then', async () => {
    await using world = new RunnerWorld();
    const process = await world.run([ledgers()]);
    await world.add('a');

    const { consumers } = process;
    await Promise.all([consumers[Symbol.asyncDispose](), consumers[Symbol.asyncDispose]()]);
    await consumers.ended;

    expect(await world.owners()).toEqual(Array.from({ length: 8 }));
    expect(await world.readModels.listRecords('members/')).toEqual([]);
    expect(process.calls.get('removeRecord') ?? 0).toBe(1);
    await expect(consumers.caughtUp()).rejects.toMatchObject({ name: 'AbortError' });
  });
});
