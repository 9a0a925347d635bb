import { deferredReadModel, type ReadModel, ReadSession } from '@everfold/core';
import { begun } from './begun.js';
import { type Account, account } from './events.js';
import { tokenAt } from './written-model.js';

describe('A deferred read model', () => {
  it('reads what it stands for as soon as that is there, sessions too', async () => {
    const { written, model } = await begun();
    await written.put({ id: 'a', document: account('Ada') });
    await written.reach(4);
    let target: ReadModel<Account> | undefined;
    const deferred = deferredReadModel<Account>(() => {
      if (target === undefined) throw new Error('not yet');
      return target;
    });
    const session = new ReadSession();
    const its = session.of(deferred);
    for (const read of [deferred.get('a'), deferred.find({}), its.get('a'), its.getMany(['a'])])
      await expect(read).rejects.toThrow('not yet');

    target = model;

    expect(await deferred.get('a')).toEqual(account('Ada'));
    expect((await deferred.getMany(['a'])).size).toBe(1);
    expect((await its.find({})).items).toEqual([account('Ada')]);
    expect(session.token).toBe(tokenAt(4));
  });
});
