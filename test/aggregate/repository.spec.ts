import type { AggregateRepository } from '@everfold/core';
import {
  AggregateExistsError,
  AggregateNotFoundError,
  createRepository,
  readToken,
  WrongExpectedRevisionError,
} from '@everfold/core';
import { Account, account, deposited, InsufficientFunds, opened } from './account.js';
import type { OpenedStore } from './stores.js';
import { eventsOf, stores } from './stores.js';
import type { TappedStore } from './tapped-store.js';
import { tapped } from './tapped-store.js';

const stream = 'specsAccount-1';

describe.each(stores)('A repository on %s', (_, open) => {
  let opening: OpenedStore;
  let store: TappedStore;
  let accounts: AggregateRepository<typeof account>;
  let classes: AggregateRepository<Account>;
  beforeEach(async () => {
    opening = await open();
    store = tapped(opening.store);
    accounts = createRepository(store, account);
    classes = createRepository(store, Account);
  });
  afterEach(() => opening.close());

  it('creates, updates and finds a fold', async () => {
    const created = await accounts.create('1', () => opened());
    const updated = await accounts.update('1', () => [deposited(5), deposited(7)]);
    const found = await accounts.find('1');

    expect(created).toMatchObject({ revision: 0, events: 1, repeated: false });
    expect(updated).toMatchObject({
      revision: 2,
      events: 2,
      state: { balance: 12, status: 'open' },
    });
    expect(found).toEqual({ state: updated.state, revision: 2, token: updated.token });
  });

  it('creates, updates and finds a class', async () => {
    await classes.create('1', (a) => a.open('Ada'));
    const updated = await classes.update('1', (a) => {
      a.deposit(5);
      a.withdraw(2);
    });
    const found = await classes.find('1');

    expect(updated.state.funds).toBe(3);
    expect(found?.state).toBeInstanceOf(Account);
    expect(found?.state).toMatchObject({ id: '1', revision: 2, funds: 3 });
    expect(readToken(updated.token)).toEqual({
      identity: await store.identity(),
      position: updated.position,
    });
  });

  it('reads with one form what the other has written', async () => {
    await accounts.create('1', () => [opened(), deposited(5, 'gift')]);

    const found = await classes.find('1');

    expect(found?.state).toMatchObject({ funds: 5, seen: ['gift'] });
  });

  it('finds nothing, and updates nothing, where nothing is', async () => {
    const update = accounts.update('1', () => deposited(1));

    await expect(update).rejects.toThrow(AggregateNotFoundError);
    await expect(update).rejects.toMatchObject({ code: 'AGGREGATE_NOT_FOUND', id: '1' });
    await expect(accounts.find('1')).resolves.toBeUndefined();
    expect(store.appends).toEqual([]);
  });

  it('creates once', async () => {
    await accounts.create('1', () => opened());
    let decided = false;

    const again = accounts.create('1', () => {
      decided = true;
      return opened();
    });

    await expect(again).rejects.toThrow(AggregateExistsError);
    expect(decided).toBe(false);
    await expect(eventsOf(store, stream)).resolves.toHaveLength(1);
  });

  it('lets one of many creators win', async () => {
    const racing = await Promise.allSettled(
      Array.from({ length: 20 }, (_each, n) => accounts.create('1', () => opened(`${n}`))),
    );

    const lost = racing.filter((each) => each.status === 'rejected');
    expect(lost).toHaveLength(19);
    for (const { reason } of lost) expect(reason).toBeInstanceOf(AggregateExistsError);
    await expect(eventsOf(store, stream)).resolves.toHaveLength(1);
  });

  it('refuses to create an aggregate without an event', async () => {
    const create = accounts.create('1', () => []);

    await expect(create).rejects.toThrow(TypeError);
    expect(store.appends).toEqual([]);
  });

  it('answers an update that raises nothing with the last event there is', async () => {
    const last = await accounts.create('1', () => [opened(), deposited(5)]);

    const { state, ...nothing } = await accounts.update('1', () => []);

    expect(nothing).toEqual({
      revision: 1,
      position: last.position,
      token: last.token,
      events: 0,
      repeated: false,
    });
    expect(state).toEqual(last.state);
    expect(store.appends).toHaveLength(1);
  });

  it('awaits an asynchronous change', async () => {
    await classes.create('1', (a) => a.open('Ada'));

    const { state } = await classes.update('1', async (a) => {
      await Promise.resolve();
      a.deposit(5);
    });

    expect(state.funds).toBe(5);
  });

  it('writes nothing when the change throws', async () => {
    await classes.create('1', (a) => a.open('Ada'));

    const update = classes.update('1', (a) => {
      a.deposit(5);
      a.withdraw(6);
    });

    await expect(update).rejects.toThrow(InsufficientFunds);
    await expect(eventsOf(store, stream)).resolves.toHaveLength(1);
  });

  it('refuses to apply events outside of a change', async () => {
    const { state } = await classes.create('1', (a) => a.open('Ada'));
    const found = await classes.find('1');
    let failed: Account | undefined;
    await classes
      .update('1', async (a) => {
        failed = a;
        a.deposit(1);
        throw new InsufficientFunds();
      })
      .catch(() => undefined);

    expect(() => state.deposit(1)).toThrow(TypeError);
    expect(() => found?.state.deposit(1)).toThrow(TypeError);
    expect(() => failed?.deposit(1)).toThrow(TypeError);
    expect(() => new Account().deposit(1)).toThrow(TypeError);
    await expect(eventsOf(store, stream)).resolves.toHaveLength(1);
  });

  it('refuses what a change applies after it has ended', async () => {
    let goOn: (() => void) | undefined;
    let later: Promise<unknown> | undefined;

    await classes.create('1', (a) => {
      a.open('Ada');
      later = new Promise<void>((resolve) => {
        goOn = resolve;
      }).then(() => a.deposit(5));
    });
    goOn?.();

    await expect(later).rejects.toThrow(TypeError);
    await expect(eventsOf(store, stream)).resolves.toHaveLength(1);
  });

  it('compares the revision that the caller expects before it decides', async () => {
    await accounts.create('1', () => [opened(), deposited(5)]);
    let decisions = 0;
    const change = () => {
      decisions += 1;
      return deposited(1);
    };

    const stale = accounts.update('1', change, { expected: 0 });
    const ahead = accounts.update('1', change, { expected: 7 });

    await expect(stale).rejects.toThrow(WrongExpectedRevisionError);
    await expect(stale).rejects.toMatchObject({ expected: 0, actual: 1 });
    await expect(ahead).rejects.toMatchObject({ expected: 7, actual: 1 });
    expect(decisions).toBe(0);
    await expect(accounts.update('1', change, { expected: 1 })).resolves.toMatchObject({
      revision: 2,
    });
    await expect(
      accounts.update('1', change, { expected: 'stream-exists' }),
    ).resolves.toBeDefined();
    await expect(accounts.update('1', change, { expected: 'any' })).resolves.toBeDefined();
    await expect(accounts.update('1', change, { expected: 'no-stream' })).rejects.toMatchObject({
      code: 'WRONG_EXPECTED_REVISION',
    });
  });

  it('does not decide again on a revision that the caller expected', async () => {
    await accounts.create('1', () => opened());
    let decisions = 0;
    store.beforeAppend = async (nth) => {
      if (nth === 1) await accounts.update('1', () => deposited(100));
    };

    const update = accounts.update(
      '1',
      () => {
        decisions += 1;
        return deposited(1);
      },
      { expected: 0 },
    );

    await expect(update).rejects.toMatchObject({
      code: 'WRONG_EXPECTED_REVISION',
      expected: 0,
      actual: 1,
    });
    expect(decisions).toBe(1);
  });

  it('refuses misuse before it reads', async () => {
    await expect(accounts.update('', () => [])).rejects.toThrow(TypeError);
    await expect(accounts.update('1', () => [], { expected: -1 })).rejects.toThrow(TypeError);
    await expect(accounts.update('1', () => [], { commandId: '' })).rejects.toThrow(TypeError);
    expect(store.reads).toBe(0);
  });

  it('gives up before the append when the signal is aborted', async () => {
    await accounts.create('1', () => opened());
    const controller = new AbortController();

    const update = accounts.update(
      '1',
      () => {
        controller.abort(new Error('enough'));
        return deposited(1);
      },
      { signal: controller.signal },
    );

    await expect(update).rejects.toThrow();
    await expect(eventsOf(store, stream)).resolves.toHaveLength(1);
  });
});
