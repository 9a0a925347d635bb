import { type EventContext, projection } from '@everfold/core';
import {
  Added,
  addTo,
  type Fault,
  type Ledger,
  ledgers,
  NOTHING,
  Shared,
  storedLedgers,
} from './runner-ledger.js';
import type { RunnerProcess } from './runner-process.js';
import { MODES, RunnerWorld, until } from './runner-world.js';

/** Makes the folds of one document throw while it is said to be broken. */
class Breakage {
  isBroken: boolean = true;
  tries = 0;

  constructor(readonly ledger: string) {}

  readonly fault: Fault = ({ documentId }, next) => {
    if (documentId !== this.ledger || !this.isBroken) return next;
    this.tries += 1;
    throw new RangeError(`${documentId} is broken.`);
  };
}

async function stopped(process: RunnerProcess, segments = 1): Promise<void> {
  await until('segments are stopped', async () => {
    const [status] = await process.consumers.status();
    return status?.stopped === segments && status.state === 'stopped';
  });
}

describe.each(MODES)('A fold that fails for good on %s stores', (commit) => {
  it('stops its segment behind what came before, with its reason; the others go on', async () => {
    await using world = new RunnerWorld(commit);
    const breakage = new Breakage('bad');
    breakage.isBroken = false;
    const process = await world.run([ledgers({ fault: breakage.fault, maxAttempts: 3 })]);
    await world.add('bad', 1);
    await world.agrees();
    breakage.isBroken = true;

    const [failing = ''] = await world.add('bad', 2);
    await world.add('bad', 3);
    for (const ledger of 'abcdefghijkl') await world.add(ledger);

    await stopped(process);
    expect(breakage.tries).toBeGreaterThanOrEqual(3);
    const documents = await storedLedgers(world.readModels);
    expect(documents.get('bad')).toMatchObject({ sum: 1, count: 1 });
    await until('other segments go on', async () => {
      const segments = await world.segments();
      const least = segments.map(({ checkpoint }) => checkpoint?.position ?? '');
      const head = (await world.events.head()) ?? '';
      return least.filter((position) => position < head).length === 1;
    });
    const [record] = (await world.segments()).filter((segment) => segment.stopped !== undefined);
    expect(record?.stopped).toMatchObject({ eventId: failing, eventType: 'runner.added' });
    expect(record?.stopped?.error).toContain('bad is broken');
    const [status] = await process.consumers.status();
    expect(status).toMatchObject({ error: expect.stringContaining('bad is broken'), parked: 0 });
    expect(status?.lagMs).toBeGreaterThan(0);
    expect(process.said('stopped')).toHaveLength(1);
    expect(process.said('retrying').length).toBeGreaterThanOrEqual(2);
  });

  it('is tried again when somebody resumes, and goes on when it is mended', async () => {
    await using world = new RunnerWorld(commit);
    const breakage = new Breakage('bad');
    const process = await world.run([ledgers({ fault: breakage.fault, maxAttempts: 2 })]);
    await world.add('bad');
    await stopped(process);

    await world.control(false);
    await until('it is tried again in vain', () => process.said('stopped').length === 2);
    await stopped(process);
    breakage.isBroken = false;
    await world.add('bad');
    await world.control(false);

    await world.agrees();
    await process.consumers.caughtUp();
    const [status] = await process.consumers.status();
    expect(status).toMatchObject({ state: 'running', stopped: 0, lagMs: 0 });
    expect(status).not.toHaveProperty('error');
  });

  it('is tried again by the process that takes the segment next', async () => {
    await using world = new RunnerWorld(commit);
    const breakage = new Breakage('bad');
    const first = await world.run([ledgers({ fault: breakage.fault, maxAttempts: 2 })]);
    await world.add('bad');
    await stopped(first);
    await first[Symbol.asyncDispose]();

    const second = await world.run([ledgers({ fault: breakage.fault, maxAttempts: 2 })]);
    await stopped(second);
    await second[Symbol.asyncDispose]();
    await world.run([ledgers()]);

    await world.agrees();
  });

  it('is not skipped when it fails a few times only', async () => {
    await using world = new RunnerWorld(commit);
    let failures = 0;
    const fault: Fault = ({ documentId }, next) => {
      if (documentId !== 'bad' || failures === 3) return next;
      failures += 1;
      throw new Error('Not yet.');
    };
    const process = await world.run([ledgers({ fault, maxAttempts: 5 })]);

    await world.add('bad', 1);
    await world.add('bad', 2);

    await world.agrees();
    expect(process.said('stopped')).toEqual([]);
    expect(process.said('retrying').length).toBeGreaterThan(0);
  });

  it('is found in the middle of a batch, whose other events are folded once', async () => {
    await using world = new RunnerWorld(commit);
    const breakage = new Breakage('bad');
    for (let round = 0; round < 10; round += 1) {
      await world.add('a', round);
      await world.write('x', new Shared({ amount: 1, among: ['a', 'b'] }));
      if (round === 5) await world.add('bad');
    }
    const options = { segments: 1, fault: breakage.fault, maxAttempts: 2 };
    const process = await world.run([ledgers(options)]);
    await stopped(process);
    const early = await storedLedgers(world.readModels);

    breakage.isBroken = false;
    await world.control(false);

    await world.agrees();
    expect(early.get('a')).toMatchObject({ count: 12 });
  });

  it('stops the segments of all ids that an event names, and none of the rest', async () => {
    await using world = new RunnerWorld(commit);
    const fault: Fault = ({ documentId }, next) => {
      if (documentId === 'a' || documentId === 'f') throw new Error('Broken.');
      return next;
    };
    const process = await world.run([ledgers({ fault, maxAttempts: 1 })]);

    await world.write('x', new Shared({ amount: 1, among: ['a', 'b', 'c', 'f'] }));

    await stopped(process, 2);
    await world.write('x', new Shared({ amount: 1, among: ['b', 'c'] }));
    await until('the rest go on', async () => {
      const documents = await storedLedgers(world.readModels);
      return documents.get('b')?.count === 2 && documents.get('c')?.count === 2;
    });
  });
});

