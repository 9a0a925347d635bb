import { type ReadModelStore, StoreUnavailableError } from '@everfold/core';
import { jest } from '@jest/globals';
import { until } from '../embedded/patience.js';
import { keeping, Stage } from './fixture.js';

interface Segment {
  readonly stopped?: object;
}

/** A store that cannot be reached by whoever says that a segment has stopped, for as long as a test wants. */
function deaf(store: ReadModelStore, heard: { isDeaf: boolean; refused: number; looks: number }) {
  return new Proxy(store, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      return async (...given: readonly unknown[]) => {
        if (name === 'listRecords') heard.looks += 1;
        const [, value] = given;
        const isNote = name === 'writeRecord' && (value as Segment | undefined)?.stopped;
        if (isNote && heard.isDeaf) {
          heard.refused += 1;
          throw new StoreUnavailableError('not just now');
        }
        return (await Reflect.apply(found, target, given)) as unknown;
      };
    },
  });
}

describe('That a reactor has stopped', () => {
  afterEach(() => jest.restoreAllMocks());

  it('is not said any more when it went on before that could be written', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.99);
    const stage = new Stage();
    const heard = { isDeaf: true, refused: 0, looks: 0 };
    let isBroken: boolean = true;
    const { definition, texts } = keeping('notes', { maxAttempts: 1, segments: 1 }, () => {
      if (isBroken) throw new Error('not yet');
    });
    await stage.note('a', '1');
    const readModels = deaf(stage.readModels, heard);

    const retry = { baseMs: 200, maxMs: 200 };
    const consumers = await stage.run(definition, { readModels, retry });
    await until('it could not be said', () => heard.refused > 0);
    isBroken = false;
    await stage.hold('notes', false);
    await until('it was handled', () => texts().length === 2);
    heard.isDeaf = false;
    const looks = heard.looks;
    await until('whoever waits to say it would have', () => heard.looks > looks + 100);

    const [segment] = await stage.readModels.listRecords('segments/notes/');
    expect(segment?.value as Segment).not.toHaveProperty('stopped');
    await consumers.caughtUp();
    await stage.end();
  });
});
