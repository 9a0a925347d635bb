import type { AggregateRepository } from '@everfold/core';
import {
  Aggregate,
  AggregateRoot,
  aggregate,
  ConcurrencyError,
  createRepository,
  Event,
  On,
  WrongExpectedRevisionError,
} from '@everfold/core';
import {
  Account,
  AccountOpened,
  account,
  deposited,
  InsufficientFunds,
  opened,
} from './account.js';
import type { OpenedStore } from './stores.js';
import { eventsOf, stores } from './stores.js';
import type { TappedStore } from './tapped-store.js';
import { tapped } from './tapped-store.js';

const stream = 'specsAccount-1';
const cache = { maxAggregates: 2 };

describe.each(stores)('A cache over %s', (_, open) => {
  let opening: OpenedStore;
  let store: TappedStore;
  let cached: AggregateRepository<Account>;
  let elsewhere: AggregateRepository<typeof account>;
  beforeEach(async () => {
    opening = await open();
    store = tapped(opening.store);
    cached = createRepository(store, Account, { cache });
    elsewhere = createRepository(opening.store, account);
    await cached.create('1', (a) => a.open('Ada'));
    store.reads = 0;
  });
  afterEach(() => opening.close());

  it('spares updates their reads', async () => {
    for (const amount of [1, 2, 4]) await cached.update('1', (a) => a.deposit(amount));

    expect(store.reads).toBe(0);
    expect((await eventsOf(opening.store, stream)).at(-1)).toMatchObject({ revision: 3 });
  });

  it('never hides a conflict', async () => {
    await elsewhere.update('1', () => deposited(100));

    const { state, revision } = await cached.update('1', (a) => a.deposit(a.funds + 1));

    expect({ funds: state.funds, revision }).toEqual({ funds: 201, revision: 2 });
  });

  it('never hides that the retries are spent', async () => {
    const hasty = createRepository(store, Account, { cache, conflictRetries: 0 });
    await hasty.find('1');
    await elsewhere.update('1', () => deposited(100));

    await expect(hasty.update('1', (a) => a.deposit(1))).rejects.toThrow(ConcurrencyError);
  });

  it('refuses nothing for what was true before', async () => {
    await elsewhere.update('1', () => deposited(100));

    const { state } = await cached.update('1', (a) => a.withdraw(60));

    expect(state.funds).toBe(40);
  });

  it('refuses once when what it knows is still true', async () => {
    let decisions = 0;

    const update = cached.update('1', (a) => {
      decisions += 1;
      a.withdraw(60);
    });

    await expect(update).rejects.toThrow(InsufficientFunds);
    expect(decisions).toBe(1);
  });

  it('reports no old revision when nothing is raised', async () => {
    const current = await elsewhere.update('1', () => deposited(100));

    const { state, revision, token } = await cached.update('1', () => undefined);

    expect(state.funds).toBe(100);
    expect({ revision, token }).toEqual({ revision: 1, token: current.token });
  });

  it('compares expected revisions with the store', async () => {
    await elsewhere.update('1', () => deposited(100));

    const stale = cached.update('1', (a) => a.deposit(1), { expected: 0 });

    await expect(stale).rejects.toThrow(WrongExpectedRevisionError);
    await expect(cached.update('1', (a) => a.deposit(1), { expected: 1 })).resolves.toMatchObject({
      revision: 2,
    });
  });

  it('does not refuse a revision that the store has reached since', async () => {
    await elsewhere.update('1', () => deposited(100));

    const update = cached.update('1', (a) => a.deposit(1), { expected: 1 });

    await expect(update).resolves.toMatchObject({ revision: 2 });
  });

  it('finds what others have written, reading only that', async () => {
    await elsewhere.update('1', () => deposited(100));

    const found = await cached.find('1');

    expect(found).toMatchObject({ revision: 1, state: { funds: 100, revision: 1 } });
    expect(store.reads).toBe(1);
  });

  it('knows the commands that others have handled', async () => {
    await elsewhere.update('1', () => deposited(100), { commandId: 'c-1' });

    const again = await cached.update('1', (a) => a.deposit(100), { commandId: 'c-1' });

    expect(again).toMatchObject({ repeated: true, revision: 1, state: { funds: 100 } });
  });

  it('forgets a stream that was deleted', async () => {
    await cached.update('1', (a) => a.deposit(5));
    await store.delete(stream);

    await expect(cached.find('1')).resolves.toBeUndefined();
    await expect(cached.update('1', (a) => a.deposit(1))).rejects.toMatchObject({
      code: 'AGGREGATE_NOT_FOUND',
    });
    await cached.create('1', (a) => a.open('Bob'));
    const { state } = await cached.update('1', (a) => a.deposit(7));

    expect(state).toMatchObject({ holder: 'Bob', funds: 7, revision: 3 });
  });

  it('learns that a stream was deleted and written again', async () => {
    await store.delete(stream);
    await elsewhere.create('1', () => [opened('Bob'), deposited(7)]);

    const { state } = await cached.update('1', (a) => a.deposit(1));

    expect(state).toMatchObject({ holder: 'Bob', funds: 8 });
  });

  it('hands out copies: what a caller does with them changes nothing', async () => {
    const first = await cached.update('1', (a) => a.deposit(5, 'gift'));
    const found = await cached.find('1');
    for (const seen of [first.state.seen, found?.state.seen]) (seen as string[]).push('forged');
    await cached
      .update('1', (a) => {
        (a.seen as string[]).push('forged');
        throw new InsufficientFunds();
      })
      .catch(() => undefined);

    const { state } = await cached.update('1', (a) => a.deposit(1, 'more'));

    expect(state.seen).toEqual(['gift', 'more']);
  });

  it('shares nothing with the values in raised events', async () => {
    class Listed extends Event('specs.listed')<{ items: string[] }> {}
    const lists = aggregate('specsLists', { initial: (): string[] => [] }).on(
      Listed,
      (_state, { items }) => items,
    );
    const repository = createRepository(store, lists, { cache });
    const items = ['a'];

    const created = await repository.create('1', () => {
      const event = new Listed({ items });
      return event;
    });
    items.push('b');
    created.state.push('c');

    await expect(repository.find('1')).resolves.toMatchObject({ state: ['a'] });
    await expect(repository.update('1', () => [])).resolves.toMatchObject({ state: ['a'] });
    expect((await eventsOf(store, 'specsLists-1'))[0]?.data).toEqual({ items: ['a'] });
  });

  it('keeps the aggregates that were used last', async () => {
    await cached.create('2', (a) => a.open('Ada'));
    await cached.update('1', (a) => a.deposit(1));
    await cached.create('3', (a) => a.open('Ada'));
    store.reads = 0;

    await cached.update('1', (a) => a.deposit(1));
    await cached.update('3', (a) => a.deposit(1));
    const spared = store.reads;
    await cached.update('2', (a) => a.deposit(1));

    expect([spared, store.reads]).toEqual([0, 1]);
  });

  it('keeps what a change did without an event out of later decisions', async () => {
    @Aggregate('specsAccount')
    class Careless extends Account {
      scratch = 0;
      careless(): number {
        this.scratch += 1;
        this.deposit(1);
        return this.scratch;
      }
    }
    const repository = createRepository(store, Careless, { cache });
    const seen: number[] = [];

    for (let n = 0; n < 3; n += 1)
      await repository.update('1', (a) => {
        seen.push(a.careless());
      });

    expect(seen).toEqual([1, 1, 1]);
  });

  it('serves many updates at a time', async () => {
    const repository = createRepository(store, Account, { cache, conflictRetries: 1_000 });

    await Promise.all(
      Array.from({ length: 30 }, async (_each, n) => {
        await repository.update('1', (a) => a.deposit(1));
        if (n % 3 === 0) await repository.find('1');
      }),
    );

    const found = await repository.find('1');
    expect(found?.state).toMatchObject({ funds: 30, revision: 30 });
    await expect(elsewhere.find('1')).resolves.toMatchObject({ state: { balance: 30 } });
  });

  it('works with private methods, which a class keeps', async () => {
    @Aggregate('specsAccount')
    class Neat extends Account {
      double(): void {
        this.deposit(this.#twice(this.funds));
      }
      #twice(value: number): number {
        return value * 2 + 1;
      }
    }
    const repository = createRepository(store, Neat, { cache });

    await repository.update('1', (a) => a.double());
    const { state } = await repository.update('1', (a) => a.double());

    expect(state.funds).toBe(4);
  });

  it('is refused for a class whose state is #private', async () => {
    @Aggregate('specsHidden')
    class Hidden extends AggregateRoot {
      #owner = '';
      open(owner: string): void {
        if (this.#owner === '') this.apply(opened(owner));
      }
      @On(AccountOpened) protected onOpened({ owner }: AccountOpened): void {
        this.#owner = owner;
      }
    }
    const repository = createRepository(store, Hidden, { cache });

    const create = () => repository.create('1', (a) => a.open('Ada'));

    await expect(create()).rejects.toThrow(/#private/);
    await expect(create()).rejects.toThrow(/#private/);
    await expect(eventsOf(store, 'specsHidden-1')).resolves.toEqual([]);
  });

  it.each([0, 1.5, -1])('does not hold %p aggregates', (maxAggregates) => {
    expect(() => createRepository(store, account, { cache: { maxAggregates } })).toThrow(TypeError);
  });
});
