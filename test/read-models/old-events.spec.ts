import {
  createAdministration,
  createReadModel,
  Event,
  newEventId,
  openLiveProjection,
  projection,
  reactor,
  replayReactor,
  upcasts,
} from '@everfold/core';
import { MODES, RunnerWorld, until } from './runner-world.js';

class Rated extends Event(
  'old-events.rated',
  upcasts<{ score: number }>().to(({ score }) => ({ percent: score * 10 })),
) {}

interface Rating {
  readonly sum: number;
}

/** Everything that can be asked of an event is asked of its present form: the documents, and what is folded. */
function ratings(fails: () => boolean = () => false) {
  return projection<Rating>('ratings', {
    version: 1,
    initial: () => ({ sum: 0 }),
    onFailure: 'park',
    maxAttempts: 1,
  }).on(
    Rated,
    ({ sum }, { percent }) => {
      if (fails()) throw new Error('not yet');
      return { sum: sum + percent };
    },
    { id: ({ percent }) => `at ${percent}` },
  );
}

/** Appends as a process did that knew the first version only. */
async function rateAsLongAgo({ events }: RunnerWorld, score: number): Promise<void> {
  const correlationId = newEventId();
  const { type } = Rated;
  await events.append('film-1', [
    { id: newEventId(), type, version: 1, data: { score }, metadata: { correlationId } },
  ]);
}

describe.each(MODES)('An event in an old version, on %s stores', (commit) => {
  let world: RunnerWorld;

  beforeEach(async () => {
    world = new RunnerWorld(commit);
    await rateAsLongAgo(world, 7);
  });
  afterEach(() => world[Symbol.asyncDispose]());

  const administration = (definition = ratings()) =>
    createAdministration({
      eventStore: world.events,
      readModels: world.readModels,
      definitions: [definition],
      leases: { heartbeatMs: 50, timeToLiveMs: 300 },
    });

  it('is folded in its present form into stored documents, into live ones, and by verify', async () => {
    const process = await world.run([ratings()]);
    await process.consumers.caughtUp();
    await using live = await openLiveProjection(world.events, ratings());

    const stored = createReadModel(world.readModels, ratings());
    expect(await stored.get('at 70')).toEqual({ sum: 70 });
    expect(await live.get('at 70')).toEqual({ sum: 70 });
    expect(await administration().verify('ratings')).toMatchObject({
      documents: 1,
      differences: [],
    });
  });

  it('is folded in its present form by a rebuild', async () => {
    const process = await world.run([ratings()]);
    await process.consumers.caughtUp();

    await administration().rebuild('ratings');

    const stored = createReadModel(world.readModels, ratings());
    expect(await stored.get('at 70')).toEqual({ sum: 70 });
  });

  it('is folded in its present form when it was parked and is retried', async () => {
    let isBroken: boolean = true;
    const definition = ratings(() => isBroken);
    const process = await world.run([definition]);
    await process.consumers.caughtUp();
    await rateAsLongAgo(world, 7);
    await until('both are parked', async () => (await world.parked('ratings@1.1')).length === 2);

    isBroken = false;
    await administration(definition).retryParked('ratings');
    await until('none is', async () => (await world.parked('ratings@1.1')).length === 0);

    expect(await createReadModel(world.readModels, definition).get('at 70')).toEqual({ sum: 140 });
  });

  it('is handed in its present form to a reactor, and to what orders its events', async () => {
    const seen: unknown[] = [];
    let isBroken: boolean = true;
    const options = {
      onFailure: 'park',
      maxAttempts: 1,
      orderedBy: (event: object) => `at ${(event as Rated).percent}`,
    } as const;
    const told = reactor('told', options).on(Rated, async (event) => {
      await Promise.resolve();
      seen.push([event instanceof Rated, { ...event }]);
      if (isBroken) throw new Error('not yet');
    });
    const process = await world.run([told]);
    await until('it is parked', async () => (await world.parked('told')).length === 1);
    const [parked] = await world.parked('told');

    isBroken = false;
    await world.put('requests/told/one', { kind: 'retry', documentId: 'at 70' });
    await until('it is handled', async () => (await world.parked('told')).length === 0);
    await process.consumers.caughtUp();
    await replayReactor(world.readModels, world.events, 'told', 'start');
    await until('it is handled again', () => seen.length === 3);

    expect(parked?.documentId).toBe('at 70');
    expect(seen).toEqual([1, 2, 3].map(() => [true, { percent: 70 }]));
  });
});
