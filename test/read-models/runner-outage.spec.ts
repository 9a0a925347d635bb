import {
  CheckpointAheadOfLogError,
  Event,
  encodeEvent,
  ForeignPositionError,
  newEventId,
  ProjectionChangedError,
  projection,
  type RecordedEvent,
  StoreUnavailableError,
  upcasts,
} from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';
import { Added, Ended, Foreign, type Ledger, ledgers, NOTHING } from './runner-ledger.js';
import { RunnerProcess } from './runner-process.js';
import { MODES, RunnerWorld, until } from './runner-world.js';

describe.each(MODES)('A read-model store that cannot be reached for a while (%s)', (commit) => {
  it.each([
    ['altogether', () => true],
    ['for saving', (call: string) => call === 'save'],
    ['for loading', (call: string) => call === 'loadDocuments'],
  ])('is tried again until it answers: %s', async (_, isCut) => {
    await using world = new RunnerWorld(commit);
    const process = await world.run([ledgers()]);
    await world.add('a');
    await world.agrees();
    let isOut: boolean = true;
    process.before = ({ call }) => {
      if (isOut && call !== 'subscribe' && isCut(call)) throw new StoreUnavailableError('Out.');
    };

    for (const ledger of 'abcdef') await world.add(ledger);
    await until('it is seen to be retrying', async () => {
      const [status] = await process.consumers.status();
      const isSaid = process.said('retrying').length > 0;
      return isSaid && status?.state === 'retrying' && status.lagMs === 'unknown';
    });
    const caughtUp = process.consumers.caughtUp();
    isOut = false;

    await expect(caughtUp).resolves.toBeUndefined();
    await world.agrees();
    await until('it is seen to be well', async () => {
      const [status] = await process.consumers.status();
      return status?.state === 'running' && status.lagMs === 0;
    });
    expect(process.said('stopped')).toEqual([]);
  });

  it('leaves segments to a process that can reach it', async () => {
    await using world = new RunnerWorld(commit);
    const cut = await world.run([ledgers()]);
    cut.before = ({ call }) => {
      if (call !== 'subscribe') throw new StoreUnavailableError('Out.');
    };
    const heir = await world.run([ledgers()]);
    for (const ledger of 'abcdef') await world.add(ledger);

    await until('the heir owns all', async () => (await heir.owned()) === 8);
    await world.agrees();
    cut.before = () => undefined;

    await world.evenedOut([cut, heir]);
    await world.add('a');
    await world.agrees();
  });
});

describe('An event store that cannot be reached for a while', () => {
  it('is tried again until it answers', async () => {
    await using world = new RunnerWorld();
    const process = world.process();
    let isOut: boolean = true;
    process.before = ({ call }) => {
      if (isOut && call === 'subscribe') throw new StoreUnavailableError('Out.');
    };
    await process.start({ definitions: [ledgers()] });
    await world.add('a');
    await until('it is seen to be retrying', async () => {
      const [status] = await process.consumers.status();
      const isSaid = process.said('retrying').length > 0;
      return isSaid && status?.state === 'retrying' && status.lagMs === 'unknown';
    });

    isOut = false;

    await world.agrees();
    await until('it is seen to be well', async () => {
      const [status] = await process.consumers.status();
      return status?.state === 'running' && status.lagMs === 0;
    });
  });
});

/** A process whose log claims to be the one that was folded, and holds a copy of some of it. */
async function onCopy(
  world: RunnerWorld,
  copy: (event: RecordedEvent) => RecordedEvent | undefined = (event) => event,
) {
  const identity = await world.events.identity();
  const log = new MemoryEventStore();
  log.identity = async () => identity;
  for await (const recorded of world.events.readAll()) {
    const copied = copy(recorded);
    if (copied === undefined) continue;
    const { stream, id, type, version, data, metadata } = copied;
    await log.append(stream, [{ id, type, version, data, metadata }]);
  }
  const process = new RunnerProcess(log, world.readModels);
  world.processes.push(process);
  return { log, process };
}

async function givenUp(process: RunnerProcess, code: string): Promise<void> {
  await until('it has given up', async () => {
    const [status] = await process.consumers.status();
    return status?.state === 'stopped' && status.segments.owned === 0;
  });
  const errors = process.said('stopped').map((report) => Reflect.get(report, 'error'));
  expect(errors.every((error) => (error as { code: string }).code === code)).toBe(true);
}

