import type { EventStore, Json, NewEvent } from '@everfold/core';
import {
  Aggregate,
  AggregateRoot,
  aggregate,
  createRepository,
  Event,
  EventVersionTooNewError,
  newEventId,
  On,
  UnknownEventTypeError,
  UpcasterMissingError,
  upcasts,
} from '@everfold/core';
import { Account, AccountOpened, AccountReviewed, account, deposited, opened } from './account.js';
import type { OpenedStore } from './stores.js';
import { eventsOf, stores } from './stores.js';

const stream = 'specsAccount-1';

function stored(type: string, data: Json = {}, version = 1): NewEvent {
  return { id: newEventId(), type, version, data, metadata: { correlationId: 'c' } };
}

describe.each(stores)('An aggregate on its own stream on %s', (_, open) => {
  let opening: OpenedStore;
  let store: EventStore;
  beforeEach(async () => {
    opening = await open();
    store = opening.store;
    await createRepository(store, account).create('1', () => opened());
  });
  afterEach(() => opening.close());

  it.each([
    ['fold', account],
    ['class', Account],
  ])('does not decide beside an event type that it does not know (%s)', async (_form, which) => {
    await store.append(stream, [stored('specs.from-the-future')]);
    const accounts = createRepository(store, which as typeof Account);
    let decided = false;

    const update = accounts.update('1', () => {
      decided = true;
    });

    await expect(update).rejects.toThrow(UnknownEventTypeError);
    await expect(update).rejects.toMatchObject({ type: 'specs.from-the-future', revision: 1 });
    await expect(accounts.find('1')).rejects.toThrow(UnknownEventTypeError);
    expect(decided).toBe(false);
  });

  it('passes over the types that a fold ignores', async () => {
    await store.append(stream, [stored('specs.legacy')]);
    const accounts = createRepository(store, account.ignore('specs.legacy'));

    const { state, revision } = await accounts.update('1', () => deposited(1));

    expect({ balance: state.balance, revision }).toEqual({ balance: 1, revision: 2 });
  });

  it('passes over the types that a class ignores', async () => {
    @Aggregate('specsAccount', { ignore: ['specs.legacy'] })
    class Tolerant extends Account {}
    await store.append(stream, [
      stored('specs.legacy'),
      stored('specs.money-paid-in', { amount: 3 }),
    ]);

    const found = await createRepository(store, Tolerant).find('1');

    expect(found?.state).toMatchObject({ funds: 3, revision: 2 });
  });

  it('lets a class raise what its state does not need, and a fold not', async () => {
    const updated = await createRepository(store, Account).update('1', (a) => a.review());
    const strict = aggregate('specsAccount', { initial: () => 0 });
    const update = createRepository(store, strict).create(
      '2',
      (() => new AccountReviewed()) as unknown as () => never,
    );

    expect(updated.revision).toBe(1);
    await expect(createRepository(store, Account).find('1')).resolves.toMatchObject({
      revision: 1,
    });
    await expect(update).rejects.toThrow(TypeError);
  });

  it('does not decide on a version that it does not know, handled or not', async () => {
    await store.append('specsAccount-2', [stored('specs.money-deposited', { amount: 1 }, 3)]);
    await store.append('specsAccount-3', [stored('specs.account-reviewed', {}, 2)]);

    for (const form of [account, Account])
      await expect(createRepository(store, form as typeof Account).find('2')).rejects.toThrow(
        EventVersionTooNewError,
      );
    await expect(createRepository(store, Account).find('3')).rejects.toMatchObject({
      type: 'specs.account-reviewed',
      stored: 2,
      known: 1,
    });
  });

  it('reads events of old versions and old names in their present form', async () => {
    await store.append(stream, [
      stored('specs.money-deposited', { amount: 1 }, 1),
      stored('specs.money-paid-in', { amount: 2 }, 1),
      stored('specs.money-deposited', { amount: 4, reference: 'gift' }, 2),
    ]);

    const fold = await createRepository(store, account).find('1');
    const instance = await createRepository(store, Account).find('1');

    expect(fold?.state).toMatchObject({ balance: 7, references: ['', '', 'gift'] });
    expect(instance?.state).toMatchObject({ funds: 7, seen: ['', '', 'gift'] });
  });

  it('says so when no upcaster leads from a stored version', async () => {
    class Renamed extends Event(
      'specs.renamed',
      upcasts<{ a: number }>().to(({ a }) => ({ b: a })),
    ) {}
    const fold = aggregate('specsVersions', { initial: () => 0 }).on(Renamed, (_s, { b }) => b);
    await store.append('specsVersions-1', [stored('specs.renamed', { a: 5 }, 1)]);

    await expect(createRepository(store, fold).find('1')).resolves.toMatchObject({ state: 5 });
    expect(new UpcasterMissingError('t', 1, 2).code).toBe('UPCASTER_MISSING');
  });

  it("counts the framework's own events as revisions and shows them to no fold", async () => {
    await store.append(stream, [stored('everfold.anything', { x: 1 }), stored('everfold.else')]);

    const fold = await createRepository(store, account).find('1');
    const updated = await createRepository(store, Account).update('1', (a) => a.deposit(1));

    expect(fold).toMatchObject({ revision: 2, state: { status: 'open', balance: 0 } });
    expect(updated).toMatchObject({ revision: 3 });
  });

  it("does not take a stream with nothing but the framework's events for an aggregate", async () => {
    await store.append('specsAccount-9', [stored('everfold.command-settled')]);
    const accounts = createRepository(store, account);

    const found = await accounts.find('9');
    const update = accounts.update('9', () => deposited(1));
    const empty = accounts.create('9', () => []);
    await expect(empty).rejects.toThrow(TypeError);
    await expect(update).rejects.toMatchObject({ code: 'AGGREGATE_NOT_FOUND' });
    const created = await accounts.create('9', () => opened());

    expect(found).toBeUndefined();
    expect(created).toMatchObject({ revision: 1, state: { status: 'open' } });
    await expect(eventsOf(store, 'specsAccount-9')).resolves.toHaveLength(2);
  });

  it('refuses a class whose folds are asynchronous', async () => {
    @Aggregate('specsAsync')
    class Asynchronous extends AggregateRoot {
      open(): void {
        this.apply(opened());
      }
      // @ts-expect-error a fold returns nothing, and no promise either
      @On(AccountOpened) protected async onOpened() {
        await Promise.resolve();
      }
    }

    const create = createRepository(store, Asynchronous).create('1', (a) => a.open());

    await expect(create).rejects.toThrow(/asynchronous/);
    await expect(eventsOf(store, 'specsAsync-1')).resolves.toEqual([]);
  });
});
