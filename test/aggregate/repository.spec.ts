import type { EventStore, RecordedEvent } from '@everfold/core';
import {
  AggregateExistsError,
  AggregateNotFoundError,
  ConcurrencyError,
  createRepository,
  readToken,
  WrongExpectedRevisionError,
} from '@everfold/core';
import { MemoryEventStore } from '@everfold/memory';
import { Account, account, deposited, InsufficientFunds, opened } from './account.js';

const stream = 'specsAccount-1';

async function recorded(store: EventStore): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.read(stream)) events.push(event);
  return events;
}

describe('A repository', () => {
  let store: MemoryEventStore;
  beforeEach(() => {
    store = new MemoryEventStore();
  });

  it('creates, updates and finds a fold', async () => {
    const accounts = createRepository(store, account);

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
    const accounts = createRepository(store, Account);

    await accounts.create('1', (a) => a.open('Ada'));
    const updated = await accounts.update('1', (a) => {
      a.deposit(5);
      a.withdraw(2);
    });
    const found = await accounts.find('1');

    expect(updated.state.funds).toBe(3);
    expect(found?.state).toBeInstanceOf(Account);
    expect(found?.state).toMatchObject({ id: '1', revision: 2, funds: 3 });
    expect(readToken(updated.token)).toEqual({
      identity: await store.identity(),
      position: updated.position,
    });
  });
});
