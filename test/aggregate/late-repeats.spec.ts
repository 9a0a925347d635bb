import { randomUUID } from 'node:crypto';
import type { EventStore, NewEvent, NonEmpty } from '@everfold/core';
import { CommandIdReusedError, createRepository, newEventId, withContext } from '@everfold/core';
import { MemorySnapshotStore } from '@everfold/memory';
import { account, deposited } from './account.js';
import { never, openedAccount } from './opened-account.js';
import { restarted } from './restarted.js';
import { stores } from './stores.js';
import { tapped } from './tapped-store.js';

describe.each(stores)('A command that was handled long ago on %s', (_, open) => {
  const at = openedAccount(open);

  /** Has so many other commands come and settle. */
  async function settle(count: number): Promise<void> {
    const events = Array.from({ length: count }, () => ({
      id: newEventId(),
      type: 'everfold.command-settled',
      version: 1,
      data: {},
      metadata: { correlationId: 'c', commandId: randomUUID(), commandIndex: 0 },
    }));
    await at.untapped.append(at.stream, events as unknown as NonEmpty<NewEvent>);
  }

  const remembered = 1_024;
  let issuedAt: Awaited<ReturnType<EventStore['head']>>;
  beforeEach(async () => {
    issuedAt = await at.untapped.head();
    const change = () => [deposited(2), deposited(3)];
    await at.accounts.update('1', change, { commandId: 'old', commandHash: 'aa' });
    await settle(remembered - 1);
  });

  const forget = () => settle(1);

  it('is executed once when two late repeats of a new command scan the stream at the same time, with a cache', async () => {
    await forget();
    const cached = createRepository(at.store, account, { cache: { maxAggregates: 10 } });
    await cached.update('1', () => deposited(0));
    const late = () =>
      withContext({ commandId: 'late', issuedAt }, () => cached.update('1', () => deposited(7)));

    const results = await Promise.all([late(), late(), late()]);

    expect(results.map(({ repeated }) => repeated).toSorted()).toEqual([false, true, true]);
    const marked = (await at.stored()).filter(({ metadata }) => metadata.commandId === 'late');
    expect(marked).toHaveLength(1);
  });

  it('is remembered for 1,024 commands', async () => {
    const snapshots = { store: new MemorySnapshotStore(), every: 1 };
    await createRepository(at.store, account, { snapshots }).update('1', () => deposited(0));

    for (const options of [{}, { snapshots }]) {
      const again = createRepository(at.store, account, options);
      await expect(again.update('1', never, { commandId: 'old' })).resolves.toMatchObject({
        repeated: true,
        state: { balance: 5 },
      });
    }
  });

  it('acts again when it is forgotten and does not say when it was issued', async () => {
    await forget();

    const again = await at.accounts.update('1', () => deposited(5), { commandId: 'old' });

    expect(again.repeated).toBe(false);
  });

  it('is found in the stream when it says when it was issued', async () => {
    await forget();

    for (const repository of await restarted(at.store)) {
      const again = await withContext({ commandId: 'old', commandHash: 'aa', issuedAt }, () =>
        repository.update('1', never),
      );
      expect(again).toMatchObject({
        repeated: true,
        revision: 2,
        events: 2,
        state: { balance: 5 },
      });
      const reused = withContext({ commandId: 'old', commandHash: 'bb', issuedAt }, () =>
        repository.update('1', never),
      );
      await expect(reused).rejects.toThrow(CommandIdReusedError);
    }
  });

  it('is looked for no further back than where it was issued', async () => {
    await settle(2);
    const later = (await at.stored())[3]?.position;
    const scanned: number[] = [];
    const reading = tapped(at.untapped);
    const { read } = reading;
    reading.read = (name, options) => {
      if (options?.direction !== 'backwards') return read(name, options);
      const events = read(name, options);
      return {
        batches: () => events.batches(),
        async *[Symbol.asyncIterator]() {
          for await (const event of events) {
            scanned.push(event.revision);
            yield event;
          }
        },
      };
    };

    const again = await withContext({ commandId: 'old', issuedAt: later }, () =>
      createRepository(reading, account).update('1', () => deposited(5)),
    );

    expect(again.repeated).toBe(false);
    expect(Math.min(...scanned)).toBe(3);
  });

  it('costs no scan when it was issued within what is remembered', async () => {
    const now = (await at.stored()).at(-1)?.position;
    const before = at.store.reads;

    await withContext({ commandId: 'fresh', issuedAt: now }, () =>
      at.accounts.update('1', () => deposited(5)),
    );

    expect(at.store.reads - before).toBe(1);
  });

  it('costs no scan while nothing has been forgotten', async () => {
    const before = at.store.reads;

    await withContext({ commandId: 'fresh', issuedAt }, () =>
      at.accounts.update('1', () => deposited(5)),
    );

    expect(at.store.reads - before).toBe(1);
  });
});
