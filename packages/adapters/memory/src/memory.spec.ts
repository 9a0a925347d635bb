import { isReadModelStore, newEventId, StoreUnavailableError } from '@everfold/core';
import { memory, memoryReadModels } from './memory.js';
import { MemoryEventStore } from './memory-event-store.js';
import { MemorySnapshotStore } from './memory-snapshot-store.js';

const signal = new AbortController().signal;

describe('memory', () => {
  it('opens a new, empty store each time', async () => {
    const factory = memory();
    await using first = await factory.open(signal);
    await first.append('thing-1', [opened()]);

    await using second = await factory.open(signal);

    expect(await second.head()).toBeUndefined();
    expect(await second.identity()).not.toBe(await first.identity());
  });

  it('passes its options on', async () => {
    await using store = await memory({
      clock: { now: () => 86_400_000 },
      maxAppendBytes: 100,
    }).open(signal);

    await store.append('thing-1', [opened()]);

    for await (const { recordedAt } of store.readAll())
      expect(recordedAt).toEqual(new Date('1970-01-02T00:00:00Z'));
    expect(store.capabilities.maxAppendBytes).toBe(100);
    await expect(
      store.append('thing-1', [{ ...opened(), data: 'x'.repeat(100) }]),
    ).rejects.toBeInstanceOf(TypeError);
  });

  it('opens nothing for a signal that was aborted', async () => {
    const reason = new Error('no longer wanted');

    await expect(memory().open(AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('counts positions from 1, in 16 digits', async () => {
    await using store = new MemoryEventStore();

    const { position } = await store.append('thing-1', [opened()]);

    expect(position).toBe('0000000000000001');
  });
});

describe('opening read models in memory', () => {
  it('opens a store of events and read models together', async () => {
    const store = await memory({ commit: 'guarded', maxDocumentBytes: 1_000 }).open(signal);
    await store.writeRecord('k', 1, undefined);

    await store[Symbol.asyncDispose]();

    expect(isReadModelStore(store)).toBe(true);
    expect([store.commit, store.maxDocumentBytes]).toEqual(['guarded', 1_000]);
    await expect(store.head()).rejects.toBeInstanceOf(StoreUnavailableError);
    await expect(store.readRecord('k')).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('opens read models alone, new and empty each time', async () => {
    const factory = memoryReadModels();
    await using first = await factory.open(signal);
    await first.writeRecord('k', 1, undefined);

    await using second = await factory.open(signal);

    expect(await second.readRecord('k')).toBeUndefined();
    expect(second.commit).toBe('atomic');
    expect(isReadModelStore(new MemoryEventStore())).toBe(false);
    await expect(factory.open(AbortSignal.abort('no'))).rejects.toBe('no');
  });
});

describe('MemorySnapshotStore', () => {
  it('lies beside the events of a store', () => {
    expect(new MemoryEventStore().snapshots).toBeInstanceOf(MemorySnapshotStore);
  });

  it('gives back the last snapshot saved for a stream', async () => {
    const snapshots = new MemorySnapshotStore();
    await snapshots.save({ stream: 'thing-1', revision: 1, content: { n: 1 } });
    await snapshots.save({ stream: 'thing-2', revision: 9, content: null });

    await snapshots.save({ stream: 'thing-1', revision: 2, content: { n: 2 } });

    expect(await snapshots.load('thing-1')).toEqual({
      stream: 'thing-1',
      revision: 2,
      content: { n: 2 },
    });
  });

  it('has none where none was saved, or it was removed', async () => {
    const snapshots = new MemorySnapshotStore();
    await snapshots.save({ stream: 'thing-1', revision: 1, content: {} });

    await snapshots.remove('thing-1');
    await snapshots.remove('thing-2');

    expect(await snapshots.load('thing-1')).toBeUndefined();
    expect(await snapshots.load('thing-2')).toBeUndefined();
  });

  it('shares no object with its callers', async () => {
    const snapshots = new MemorySnapshotStore();
    const content = { list: [1] };
    await snapshots.save({ stream: 'thing-1', revision: 1, content });
    const first = await snapshots.load('thing-1');

    content.list.push(2);
    (first?.content as typeof content | undefined)?.list.push(3);

    expect((await snapshots.load('thing-1'))?.content).toEqual({ list: [1] });
  });
});

function opened() {
  return {
    id: newEventId(),
    type: 'thing.opened',
    version: 1,
    data: null,
    metadata: { correlationId: 'c' },
  };
}
