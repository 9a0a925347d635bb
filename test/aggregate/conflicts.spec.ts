import type { AggregateRepository } from '@everfold/core';
import {
  AppendOutcomeUnknownError,
  ConcurrencyError,
  createRepository,
  StoreUnavailableError,
} from '@everfold/core';
import { Account, account, deposited, opened } from './account.js';
import type { OpenedStore } from './stores.js';
import { eventsOf, stores } from './stores.js';
import type { TappedStore } from './tapped-store.js';
import { tapped } from './tapped-store.js';

const stream = 'specsAccount-1';

describe.each(stores)('Writers that meet on %s', (_, open) => {
  let opening: OpenedStore;
  let store: TappedStore;
  let others: AggregateRepository<typeof account>;
  const deposit = () => others.update('1', () => deposited(100));
  beforeEach(async () => {
    opening = await open();
    store = tapped(opening.store);
    others = createRepository(opening.store, account);
    await others.create('1', () => opened());
  });
  afterEach(() => opening.close());

  it('decide again on what the other has written', async () => {
    const accounts = createRepository(store, Account);
    const seen: number[] = [];
    store.beforeAppend = async (nth) => {
      if (nth === 0) await deposit();
    };

    const { state, revision } = await accounts.update('1', async (a) => {
      seen.push(a.funds);
      await Promise.resolve();
      a.deposit(1);
    });

    expect(seen).toEqual([0, 100]);
    expect(state.funds).toBe(101);
    expect(revision).toBe(2);
  });

  it.each([
    [undefined, 4],
    [0, 1],
    [1, 2],
  ])('give up after the retries (conflictRetries %p)', async (conflictRetries, attempts) => {
    const accounts = createRepository(store, account, { conflictRetries });
    store.beforeAppend = async () => {
      await deposit();
    };

    const update = accounts.update('1', () => deposited(1));

    await expect(update).rejects.toThrow(ConcurrencyError);
    await expect(update).rejects.toMatchObject({ code: 'CONCURRENCY', stream, attempts });
    expect(store.appends).toHaveLength(attempts);
    await expect(eventsOf(store, stream)).resolves.toHaveLength(1 + attempts);
  });

  it('store exactly what they were told is stored', async () => {
    const accounts = createRepository(store, account);

    const racing = await Promise.allSettled(
      Array.from({ length: 20 }, () => accounts.update('1', () => deposited(1))),
    );

    const won = racing.filter(({ status }) => status === 'fulfilled').length;
    const found = await accounts.find('1');
    expect(won).toBeGreaterThan(0);
    expect(found?.state.balance).toBe(won);
    await expect(eventsOf(store, stream)).resolves.toHaveLength(1 + won);
  });

  it('all get through when they may retry long enough', async () => {
    const accounts = createRepository(store, account, { conflictRetries: 1_000 });

    await Promise.all(Array.from({ length: 20 }, () => accounts.update('1', () => deposited(1))));

    await expect(accounts.find('1')).resolves.toMatchObject({ state: { balance: 20 } });
  });

  it('write once when the answer to a written append is lost', async () => {
    const accounts = createRepository(store, account);
    store.afterAppend = (nth) => {
      if (nth === 0) throw new AppendOutcomeUnknownError(stream);
    };

    const { revision, state, repeated } = await accounts.update('1', () => deposited(5));

    expect({ revision, repeated, balance: state.balance }).toEqual({
      revision: 1,
      repeated: false,
      balance: 5,
    });
    expect(store.appends).toHaveLength(2);
    expect(store.appends[1]).toEqual(store.appends[0]);
    await expect(eventsOf(store, stream)).resolves.toHaveLength(2);
  });

  it('write when the append that was lost had not been written', async () => {
    const accounts = createRepository(store, account);
    store.beforeAppend = (nth) => {
      if (nth < 2) throw new AppendOutcomeUnknownError(stream);
    };

    await accounts.update('1', () => deposited(5));

    expect(new Set(store.appends.map(({ ids }) => ids.join()))).toHaveProperty('size', 1);
    await expect(eventsOf(store, stream)).resolves.toHaveLength(2);
  });

  it('decide again when a lost append was overtaken', async () => {
    const accounts = createRepository(store, account);
    store.beforeAppend = async (nth) => {
      if (nth > 0) return;
      await deposit();
      throw new AppendOutcomeUnknownError(stream);
    };

    const { state } = await accounts.update('1', ({ balance }) => deposited(balance + 1));

    expect(state.balance).toBe(201);
    await expect(eventsOf(store, stream)).resolves.toHaveLength(3);
  });

  it('pass an unknown outcome on when it stays unknown', async () => {
    const accounts = createRepository(store, account, { outcomeRepeats: 2 });
    store.beforeAppend = () => {
      throw new AppendOutcomeUnknownError(stream);
    };

    const update = accounts.update('1', () => deposited(5));

    await expect(update).rejects.toThrow(AppendOutcomeUnknownError);
    expect(store.appends).toHaveLength(3);
  });

  it('do not repeat an append that was refused for another reason', async () => {
    const accounts = createRepository(store, account);
    store.beforeAppend = () => {
      throw new StoreUnavailableError('The disk is full.');
    };

    const update = accounts.update('1', () => deposited(5));

    await expect(update).rejects.toThrow(StoreUnavailableError);
    expect(store.appends).toHaveLength(1);
  });
});