describe('A log that is not the one that was folded', () => {
  const folded = async (world: RunnerWorld) => {
    const process = await world.run([ledgers()]);
    for (const ledger of 'abcdef') await world.add(ledger);
    await world.write('x', new Foreign({}), new Foreign({}));
    await process.consumers.caughtUp();
    await process[Symbol.asyncDispose]();
  };

  it('stops consumers when it ends before the event at the checkpoint', async () => {
    await using world = new RunnerWorld();
    await folded(world);
    const { process } = await onCopy(world, () => undefined);

    await process.start({ definitions: [ledgers()] });

    await givenUp(process, CheckpointAheadOfLogError.code);
    expect(await world.owners()).toEqual(Array(8).fill(undefined));
  });

  it('stops consumers when it ends before the checkpoint, among events that they do not handle', async () => {
    await using world = new RunnerWorld();
    await folded(world);
    const { process } = await onCopy(world, (event) =>
      event.type === 'runner.foreign' ? undefined : event,
    );

    await process.start({ definitions: [ledgers()] });

    await givenUp(process, CheckpointAheadOfLogError.code);
  });

  it('stops consumers when only some of their segments are ahead of it', async () => {
    await using world = new RunnerWorld();
    const broken = ledgers({
      maxAttempts: 1,
      fault: ({ documentId }, next) => {
        if (documentId === 'a') throw new Error('Broken.');
        return next;
      },
    });
    const first = await world.run([broken]);
    for (const ledger of 'abcdef') await world.add(ledger);
    for (let round = 0; round < 5; round += 1) await world.write('x', new Foreign({}));
    const head = await world.events.head();
    await until('the others are at the end', async () => {
      const segments = await world.segments();
      return segments.filter(({ checkpoint }) => checkpoint?.position === head).length === 7;
    });
    await first[Symbol.asyncDispose]();
    const { process } = await onCopy(world, (event) =>
      event.type === 'runner.foreign' ? undefined : event,
    );

    await process.start({ definitions: [ledgers()] });

    await givenUp(process, CheckpointAheadOfLogError.code);
  });

  it('stops consumers when another event is at the checkpoint', async () => {
    await using world = new RunnerWorld();
    await folded(world);
    const { process } = await onCopy(world, (event) => ({ ...event, id: newEventId() }));

    await process.start({ definitions: [ledgers()] });

    await givenUp(process, CheckpointAheadOfLogError.code);
    expect(await world.owners()).toEqual(Array(8).fill(undefined));
  });

  it('is gone on with when the event at the checkpoint was deleted', async () => {
    await using world = new RunnerWorld();
    await folded(world);
    const { log, process } = await onCopy(world);
    await log.delete('ledger-f');

    await process.start({ definitions: [ledgers()] });
    const id = newEventId();
    const added = encodeEvent(new Added({ amount: 5 }), { id, metadata: { correlationId: id } });
    await log.append('ledger-a', [added]);
    await process.consumers.caughtUp();

    expect(process.said('stopped')).toEqual([]);
    const [document] = (await world.readModels.loadDocuments('ledgers@1.1', ['a'])).values();
    expect(document?.document).toMatchObject({ sum: 6, count: 2 });
  });

  it('is refused when it is another log', async () => {
    await using world = new RunnerWorld();
    await folded(world);
    const process = new RunnerProcess(new MemoryEventStore(), world.readModels);

    const starting = process.start({ definitions: [ledgers()] });

    await expect(starting).rejects.toBeInstanceOf(ForeignPositionError);
  });
});

describe('A projection that was changed without raising its version', () => {
  it.each([
    ['segments', ledgers({ segments: 4 })],
    ['indexes', ledgers({ indexes: ['sum'] })],
    ['handled types', ledgers().on(Foreign, (document) => document)],
  ])('is refused: %s', async (what, changed) => {
    await using world = new RunnerWorld();
    await world.run([ledgers()]);

    const starting = world.run([changed]);

    await expect(starting).rejects.toBeInstanceOf(ProjectionChangedError);
    await expect(starting).rejects.toMatchObject({ differs: [what] });
  });
});

describe('An event that is stored in a newer version than a process knows', () => {
  class Newer extends Event(
    'runner.added',
    upcasts<{ amount: number }>().to((old) => old),
  ) {}
  const definition = (event: typeof Added) =>
    projection<Ledger>('ledgers', { version: 1, initial: () => NOTHING, onFailure: 'park' })
      .on(event, (before, { amount }) => ({ ...before, sum: before.sum + amount }))
      .remove(Ended);

  it('makes it give up loudly, and is folded by one that knows', async () => {
    await using world = new RunnerWorld();
    const old = await world.run([definition(Added)]);
    await world.add('a', 1);
    await old.consumers.caughtUp();

    await world.write('a', new Newer({ amount: 2 }));
    await givenUp(old, 'EVENT_VERSION_TOO_NEW');
    const early = await old.consumers.status();
    const knowing = await world.run([definition(Newer as unknown as typeof Added)]);
    await knowing.consumers.caughtUp();

    expect(early).toMatchObject([{ lagMs: 'unknown' }]);
    expect(await world.parked()).toEqual([]);
    expect(knowing.said('parked')).toEqual([]);
    await until('all is owned by it', async () => (await knowing.owned()) === 8);
    const [document] = (await world.readModels.loadDocuments('ledgers@1.1', ['a'])).values();
    expect(document?.document).toMatchObject({ sum: 3 });
  });

  it('is left to others by one that knew it not, also when its segments cannot be given back at once', async () => {
    await using world = new RunnerWorld();
    const old = await world.run([definition(Added)]);
    let failures = 0;
    old.before = ({ call }) => {
      if (call !== 'writeRecord' || failures > 12) return;
      failures += 1;
      throw new StoreUnavailableError('No.');
    };

    await world.write('a', new Newer({ amount: 2 }));
    const knowing = await world.run([definition(Newer as unknown as typeof Added)]);

    await until('all is owned by it', async () => (await knowing.owned()) === 8);
  });
});
