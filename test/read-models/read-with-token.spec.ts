import { setImmediate } from 'node:timers/promises';
import {
  DocumentParkedError,
  ForeignPositionError,
  ReadModelBehindError,
  StoreUnavailableError,
} from '@everfold/core';
import { begun, looked, stillWaits } from './begun.js';
import { account } from './events.js';
import { at, LOG, OTHER_LOG, tokenAt } from './written-model.js';

describe('A read with a token', () => {
  it('reads at once what is there', async () => {
    const { written, model } = await begun();
    await written.put({ id: 'a', document: account('Ada') });
    await written.reach(5);

    expect(await model.get('a', { after: tokenAt(5), timeoutMs: 0 })).toEqual(account('Ada'));
    expect((await model.find({}, { after: tokenAt(4), timeoutMs: 0 })).items).toHaveLength(1);
  });

  it('waits until the checkpoint is as far, and reads what was written with it', async () => {
    const { store, written, model } = await begun();
    await written.reach(4);
    const reads = [
      model.get('a', { after: tokenAt(5) }),
      model.getMany(['a'], { after: tokenAt(5) }).then((found) => found.get('a')),
      model.find({}, { after: tokenAt(5) }).then(({ items }) => items[0]),
    ];
    for (const read of reads) expect(await stillWaits(read, store)).toBe(true);

    await written.put({ id: 'a', document: account('Ada'), at: 3 });
    await written.reach(6);

    expect(await Promise.all(reads)).toEqual(Array(3).fill(account('Ada')));
  });

  it('asks for the segments of its documents alone, where it names them', async () => {
    // Of eight segments, '1' is in the last one, 'foobar' in the fifth.
    const { written, model } = await begun({ segments: 8 });
    await written.reach(5, [7]);
    const after = tokenAt(5);

    expect(await model.get('1', { after, timeoutMs: 0 })).toBeUndefined();
    for (const read of [
      model.get('foobar', { after, timeoutMs: 5 }),
      model.getMany(['1', 'foobar'], { after, timeoutMs: 5 }),
      model.find({}, { after, timeoutMs: 5 }),
    ])
      await expect(read).rejects.toThrow(ReadModelBehindError);
    await written.reach(5, [4]);
    expect((await model.getMany(['1', 'foobar'], { after, timeoutMs: 0 })).size).toBe(0);
    await expect(model.find({}, { after, timeoutMs: 5 })).rejects.toThrow(ReadModelBehindError);
  });

  it.each([
    ['document', account('Ada')],
    ['removed document', undefined],
  ])('is satisfied by a %s that has itself come so far', async (_, document) => {
    const { written, model } = await begun({ commit: 'guarded' });
    await written.reach(4);
    await written.put({ id: 'a', document, at: 5 });

    expect(await model.get('a', { after: tokenAt(5), timeoutMs: 0 })).toEqual(document);
    await expect(model.get('a', { after: tokenAt(6), timeoutMs: 0 })).rejects.toThrow(
      ReadModelBehindError,
    );
  });

  it('ends with an error that names read model, position and time when it takes too long', async () => {
    const { written, model } = await begun();
    await written.reach(4);

    const error = await model.get('a', { after: tokenAt(5), timeoutMs: 20 }).catch((it) => it);

    expect(error).toBeInstanceOf(ReadModelBehindError);
    expect(error).toMatchObject({
      readModel: 'accounts',
      after: at(5),
      timeoutMs: 20,
      reason: undefined,
    });
  });

  it('says that the segment is stopped, where it is', async () => {
    const { written, model } = await begun({ segments: 2 });
    const stopped = {
      eventType: 'paid',
      eventId: 'e-1',
      error: 'boom',
      at: '2026-01-01T00:00:00Z',
    };
    await written.segment(1, { stopped });

    await expect(model.find({}, { after: tokenAt(5), timeoutMs: 5 })).rejects.toMatchObject({
      reason: "segment 1 is stopped at 'paid' e-1: boom",
    });
  });

  it('says that the read model is paused, where it is', async () => {
    const { written, model } = await begun();
    await written.pause();

    await expect(model.get('a', { after: tokenAt(5), timeoutMs: 5 })).rejects.toMatchObject({
      reason: "'accounts' is paused",
    });
  });

  it('refuses tokens of another log, and what is no token', async () => {
    const { model } = await begun();

    await expect(model.get('a', { after: tokenAt(5, OTHER_LOG) })).rejects.toMatchObject({
      code: ForeignPositionError.code,
      found: OTHER_LOG,
      own: LOG,
    });
    await expect(model.find({}, { after: 'token' as never })).rejects.toThrow(TypeError);
    await expect(model.get('a', { timeoutMs: -1 })).rejects.toThrow(TypeError);
  });

  it('does not wait for a document whose events are parked', async () => {
    const { written, model } = await begun();
    await written.put({ id: 'a', document: account('Ada'), at: 2, parkedSince: 4 });
    await written.reach(9);

    const error = await model.get('a', { after: tokenAt(4) }).catch((it) => it);
    expect(error).toBeInstanceOf(DocumentParkedError);
    expect(error).toMatchObject({ readModel: 'accounts', documentId: 'a', parkedSince: at(4) });
    await expect(model.getMany(['b', 'a'], { after: tokenAt(8) })).rejects.toThrow(
      DocumentParkedError,
    );
  });

  it('reads a parked document that has what is asked for', async () => {
    const { written, model } = await begun();
    await written.put({ id: 'a', document: account('Ada'), at: 2, parkedSince: 4 });
    await written.reach(9);

    expect(await model.get('a', { after: tokenAt(3) })).toEqual(account('Ada'));
    expect(await model.get('a')).toEqual(account('Ada'));
  });

  it('ends with the reason of its signal', async () => {
    const { store, model } = await begun();
    const controller = new AbortController();
    const read = model.get('a', { after: tokenAt(5), signal: controller.signal });
    expect(await stillWaits(read, store)).toBe(true);

    controller.abort(new Error('enough'));

    await expect(read).rejects.toThrow('enough');
    await expect(model.get('a', { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('ends when the store fails while it waits', async () => {
    const { store, model } = await begun();
    const read = model.get('a', { after: tokenAt(5) });

    await Promise.all([
      expect(read).rejects.toThrow(StoreUnavailableError),
      store[Symbol.asyncDispose](),
    ]);
  });

  it('shares its looks with all who wait', async () => {
    const { store, written, model } = await begun({ segments: 8 });
    await written.reach(4);
    const after = tokenAt(5);
    const reads = Array.from({ length: 500 }, (_, n) => model.get(`a${n}`, { after }));
    while (store.calls.loadDocuments < reads.length) await setImmediate();
    await looked(store, 4);
    const before = { ...store.calls };

    await looked(store, 10);

    // A look is one record, one list of segments, and no document.
    expect(store.calls.listRecords - before.listRecords).toBeGreaterThanOrEqual(9);
    expect(store.calls.loadDocuments).toBe(before.loadDocuments);
    await written.reach(5);
    expect(await Promise.all(reads)).toHaveLength(500);
  });

  it('goes on soon after what it waits for was written, however long it has waited', async () => {
    const { store, written, model } = await begun();
    const delays: number[] = [];

    for (let place = 1; place <= 9; place += 1) {
      const read = model.get('a', { after: tokenAt(place) });
      await looked(store, place);
      await written.reach(place);
      const since = performance.now();
      await read;
      delays.push(performance.now() - since);
    }

    expect(delays.sort((a, b) => a - b)[4]).toBeLessThan(50);
  });
});
