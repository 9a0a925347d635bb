import type { EventStore } from '@everfold/core';
import { createRepository, newEventId } from '@everfold/core';
import { account, deposited, opened } from './account.js';
import { snapshotting } from './snapshotted.js';
import type { OpenedStore } from './stores.js';
import { eventsOf, stores } from './stores.js';
import { WatchedSnapshots } from './watched-snapshots.js';

const stream = 'specsAccount-1';
const truncated = { code: 'AGGREGATE_TRUNCATED', stream };

describe.each(stores)('An aggregate whose stream is shortened, over %s,', (_, open) => {
  let opening: OpenedStore;
  let store: EventStore;
  beforeEach(async () => {
    opening = await open();
    store = opening.store;
  });
  afterEach(() => opening.close());

  /** Opened at revision 0, deposits at 1 to 4. */
  async function fiveEvents(accounts = createRepository(store, account)): Promise<void> {
    await accounts.create('1', () => opened());
    for (const amount of [1, 2, 4, 8]) await accounts.update('1', () => deposited(amount));
  }

  it.each([
    ['truncated', { truncateBefore: 1 }],
    ['kept by count', { maxCount: 4 }],
  ])(
    'is neither found nor decided on when it is %s and has no snapshot',
    async (_how, retention) => {
      await fiveEvents();
      let decided = 0;
      const change = () => {
        decided += 1;
        return opened();
      };
      await store.setRetention(stream, retention);
      const accounts = createRepository(store, account, { cache: { maxAggregates: 2 } });

      await expect(accounts.find('1')).rejects.toMatchObject({ ...truncated, firstRevision: 1 });
      await expect(accounts.update('1', change)).rejects.toMatchObject(truncated);
      await expect(accounts.create('1', change)).rejects.toMatchObject(truncated);
      expect(decided).toBe(0);
      await expect(eventsOf(store, stream)).resolves.toHaveLength(4);
    },
  );

  it('is as it was when the retention is lifted', async () => {
    await fiveEvents();
    await store.setRetention(stream, { truncateBefore: 2 });
    const accounts = createRepository(store, account);
    await expect(accounts.find('1')).rejects.toMatchObject(truncated);

    await store.setRetention(stream, {});

    await expect(accounts.find('1')).resolves.toMatchObject({ state: { balance: 15 } });
  });

  it('is not created behind what is hidden, and the error says what to do', async () => {
    await fiveEvents();
    await store.setRetention(stream, { truncateBefore: 5 });
    const accounts = createRepository(store, account);

    const create = accounts.create('1', () => opened());

    await expect(create).rejects.toMatchObject({ ...truncated, firstRevision: undefined });
    await expect(create).rejects.toThrow(/setRetention\(stream, \{\}\)/);
    await expect(accounts.find('1')).resolves.toBeUndefined();
    await expect(accounts.update('1', () => [])).rejects.toMatchObject({
      code: 'AGGREGATE_NOT_FOUND',
    });
  });

  it('goes on from a snapshot whose last event stays, and from no other', async () => {
    const snapshots = new WatchedSnapshots();
    await fiveEvents(snapshotting(store, snapshots));
    const accounts = snapshotting(store, snapshots, { every: 100 });

    await store.setRetention(stream, { truncateBefore: 3 });
    const covered = await accounts.update('1', () => deposited(16));
    await store.setRetention(stream, { truncateBefore: 4 });

    expect(snapshots.current?.revision).toBe(3);
    expect(covered.state.balance).toBe(31);
    await expect(accounts.update('1', () => deposited(32))).rejects.toMatchObject(truncated);
  });

  it('answers a repeat only while the first result can be seen', async () => {
    const snapshots = new WatchedSnapshots();
    const accounts = snapshotting(store, snapshots);
    await accounts.create('1', () => opened(), { commandId: 'c-1' });
    for (const amount of [1, 2, 4])
      await accounts.update('1', () => deposited(amount), { commandId: `d-${amount}` });
    await store.setRetention(stream, { truncateBefore: 3 });

    const last = await accounts.update('1', () => deposited(4), { commandId: 'd-4' });
    const hidden = accounts.update('1', () => deposited(1), { commandId: 'd-1' });

    expect(last).toMatchObject({ repeated: true, state: { balance: 7 } });
    await expect(hidden).rejects.toMatchObject(truncated);
    await expect(eventsOf(store, stream)).resolves.toHaveLength(1);
  });

  it('may be created again behind a delete, and shortened up to there', async () => {
    const accounts = createRepository(store, account);
    await fiveEvents();
    await store.delete(stream);
    await accounts.create('1', () => [opened(), deposited(5)]);
    await store.setRetention(stream, { truncateBefore: 5 });

    const found = await accounts.find('1');
    await store.setRetention(stream, { truncateBefore: 6 });

    expect(found).toMatchObject({ revision: 6, state: { balance: 5 } });
    await expect(accounts.find('1')).rejects.toMatchObject({ ...truncated, firstRevision: 6 });
  });

  it('may be created again behind a delete when a settled command comes first', async () => {
    const accounts = createRepository(store, account);
    await fiveEvents();
    await store.delete(stream);
    await accounts.create('1', () => [], { commandId: 'nothing' });

    await accounts.create('1', () => opened());

    await expect(accounts.find('1')).resolves.toMatchObject({ revision: 6 });
  });

  it('says in its first event that it begins there, and in no other', async () => {
    const accounts = createRepository(store, account);
    await accounts.create('1', () => [opened(), deposited(1)]);
    await accounts.update('1', () => deposited(2));

    const marks = (await eventsOf(store, stream)).map(({ metadata }) => metadata.begins);

    expect(marks).toEqual([true, undefined, undefined]);
  });

  it('may be written by hand behind a delete when its first event says so', async () => {
    await fiveEvents();
    await store.delete(stream);
    const { type, version, data } = {
      type: 'specs.account-opened',
      version: 1,
      data: { owner: 'Bob' },
    };
    const metadata = { correlationId: 'c', begins: true } as const;
    await store.append(stream, [{ id: newEventId(), type, version, data, metadata }]);

    await expect(createRepository(store, account).find('1')).resolves.toMatchObject({
      revision: 5,
    });
  });
});
