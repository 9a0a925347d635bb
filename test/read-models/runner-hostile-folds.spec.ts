import { createAdministration, Event, type Projection, projection } from '@everfold/core';
import { MODES, RunnerWorld, until } from './runner-world.js';

class Opened extends Event('hostile.opened') {}
class Added extends Event('hostile.added')<{ amount: number }> {}

interface Tally {
  readonly id: string;
  sum: number;
}

const tallies = (fold: (tally: Tally, amount: number) => unknown): Projection<Tally> =>
  projection<Tally>('tallies', { version: 1, onFailure: 'park', maxAttempts: 1 })
    .start(Opened, (_, { documentId }) => ({ id: documentId, sum: 0 }))
    .on(Added, (tally, { amount }) => fold(tally, amount) as Tally);

describe.each(MODES)('Folds that are not what they should be, written %s,', (commit) => {
  const parkedIn = async (world: RunnerWorld): Promise<number> =>
    (await world.readModels.listRecords('parked/')).length;

  it.each([
    ['asynchronous', async () => Promise.reject(new Error('late'))],
    [
      'answered by a stranger’s promise',
      () => Object.defineProperty({}, 'then', { value: (_: unknown, no: () => void) => no() }),
    ],
    [
      'thrown without a text',
      () => {
        throw Object.create(null);
      },
    ],
  ])('are parked when they are %s, and end no process', async (_, fold) => {
    await using world = new RunnerWorld(commit);
    const rejections: unknown[] = [];
    const note = (reason: unknown): void => void rejections.push(reason);
    process.on('unhandledRejection', note);
    await world.write('a', new Opened(), new Added({ amount: 1 }));

    await world.run([tallies(fold)]);
    await until('a parked event', async () => (await parkedIn(world)) === 1);
    await new Promise((resolve) => setImmediate(resolve));

    process.off('unhandledRejection', note);
    expect(rejections).toEqual([]);
  });

  it('leave no trace when they change a parked document and fail again', async () => {
    await using world = new RunnerWorld(commit);
    let isMended: boolean = false;
    const definition = tallies((tally, amount) => {
      tally.sum += amount;
      if (!isMended) throw new Error('not yet');
      return tally;
    });
    await world.write('a', new Opened(), new Added({ amount: 100 }));
    await world.run([definition]);
    await until('a parked event', async () => (await parkedIn(world)) === 1);
    const administration = createAdministration({
      eventStore: world.events,
      readModels: world.readModels,
      definitions: [definition],
    });
    const attempts = async (): Promise<unknown> =>
      (await administration.parked('tallies'))[0]?.attempts;

    for (const attempt of [2, 3]) {
      await administration.retryParked('tallies');
      await until('another attempt', async () => (await attempts()) === attempt);
    }
    isMended = true;
    await administration.retryParked('tallies');
    await until('nothing parked', async () => (await parkedIn(world)) === 0);

    const stored = await world.readModels.loadDocuments('tallies@1.1', ['a']);
    expect(stored.get('a')?.document).toEqual({ id: 'a', sum: 100 });
  });
});
