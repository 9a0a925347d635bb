import { type ReadModel, ReadModelBehindError, StoreUnavailableError } from '@everfold/core';
import { begun, stillWaits, unbegun } from './begun.js';
import { type Account, account } from './events.js';
import { tokenAt } from './written-model.js';

describe('The generation that is read', () => {
  it('is the one in use at each call', async () => {
    const { written, model } = await begun();
    await written.put({ id: 'a', document: account('old') });
    await written.begin({ generation: 2, serving: 2 });
    await written.put({ id: 'a', document: account('new') });

    expect(await model.get('a')).toEqual(account('new'));
    await written.serve(1);
    expect(await model.get('a')).toEqual(account('old'));
  });

  it.each([
    ['get', (model: ReadModel<Account>) => model.get('a')],
    ['getMany', async (model: ReadModel<Account>) => (await model.getMany(['a', 'b'])).get('a')],
    ['find', async (model: ReadModel<Account>) => (await model.find({})).items[0]],
  ] as const)(
    'is read anew by %s when it was replaced and dropped meanwhile',
    async (name, read) => {
      const { store, written, model } = await begun();
      await written.put({ id: 'a', document: account('old') });
      store.before(name === 'find' ? 'findDocuments' : 'loadDocuments', async () => {
        await written.begin({ generation: 2, serving: 2 });
        await written.put({ id: 'a', document: account('new') });
        await store.dropCollection(written.consumer(1));
      });

      expect(await read(model)).toEqual(account('new'));
    },
  );

  it('is read anew when reading a dropped one fails', async () => {
    const { store, written, model } = await begun();
    store.before('loadDocuments', async () => {
      await written.begin({ generation: 2, serving: 2 });
      await written.put({ id: 'a', document: account('new') });
      throw new Error('no such collection');
    });

    expect(await model.get('a')).toEqual(account('new'));
  });

  it('passes failures of the store on while it is in use', async () => {
    const { store, model } = await begun();
    store.before('loadDocuments', () => Promise.reject(new StoreUnavailableError('cut')));

    await expect(model.get('a')).rejects.toThrow(StoreUnavailableError);
  });

  it('is waited for until it has been complete once', async () => {
    const { store, written, model } = unbegun();
    const read = model.get('a');
    expect(await stillWaits(read, store)).toBe(true);
    await written.begin({ ready: false });
    await written.put({ id: 'a', document: account('Ada') });
    expect(await stillWaits(read, store)).toBe(true);

    await written.complete(1);

    expect(await read).toEqual(account('Ada'));
  });

  it('is said to be still in the making when that takes too long', async () => {
    const { model } = unbegun();

    const error = await model.find({}, { timeoutMs: 30 }).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ReadModelBehindError);
    expect(error).toMatchObject({
      readModel: 'accounts',
      after: undefined,
      timeoutMs: 30,
      reason: 'version 1 was never begun',
    });
  });

  it('may change while a read waits', async () => {
    const { store, written, model } = await begun();
    const read = model.get('a', { after: tokenAt(5) });
    expect(await stillWaits(read, store)).toBe(true);

    await written.begin({ generation: 2, serving: 2 });
    await written.put({ id: 'a', document: account('new') });
    await written.reach(5);

    expect(await read).toEqual(account('new'));
  });

  it('is looked at when it comes into use while a read waits, however far its segments are', async () => {
    const { store, written, model } = await begun();
    const read = model.get('a', { after: tokenAt(5), timeoutMs: 60_000 });
    expect(await stillWaits(read, store)).toBe(true);

    await written.begin({ generation: 2, serving: 1 });
    written.serving = 2;
    await written.put({ id: 'a', document: account('new'), at: 5 });
    await written.serve(2);

    expect(await read).toEqual(account('new'));
  });
});
