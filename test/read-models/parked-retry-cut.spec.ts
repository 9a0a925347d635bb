import { type EventStore, StoreUnavailableError } from '@everfold/core';
import { Added, type Fault, ledgers } from './runner-ledger.js';
import { RunnerProcess } from './runner-process.js';
import { MODES, RunnerWorld, until } from './runner-world.js';

/** An event store that cannot be reached at one read. */
function cutAt(eventStore: EventStore, isMeant: () => boolean): EventStore {
  return new Proxy(eventStore, {
    get: (target, property) => {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== 'function') return value;
      const method = value.bind(target) as (...args: readonly unknown[]) => unknown;
      if (property !== 'read') return method;
      return (...args: readonly unknown[]) => {
        if (isMeant()) throw new StoreUnavailableError('The connection was cut.');
        return method(...args);
      };
    },
  });
}

describe.each(MODES)('A retry of parked events that the event store interrupts (%s)', (mode) => {
  it.each([1, 2, 3, 4])(
    'loses none, cut at read %i, though the next event is there before it goes on',
    async (cut) => {
      await using world = new RunnerWorld(mode);
      let isBroken: boolean = true;
      const fault: Fault = (_, next) => {
        if (isBroken) throw new Error('Broken.');
        return next;
      };
      let reads = 0;
      let isCounting: boolean = false;
      let wasCut = false;
      const eventStore = cutAt(world.events, () => {
        if (isCounting) reads += 1;
        wasCut ||= reads === cut;
        return isCounting && reads === cut;
      });
      const process = new RunnerProcess(eventStore, world.readModels);
      world.processes.push(process);
      // The request is tried again at the next look only.
      const leases = { heartbeatMs: 300, timeToLiveMs: 1_200 };
      const options = { fault, onFailure: 'park', maxAttempts: 1 } as const;
      await process.start({ definitions: [ledgers(options)], leases });
      for (let event = 0; event < 4; event += 1) await world.write('bad', new Added({ amount: 1 }));
      await until('all four are parked', async () => (await world.parked()).length === 4);

      isBroken = false;
      isCounting = true;
      const asked = world.request('retry', 'bad');
      await until('it was cut', () => wasCut);
      await world.add('bad', 5);
      await process.consumers.caughtUp();
      await asked;

      await world.agrees();
      await until('nothing is parked', async () => (await world.parked()).length === 0);
    },
  );
});

describe('A record of a parked event that a former owner wrote late', () => {
  it('is removed when a retry is asked for', async () => {
    await using world = new RunnerWorld('guarded');
    let isBroken: boolean = true;
    const fault: Fault = (_, next) => {
      if (isBroken) throw new Error('Broken.');
      return next;
    };
    const options = { fault, onFailure: 'park', maxAttempts: 1 } as const;
    const { consumers } = await world.run([ledgers(options)]);
    await world.add('bad');
    await until('it is parked', async () => (await world.parked()).length === 1);
    const [late] = await world.readModels.listRecords('parked/');
    isBroken = false;
    await world.request('retry', 'bad');
    await world.agrees();
    if (late !== undefined) await world.put(late.key, late.value);
    expect(await world.parked()).toHaveLength(1);

    await world.request('retry', 'bad');

    expect(await world.parked()).toEqual([]);
    expect(await consumers.status()).toMatchObject([{ parked: 0, stopped: 0 }]);
    await world.agrees();
  });
});
