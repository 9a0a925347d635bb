import type { SnapshotStore } from '@everfold/core';
import { Aggregate, AggregateRoot, aggregate, createRepository, Event, On } from '@everfold/core';
import { manualClock } from '@everfold/core/testing';
import { MemorySnapshotStore } from '@everfold/memory';
import { Account, AccountOpened, account, deposited, MoneyDeposited, opened } from './account.js';
import { fiveEvents, foundIn, snapshotting } from './snapshotted.js';
import type { OpenedStore } from './stores.js';
import { eventsOf, stores } from './stores.js';
import type { TappedStore } from './tapped-store.js';
import { tapped } from './tapped-store.js';
import { WatchedSnapshots } from './watched-snapshots.js';

const stream = 'specsAccount-1';

describe.each(stores)('Snapshots over %s', (_, open) => {
  let opening: OpenedStore;
  let store: TappedStore;
  let snapshots: WatchedSnapshots;
  beforeEach(async () => {
    opening = await open();
    store = tapped(opening.store);
    snapshots = new WatchedSnapshots();
  });
  afterEach(() => opening.close());

  const repository = (options: Parameters<typeof snapshotting>[2] = {}) =>
    snapshotting(store, snapshots, options);
  const found = () => foundIn(store, snapshots);

  it('are taken every so many events', async () => {
    await fiveEvents(store, snapshots);

    expect(snapshots.saved.map(({ revision }) => revision)).toEqual([1, 3]);
  });

  it('are taken when one change raises several events, too', async () => {
    await repository({ every: 3 }).create('1', () => [opened(), deposited(1), deposited(2)]);

    expect(snapshots.saved.map(({ revision }) => revision)).toEqual([2]);
  });

  it('are taken by age, at the next commit', async () => {
    const clock = manualClock(Date.now());
    const accounts = createRepository(store, account, {
      snapshots: { store: snapshots, every: 1_000, maxAgeMs: 60_000 },
      clock,
    });
    await accounts.create('1', () => opened());
    await accounts.update('1', () => deposited(1));
    const young = snapshots.saved.length;

    clock.advance(120_000);
    await accounts.update('1', () => deposited(2));
    await accounts.update('1', () => deposited(4));
    clock.advance(120_000);
    await accounts.update('1', () => deposited(8));

    expect(young).toBe(0);
    expect(snapshots.saved.map(({ revision }) => revision)).toEqual([2, 4]);
  });

  it('save reading what is in them', async () => {
    await fiveEvents(store, snapshots);

    await expect(found()).resolves.toEqual({ balance: 15, events: 2 });
  });

  it('give a class back as it was', async () => {
    const classes = createRepository(store, Account, { snapshots: { store: snapshots, every: 2 } });
    await classes.create('1', (a) => {
      a.open('Ada');
      a.deposit(5, 'gift');
    });

    const again = createRepository(store, Account, { snapshots: { store: snapshots, every: 2 } });
    const loaded = await again.find('1');
    const { state } = await again.update('1', (a) => a.withdraw(2));

    expect(loaded?.state).toBeInstanceOf(Account);
    expect(loaded?.state).toMatchObject({ id: '1', revision: 1, holder: 'Ada', seen: ['gift'] });
    expect(state.funds).toBe(3);
  });

  it('hold what the folds made of the events, and nothing that a change did besides', async () => {
    @Aggregate('specsAccount')
    class Careless extends Account {
      scratch = 0;
      careless(): void {
        this.scratch += 1;
        this.deposit(1);
      }
    }
    const options = { snapshots: { store: snapshots, every: 1 } };
    await createRepository(store, Careless, options).create('1', (a) => a.open('Ada'));
    await createRepository(store, Careless, options).update('1', (a) => a.careless());

    const loaded = await createRepository(store, Careless, options).find('1');

    expect(loaded?.state.scratch).toBe(0);
  });

  it('are passed over when the stream was deleted and written again', async () => {
    await fiveEvents(store, snapshots);
    await store.delete(stream);
    const rewriting = createRepository(store, account);
    await rewriting.create('1', () => opened());

    const few = await found();
    for (const amount of [16, 32]) await rewriting.update('1', () => deposited(amount));

    expect(few.balance).toBe(0);
    await expect(found()).resolves.toMatchObject({ balance: 48 });
  });

  it.each([
    ['the schema version is raised', 2, false],
    ['another type is handled', 1, true],
  ])('are passed over when %s', async (_what, schemaVersion, handlesMore) => {
    class Noted extends Event('specs.account-noted') {}
    await fiveEvents(store, snapshots);
    const changed = aggregate('specsAccount', { initial: () => ({ total: 0 }), schemaVersion })
      .on(AccountOpened, (state) => state)
      .on(MoneyDeposited, (s, { amount }) => ({ total: s.total + amount }));
    const fold = handlesMore ? changed.on(Noted, (state) => state) : changed;

    const loaded = await createRepository(store, fold, {
      snapshots: { store: snapshots, every: 2 },
    }).find('1');

    expect(loaded?.state).toEqual({ total: 15 });
  });

  it('may be lost', async () => {
    await fiveEvents(store, snapshots);
    snapshots.current = undefined;

    await expect(found()).resolves.toEqual({ balance: 15, events: 5 });
  });

  it('never fail a command when their store does', async () => {
    const failures: unknown[] = [];
    const broken = new Error('snapshots are down');
    const failing: SnapshotStore = {
      load: () => Promise.reject(broken),
      save: () => {
        throw broken;
      },
      remove: () => Promise.reject(broken),
    };
    const onError = (error: unknown) => {
      failures.push(error);
      throw new Error('and so is the log');
    };
    const accounts = createRepository(store, account, {
      snapshots: { store: failing, every: 1, onError },
    });

    await accounts.create('1', () => opened());
    const { state } = await accounts.update('1', () => deposited(5));

    expect(state.balance).toBe(5);
    expect(failures.length).toBeGreaterThanOrEqual(3);
    expect(new Set(failures)).toEqual(new Set([broken]));
  });

  it('are refused when JSON would change the initial state', () => {
    @Aggregate('specsDated')
    class Dated extends AggregateRoot {
      since = new Date(0);
    }
    const dated = aggregate('specsDated', { initial: () => ({ since: new Date(0) }) });
    const options = { snapshots: { store: snapshots, every: 2 } };

    expect(() => createRepository(store, Dated, options)).toThrow(/state\.since.*Date/);
    expect(() => createRepository(store, dated, options)).toThrow(TypeError);
    expect(() => createRepository(store, dated)).not.toThrow();
  });

  it('are refused before anything is written when JSON would change a later state', async () => {
    class Entered extends Event('specs.entered')<{ at: string }> {}
    const dated = aggregate('specsDated', { initial: (): { since?: Date } => ({}) }).on(
      Entered,
      (_state, { at }) => ({ since: new Date(at) }),
    );
    const entries = createRepository(store, dated, { snapshots: { store: snapshots, every: 100 } });

    const create = entries.create('1', () => new Entered({ at: '2026-01-01' }));

    await expect(create).rejects.toThrow(/state\.since/);
    await expect(eventsOf(store, 'specsDated-1')).resolves.toEqual([]);
  });

  it('let a class have declared fields that nothing was assigned to', async () => {
    class Limited extends Event('specs.limited')<{ limit: number | null }> {}
    @Aggregate('specsLimits')
    class Limits extends AggregateRoot {
      limit: number | undefined = 5;
      note: string | undefined;
      set(limit: number | null): void {
        this.apply(new Limited({ limit }));
      }
      @On(Limited) protected onLimited({ limit }: Limited): void {
        this.limit = limit ?? undefined;
      }
    }
    const options = { snapshots: { store: snapshots, every: 1 } };
    await createRepository(store, Limits, options).create('1', (l) => l.set(null));

    const loaded = await createRepository(store, Limits, options).find('1');

    expect(snapshots.saved).toHaveLength(1);
    expect(loaded?.state.limit).toBeUndefined();
    expect(Object.keys(loaded?.state ?? {})).toEqual(['limit', 'note']);
  });

  it.each([0, -1, 1.5, Number.NaN])('are not taken every %p events', (every) => {
    expect(() => repository({ every })).toThrow(TypeError);
  });

  it("are kept in the memory adapter's store", async () => {
    const options = { snapshots: { store: new MemorySnapshotStore(), every: 1 } };
    await createRepository(store, account, options).create('1', () => [opened(), deposited(5)]);

    await expect(createRepository(store, account, options).find('1')).resolves.toMatchObject({
      state: { balance: 5 },
    });
  });
});
