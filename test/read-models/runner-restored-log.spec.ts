import {
  createAdministration,
  createReadModel,
  Event,
  type EventStore,
  encodeEvent,
  newEventId,
  projection,
  runConsumers,
} from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';
import { MODES, RunnerWorld, until } from './runner-world.js';

class Counted extends Event('restored.counted') {}
class Begun extends Event('restored.begun') {}
class Other extends Event('restored.other') {}

interface Count {
  readonly count: number;
}

const counts = projection<Count>('counts', { version: 1, initial: () => ({ count: 0 }) }).on(
  Counted,
  ({ count }) => ({ count: count + 1 }),
);

/** Does not make documents of what comes later. */
const begun = projection<Count>('counts', { version: 1 })
  .start(Begun, () => ({ count: 0 }))
  .on(Counted, ({ count }) => ({ count: count + 1 }));

const report = (): void => undefined;
const append = async (store: EventStore, stream: string, event: object, id = newEventId()) =>
  store.append(stream, [encodeEvent(event, { id, metadata: { correlationId: id } })]);

describe.each(MODES)('Consumers of a log that was restored, written %s,', (commit) => {
  it('stop where another event stands at the last place that they had looked at, handled or not', async () => {
    await using world = new RunnerWorld(commit);
    const first = newEventId();
    await append(world.events, 'counted-1', new Counted(), first);
    await append(world.events, 'other-1', new Other());
    const run = (eventStore: EventStore) =>
      runConsumers({ eventStore, readModels: world.readModels, definitions: [counts], report });
    const before = await run(world.events);
    await before.caughtUp();
    await before[Symbol.asyncDispose]();
    const restored = new MemoryEventStore();
    await append(restored, 'counted-1', new Counted(), first);
    await append(restored, 'other-1', new Other());
    Object.defineProperty(restored, 'identity', { value: () => world.events.identity() });

    await using after = await run(restored);

    await until('that they stop', async () => (await after.status())[0]?.state === 'stopped');
    expect((await after.status())[0]?.error).toContain('CheckpointAheadOfLogError');
  });
});

describe.each(MODES)('A version that a command has filled, written %s,', (commit) => {
  it('is read when the application has brought it up to date, and not as the command left it', async () => {
    await using world = new RunnerWorld(commit);
    const { events: eventStore, readModels } = world;
    await append(eventStore, 'counted-1', new Counted());
    const administration = createAdministration({
      eventStore,
      readModels,
      definitions: [counts],
      leases: { heartbeatMs: 50, timeToLiveMs: 300 },
    });
    await administration.rebuild('counts');
    await append(eventStore, 'counted-1', new Counted());

    await world.run([counts]);
    const read = await createReadModel(readModels, counts).get('1');

    expect(read).toEqual({ count: 2 });
  });

  it('is refused when events find no document because the beginning of their stream is gone', async () => {
    await using world = new RunnerWorld(commit);
    const { events: eventStore, readModels } = world;
    for (let count = 0; count < 3; count += 1) await append(eventStore, 'counted-1', new Counted());
    await eventStore.setRetention('counted-1', { truncateBefore: 2 });
    const administration = createAdministration({
      eventStore,
      readModels,
      definitions: [begun],
      leases: { heartbeatMs: 50, timeToLiveMs: 300 },
    });

    const refused = administration.rebuild('counts');

    await expect(refused).rejects.toMatchObject({ code: 'ORPHANED_EVENTS', count: 1 });
    await expect(administration.rebuild('counts', { acceptOrphans: true })).resolves.toMatchObject({
      switched: true,
    });
  });
});
