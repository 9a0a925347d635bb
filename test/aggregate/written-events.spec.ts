import type { AggregateRepository } from '@everfold/core';
import { aggregate, createRepository, Event, newEventId, withContext } from '@everfold/core';
import { account, deposited, opened } from './account.js';
import type { OpenedStore } from './stores.js';
import { eventsOf, stores } from './stores.js';

const stream = 'specsAccount-1';

describe.each(stores)('What a repository writes to %s', (_, open) => {
  let opening: OpenedStore;
  let store: OpenedStore['store'];
  let accounts: AggregateRepository<typeof account>;
  beforeEach(async () => {
    opening = await open();
    store = opening.store;
    accounts = createRepository(store, account);
  });
  afterEach(() => opening.close());

  it('counts on where a deleted stream stood, and is updated twice', async () => {
    class Marked extends Event('specs.marked') {}
    const marks = aggregate('specsMarks', { initial: (): readonly number[] => [] }).on(
      Marked,
      (seen, _event, { revision }) => [...seen, revision],
    );
    const repository = createRepository(store, marks);
    await repository.create('1', () => [new Marked(), new Marked()]);
    await store.delete('specsMarks-1');

    const gone = await repository.find('1');
    const created = await repository.create('1', () => [new Marked(), new Marked()]);
    await repository.update('1', () => new Marked());
    const updated = await repository.update('1', () => new Marked());

    expect(gone).toBeUndefined();
    expect(created).toMatchObject({ revision: 3, state: [2, 3] });
    expect(updated).toMatchObject({ revision: 5, state: [2, 3, 4, 5] });
    await expect(repository.find('1')).resolves.toMatchObject({ state: [2, 3, 4, 5] });
  });

  it('writes who and what led to an event into its metadata', async () => {
    const context = {
      correlationId: 'request-1',
      causationId: 'message-1',
      actor: 'ada',
      tenant: 'north',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    };

    await withContext(context, () => accounts.create('1', () => [opened(), deposited(1)]));

    const [first, second] = await eventsOf(store, stream);
    expect(first?.metadata).toEqual({ ...context, begins: true });
    expect(second?.metadata).toEqual(context);
  });

  it('gives the events of one update a correlation of their own when there is none', async () => {
    await accounts.create('1', () => [opened(), deposited(1)]);
    await accounts.update('1', () => deposited(2));

    const [first, second, third] = (await eventsOf(store, stream)).map(
      ({ metadata }) => metadata.correlationId,
    );
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });

  it('takes event ids from the generator it is given, UUIDs of version 7 by default', async () => {
    const ids = [newEventId(), newEventId()];
    const next = ids.values();
    const numbered = createRepository(store, account, {
      newEventId: () => next.next().value ?? '',
    });

    await numbered.create('1', () => [opened(), deposited(1)]);
    await accounts.update('1', () => deposited(1));

    const stored = (await eventsOf(store, stream)).map(({ id }) => id);
    expect(stored.slice(0, 2)).toEqual(ids);
    expect(stored[2]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });

  it('tells a fold where its event stands, before the append as after it', async () => {
    class Noted extends Event('specs.noted') {}
    interface Note {
      readonly eventId: string;
      readonly stream: string;
      readonly aggregateId: string;
      readonly revision: number;
      readonly by: string | undefined;
    }
    const notes = aggregate('specsNotes', { initial: (): readonly Note[] => [] }).on(
      Noted,
      (seen, _event, { eventId, stream: name, aggregateId, revision, metadata }) => [
        ...seen,
        { eventId, stream: name, aggregateId, revision, by: metadata.actor },
      ],
    );
    const repository = createRepository(store, notes);

    const { state } = await withContext({ actor: 'ada' }, () =>
      repository.create('a-1', () => [new Noted(), new Noted()]),
    );

    const [, second] = await eventsOf(store, 'specsNotes-a-1');
    expect(state[1]).toEqual({
      eventId: second?.id,
      stream: 'specsNotes-a-1',
      aggregateId: 'a-1',
      revision: 1,
      by: 'ada',
    });
    await expect(repository.find('a-1')).resolves.toMatchObject({ state });
  });
});
