import type { Consumers, ParkedEvent, ReadModelStore } from '@everfold/core';
import { until } from '../embedded/patience.js';
import { keeping, type Reaction, Stage } from './fixture.js';

let stage: Stage;

afterEach(async () => {
  await stage.end();
});

/** Fails with what is said in `broken` for a text, as long as it is there. */
function mendable(...broken: readonly string[]) {
  const left = new Set(broken);
  const act = async ({ text }: Reaction): Promise<void> => {
    await Promise.resolve();
    if (left.has(text)) throw new Error(`cannot handle ${text}`);
  };
  return { act, mend: () => left.clear(), left };
}

const statusOf = async (consumers: Consumers) => (await consumers.status())[0];

/** Records of the framework's own, as they are stored. */
async function records<T>(prefix: string): Promise<readonly T[]> {
  return (await stage.readModels.listRecords(prefix)).map(({ value }) => value as unknown as T);
}

const parked = () => records<ParkedEvent>('parked/notes/');

/** As an operator asks for it. */
async function request(kind: 'retry' | 'drop', documentId: string): Promise<void> {
  const value = { kind, documentId, requestedAt: new Date(0).toISOString() };
  await stage.readModels.writeRecord(`requests/notes/${kind}-${documentId}`, value, undefined);
}

/** A store whose saves wait while a test says so. */
function held(store: ReadModelStore, isHeld: () => boolean): ReadModelStore {
  return new Proxy(store, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      return async (...given: readonly unknown[]) => {
        if (name === 'save') await until('it may save', () => !isHeld());
        if (name === 'listRecords') looks += 1;
        return (await Reflect.apply(found, target, given)) as unknown;
      };
    },
  });
}

let looks = 0;

/** Waits until everything was looked at several times. */
async function looked(): Promise<void> {
  const goal = looks + 20;
  await until('it was looked at', () => looks >= goal);
}

const answered = () =>
  until('requests are answered', async () => (await records('requests/notes/')).length === 0);

