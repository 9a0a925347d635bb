import { type EventStore, StoreUnavailableError } from '@everfold/core';
import { until } from '../embedded/patience.js';
import { keeping, Stage } from './fixture.js';

/** An event store whose reads of streams fail as often as was said. */
function cut(eventStore: EventStore) {
  const cuts = { left: 0 };
  const store = new Proxy(eventStore, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      if (name !== 'read' || cuts.left === 0) return found.bind(target) as unknown;
      return () => {
        cuts.left -= 1;
        throw new StoreUnavailableError('The connection was cut.');
      };
    },
  });
  return { cuts, store };
}

describe('A retry of parked events while the event store cannot be reached', () => {
  it('goes on when it can, and stops nothing', async () => {
    const stage = new Stage();
    await stage.note('a-1', '1', '2');
    let isBroken: boolean = true;
    const { definition, texts } = keeping('notes', { onFailure: 'park', maxAttempts: 1 }, () => {
      if (isBroken) throw new Error('Broken.');
    });
    const { cuts, store } = cut(stage.eventStore);
    const consumers = await stage.run(definition, { eventStore: store });
    await consumers.caughtUp();
    isBroken = false;
    cuts.left = 3;

    const value = { kind: 'retry', documentId: 'a-1', requestedAt: new Date(0).toISOString() };
    await stage.readModels.writeRecord('requests/notes/1', value, undefined);
    await until('it was answered', async () => {
      return (await stage.readModels.readRecord('requests/notes/1')) === undefined;
    });
    await stage.note('b-1', '3');
    await consumers.caughtUp();

    expect(texts()).toEqual(['1', '1', '2', '3']);
    expect(await stage.readModels.listRecords('parked/')).toEqual([]);
    expect(stage.told('stopped')).toEqual([]);
    expect(stage.told('retrying')).toHaveLength(3);
    expect(await consumers.status()).toMatchObject([{ parked: 0, state: 'running' }]);
    await stage.end();
  });
});
