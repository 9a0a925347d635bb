import {
  aggregate,
  createRepository,
  type EventStore,
  type Position,
  ReadModelBehindError,
} from '@everfold/core';
import { MemoryEventStore, MemoryStore } from '@everfold/memory';
import { accounts, Opened, Paid } from './events.js';
import { WatchedStore } from './watched-store.js';
import { WrittenModel } from './written-model.js';

const account = aggregate('account', { initial: () => 0 })
  .on(Opened, (balance) => balance)
  .on(Paid, (balance, { amount }) => balance + amount);

async function headOf(store: EventStore): Promise<Position> {
  return (await store.head()) ?? ('' as Position);
}

/** A read model of this log, in a store of its own. */
async function modelOf(eventStore: EventStore, store = new WatchedStore()): Promise<WrittenModel> {
  const written = new WrittenModel(store, 'accounts', 2, 1, await eventStore.identity());
  await written.begin();
  return written;
}

describe('A change that waits for read models', () => {
  it('returns when every segment of them has the commit', async () => {
    const events = new MemoryEventStore();
    const written = await modelOf(events);
    const { store: readModels } = written;
    const repository = createRepository(events, account, { readModels });
    let returned = false;
    const update = repository
      .create('1', () => new Opened({ owner: 'Ada' }), { waitFor: [accounts] })
      .finally(() => {
        returned = true;
      });
    while ((await events.head()) === undefined) await Promise.resolve();

    await written.moveTo(await headOf(events), [0]);
    const before = (readModels as WatchedStore).calls.listRecords;
    while ((readModels as WatchedStore).calls.listRecords < before + 3)
      await new Promise(setImmediate);
    expect(returned).toBe(false);
    await written.moveTo(await headOf(events), [1]);

    expect(await update).toMatchObject({ revision: 0, events: 1 });
  });

  it('finds the read models in the event store where it keeps them', async () => {
    const store = new MemoryStore();
    const written = new WrittenModel(store, 'accounts', 1, 1, await store.identity());
    await written.begin();
    await written.moveTo('9'.repeat(16) as Position);
    const repository = createRepository(store, account, { oneAtATime: true });

    const committed = await repository.create('1', () => new Opened({ owner: 'Ada' }), {
      waitFor: [accounts],
    });

    expect(committed.revision).toBe(0);
  });

  it('says that it is committed, and how, when time runs out', async () => {
    const events = new MemoryEventStore();
    const { store: readModels } = await modelOf(events);
    const repository = createRepository(events, account, { readModels });
    const { token } = await repository.create('1', () => new Opened({ owner: 'Ada' }));

    const error = await repository
      .update('1', () => new Paid({ amount: 5 }), { waitFor: [accounts], timeoutMs: 10 })
      .catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ReadModelBehindError);
    expect(error).toMatchObject({
      readModel: 'accounts',
      after: await headOf(events),
      timeoutMs: 10,
      message: expect.stringContaining('IS committed, at revision 1'),
      committed: { revision: 1, state: 5, events: 1, repeated: false },
    });
    expect((error as ReadModelBehindError).committed?.token).not.toBe(token);
    expect(await repository.find('1')).toMatchObject({ revision: 1, state: 5 });
  });

  it('says so too when it is not time that ends the wait', async () => {
    const events = new MemoryEventStore();
    const { store: readModels } = await modelOf(events);
    const repository = createRepository(events, account, { readModels });
    const controller = new AbortController();
    const create = repository.create('1', () => new Opened({ owner: 'Ada' }), {
      waitFor: [accounts],
      signal: controller.signal,
    });
    while ((await events.head()) === undefined) await Promise.resolve();

    controller.abort(new Error('the client went away'));

    await expect(create).rejects.toMatchObject({
      code: ReadModelBehindError.code,
      reason: 'the client went away',
      committed: { revision: 0 },
    });
  });

  it.each([
    ['there is no store of read models', { waitFor: [accounts] }, undefined],
    ['something is no projection', { waitFor: [{ name: 'accounts' }] }, new WatchedStore()],
    ['the time is none', { waitFor: [accounts], timeoutMs: Number.NaN }, new WatchedStore()],
  ])('writes nothing when %s', async (_, options, readModels) => {
    const events = new MemoryEventStore();
    const repository = createRepository(events, account, { readModels });

    const create = repository.create('1', () => new Opened({ owner: 'Ada' }), options);

    await expect(create).rejects.toThrow(TypeError);
    expect(await events.head()).toBeUndefined();
  });

  it('holds up no other change of the aggregate', async () => {
    const events = new MemoryEventStore();
    const { store: readModels } = await modelOf(events);
    const repository = createRepository(events, account, { readModels, oneAtATime: true });
    const waiting = repository.create('1', () => new Opened({ owner: 'Ada' }), {
      waitFor: [accounts],
      timeoutMs: 200,
    });

    const other = repository.update('1', () => new Paid({ amount: 1 }));

    const first = await Promise.race([other, waiting]);
    expect(first.revision).toBe(1);
    await expect(waiting).rejects.toThrow(ReadModelBehindError);
  });
});