describe.each(['atomic', 'guarded'] as const)('A failing event, %s', (commit) => {
  beforeEach(() => {
    stage = new Stage(commit);
  });

  it('is tried again with the same key, and the number of the attempt', async () => {
    await stage.note('a-1', '1', '2');
    const { definition, reactions } = keeping('notes', {}, ({ text, context }) => {
      if (text === '1' && context.attempt < 4) throw new Error('not yet');
    });

    await (await stage.run(definition)).caughtUp();

    expect(reactions.map(({ text, context }) => [text, context.attempt])).toEqual([
      ['1', 1],
      ['1', 2],
      ['1', 3],
      ['1', 4],
      ['2', 1],
    ]);
    expect(new Set(reactions.slice(0, 4).map(({ context }) => context.key)).size).toBe(1);
    expect(stage.told('retrying').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  it('stops its segment loudly, and no other', async () => {
    for (let stream = 0; stream < 20; stream += 1) await stage.note(`a-${stream}`, `${stream}`);
    const { act } = mendable('7');
    const { definition, texts } = keeping('notes', { maxAttempts: 2 }, act);

    const consumers = await stage.run(definition);
    await until('it has stopped', async () => (await statusOf(consumers))?.state === 'stopped');

    expect(stage.told('stopped')).toMatchObject([
      { consumer: 'notes', error: { message: 'cannot handle 7' } },
    ]);
    expect(texts('a-7')).toEqual(['7', '7']);
    const stopped = (await records<{ stopped?: object }>('segments/notes/')).flatMap(
      (segment) => segment.stopped ?? [],
    );
    expect(stopped).toMatchObject([
      { documentId: 'a-7', eventType: 'reactors.noted', error: 'Error: cannot handle 7' },
    ]);
    await expect(statusOf(consumers)).resolves.toMatchObject({
      stopped: 1,
      error: 'Error: cannot handle 7',
    });
  });

  it('is handled when an operator lets the segment go on, and nothing before it again', async () => {
    for (let stream = 0; stream < 20; stream += 1) await stage.note(`a-${stream}`, `${stream}`);
    const { act, mend } = mendable('7');
    const { definition, texts } = keeping('notes', { maxAttempts: 1, segments: 1 }, act);
    const consumers = await stage.run(definition);
    await until('it has stopped', async () => (await statusOf(consumers))?.state === 'stopped');
    await stage.note('a-7', 'later');

    mend();
    await stage.hold('notes', false);
    await consumers.caughtUp();

    expect(texts('a-7')).toEqual(['7', '7', 'later']);
    expect(texts()).toHaveLength(22);
    await expect(statusOf(consumers)).resolves.toMatchObject({ state: 'running', stopped: 0 });
  });

  it('lets nothing else of its segment begin', async () => {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    await stage.note('a-1', 'slow', 'next');
    await stage.note('a-2', 'bad');
    const { definition, texts } = keeping('notes', { maxAttempts: 1, segments: 1 }, ({ text }) => {
      if (text === 'bad') throw new Error('bad');
      return text === 'slow' ? opened : undefined;
    });
    const consumers = await stage.run(definition);
    await until('it has stopped', async () => (await statusOf(consumers))?.state === 'stopped');

    open();
    await until('what was under way is done', async () => {
      const [segment] = await records<{ handled: number }>('segments/notes/');
      return segment?.handled === 1;
    });

    expect(texts()).toEqual(['slow', 'bad']);
  });

  it('is parked with what comes behind it, and everything else goes on', async () => {
    await stage.note('a-1', '1', '2');
    await stage.note('a-2', '3');
    const { act } = mendable('1');
    const { definition, texts } = keeping(
      'notes',
      { onFailure: 'park', maxAttempts: 3, segments: 1 },
      act,
    );

    const consumers = await stage.run(definition);
    await consumers.caughtUp();
    await stage.note('a-1', '4');
    await stage.note('a-2', '5');
    await consumers.caughtUp();

    expect(texts('a-1')).toEqual(['1', '1', '1']);
    expect(texts('a-2')).toEqual(['3', '5']);
    expect(await parked()).toMatchObject([
      { documentId: 'a-1', revision: 0, error: 'Error: cannot handle 1', attempts: 3 },
      { documentId: 'a-1', revision: 1 },
      { documentId: 'a-1', revision: 2 },
    ]);
    await expect(statusOf(consumers)).resolves.toMatchObject({ state: 'running', parked: 1 });
    expect(stage.told('parked')).toMatchObject([{ documentId: 'a-1' }]);
  });

  it('is handled in order with what waits behind it when a retry is asked for', async () => {
    await stage.note('a-1', '1', '2');
    const { act, mend } = mendable('1');
    const { definition, texts } = keeping('notes', { onFailure: 'park', maxAttempts: 1 }, act);
    const consumers = await stage.run(definition);
    await consumers.caughtUp();
    mend();

    await request('retry', 'a-1');
    await answered();
    await stage.note('a-1', '3');
    await consumers.caughtUp();

    expect(texts()).toEqual(['1', '1', '2', '3']);
    expect(await parked()).toEqual([]);
    await expect(statusOf(consumers)).resolves.toMatchObject({ parked: 0 });
  });

  it('stays parked when it fails again', async () => {
    await stage.note('a-1', '1', '2');
    const { act } = mendable('1');
    const { definition, texts } = keeping('notes', { onFailure: 'park', maxAttempts: 2 }, act);
    const consumers = await stage.run(definition);
    await consumers.caughtUp();

    await request('retry', 'a-1');
    await answered();
    await until('it was tried again', () => texts().length === 4);
    await until('that is written down', async () => (await parked())[0]?.attempts === 4);

    expect((await parked()).map(({ revision }) => revision)).toEqual([0, 1]);
    expect(texts()).toEqual(['1', '1', '1', '1']);
  });

  it('is dropped alone when that is asked for', async () => {
    await stage.note('a-1', '1', '2', '3');
    const { act, left } = mendable('1');
    const { definition, texts } = keeping('notes', { onFailure: 'park', maxAttempts: 1 }, act);
    const consumers = await stage.run(definition);
    await consumers.caughtUp();

    left.add('3');
    await request('drop', 'a-1');
    await until('the last is parked alone', async () => (await parked()).length === 1);

    expect(texts()).toEqual(['1', '2', '3']);
    expect(await parked()).toMatchObject([{ revision: 2 }]);
  });

  it('is dropped once, however long the request stands there', async () => {
    await stage.note('a-1', '1', '2', '3');
    const { act, left } = mendable('1', '2', '3');
    let isHeld = false;
    const options = { onFailure: 'park', maxAttempts: 1 } as const;
    const readModels = held(stage.readModels, () => isHeld);
    const { definition, texts } = keeping('notes', options, act);
    const consumers = await stage.run(definition, { readModels });
    await consumers.caughtUp();

    isHeld = true;
    await request('drop', 'a-1');
    await until('the next is tried', () => texts().length === 2);
    await looked();
    isHeld = false;
    await until('the first was dropped', async () => (await parked()).length === 2);
    await answered();

    expect(left.size).toBe(3);
    expect(texts()).toEqual(['1', '2']);
    expect((await parked()).map(({ revision }) => revision)).toEqual([1, 2]);
  });

  it('is still parked for the process that comes after', async () => {
    await stage.note('a-1', '1');
    const { act, mend } = mendable('1');
    const options = { onFailure: 'park', maxAttempts: 1 } as const;
    const before = await stage.run(keeping('notes', options, act).definition);
    await before.caughtUp();
    await before[Symbol.asyncDispose]();
    mend();
    const after = keeping('notes', options, act);

    const consumers = await stage.run(after.definition);
    await stage.note('a-1', '2');
    await consumers.caughtUp();
    const whileParked = after.texts();
    await request('retry', 'a-1');
    await answered();
    await until('both are handled', () => after.texts().length === 2);

    expect(whileParked).toEqual([]);
    expect(after.texts()).toEqual(['1', '2']);
  });

  it('stops all segments when it cannot be told what it is ordered by', async () => {
    await stage.note('a-1', '1', '2');
    let isBroken = true;
    const { definition, texts } = keeping('notes', {
      onFailure: 'park',
      segments: 2,
      orderedBy: (_, { revision }) => {
        if (revision === 1 && isBroken) throw new Error('no order');
        return 'one';
      },
    });
    const consumers = await stage.run(definition);
    await until('all have stopped', async () => (await statusOf(consumers))?.stopped === 2);
    const before = texts();

    isBroken = false;
    await stage.hold('notes', false);
    await consumers.caughtUp();

    expect(before).toEqual(['1']);
    expect(texts()).toEqual(['1', '2']);
  });
});
