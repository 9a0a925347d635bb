import { Event, projection } from '@everfold/core';
import { parked } from './runner-broken.js';
import { Added, addTo, type Ledger, NOTHING, storedLedgers } from './runner-ledger.js';
import { MODES, RunnerWorld } from './runner-world.js';

class Began extends Event('runner.began')<{ amount: number }> {}

describe.each(MODES)('An event that begins a document on %s stores', (commit) => {
  const begun = (fault: (n: number) => void) =>
    projection<Ledger>('ledgers', { version: 1, onFailure: 'park', maxAttempts: 2 })
      .start(Began, ({ amount }, { eventId }) => {
        fault(amount);
        return addTo(NOTHING, { amount }, { eventId });
      })
      .on(Added, (before, event, context) => addTo(before, event, context));

  it('fails when the document is there already, and can be dropped', async () => {
    await using world = new RunnerWorld(commit);
    await world.run([begun(() => undefined)]);
    await world.write('a', new Began({ amount: 1 }), new Added({ amount: 2 }));

    const [failing] = await world.write('a', new Began({ amount: 7 }));
    await world.add('a', 3);
    await parked(world, 2);
    const [record] = await world.parked();
    await world.request('drop', 'a');

    expect(record).toMatchObject({ eventId: failing });
    expect(record?.error).toMatch(/there already/);
    const document = (await storedLedgers(world.readModels)).get('a');
    expect(document).toMatchObject({ sum: 6, count: 3 });
  });

  it('leaves a parked place when it fails, so that what comes behind it waits', async () => {
    await using world = new RunnerWorld(commit);
    let isBroken: boolean = true;
    const fault = () => {
      if (isBroken) throw new Error('Broken.');
    };
    await world.run([begun(fault)]);

    await world.write('a', new Began({ amount: 1 }), new Added({ amount: 2 }));
    await parked(world, 2);
    const early = await storedLedgers(world.readModels);
    isBroken = false;
    await world.request('retry', 'a');

    expect(early.size).toBe(0);
    const document = (await storedLedgers(world.readModels)).get('a');
    expect(document).toMatchObject({ sum: 3, count: 2 });
    expect(await world.parked()).toEqual([]);
  });
});