describe('What is no document', () => {
  it.each([
    ['is too large', { sum: 0, count: 0, chain: 'x'.repeat(5_000) }, /bytes/],
    ['cannot be stored', { sum: 0, count: 0, chain: '', when: () => 0 }, /when/],
    ['is an array', [], /object/],
    [
      'cannot even be looked at',
      new Proxy({}, { ownKeys: unreadable, get: unreadable }),
      /unreadable/,
    ],
  ])('fails as its own event when it %s', async (_, made, reason) => {
    await using world = new RunnerWorld('atomic', { maxDocumentBytes: 4_000 });
    const fault: Fault = ({ documentId }, next) =>
      documentId === 'bad' ? (made as typeof next) : next;
    const process = await world.run([ledgers({ segments: 2, fault, maxAttempts: 2 })]);

    const [failing] = await world.add('bad');
    for (const ledger of 'abcdefgh') await world.add(ledger);

    await stopped(process);
    const [record] = (await world.segments()).filter((segment) => segment.stopped !== undefined);
    expect(record?.stopped).toMatchObject({ eventId: failing, documentId: 'bad' });
    expect(record?.stopped?.error).toMatch(reason);
    await until('the other segment goes on', async () => {
      const documents = await storedLedgers(world.readModels);
      return documents.size > 0 && !documents.has('bad');
    });
  });

  it('is parked like any other failure', async () => {
    await using world = new RunnerWorld('guarded', { maxDocumentBytes: 4_000 });
    const large = { sum: 0, count: 0, chain: 'x'.repeat(5_000) };
    const fault: Fault = ({ documentId }, next) => (documentId === 'bad' ? large : next);
    const options = { segments: 1, fault, maxAttempts: 2, onFailure: 'park' } as const;
    await world.run([ledgers(options)]);

    const [failing] = await world.add('bad');
    for (const ledger of 'abcd') await world.add(ledger);

    await world.agrees((id) => id === failing);
    expect(await world.parked()).toMatchObject([{ documentId: 'bad', eventId: failing }]);
  });
});

function unreadable(): never {
  throw new Error('unreadable');
}

describe('An id that cannot be told', () => {
  it.each(['stop', 'park'] as const)('stops all segments, and is never parked (%s)', async (on) => {
    await using world = new RunnerWorld();
    let isBroken: boolean = true;
    const ids = ({ aggregateId }: EventContext) => {
      if (isBroken) throw new Error('No id.');
      return aggregateId;
    };
    const routed = projection<Ledger>('ledgers', {
      version: 1,
      initial: () => NOTHING,
      onFailure: on,
      maxAttempts: 2,
    }).on(Added, addTo, { id: (_, context) => ids(context) });
    await world.add('a');

    const process = await world.run([routed]);
    await stopped(process, 8);
    isBroken = false;
    await world.control(false);

    await world.agrees();
    expect(await world.parked()).toEqual([]);
  });
});
