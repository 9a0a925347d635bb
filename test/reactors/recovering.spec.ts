import {
  type Consumers,
  Event,
  type EventStore,
  type ReadModelStore,
  StoreUnavailableError,
  upcasts,
} from '@everfold/core';
import { until } from '../embedded/patience.js';
import { keeping, Stage } from './fixture.js';

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});

afterEach(async () => {
  await stage.end();
});

const statusOf = async (consumers: Consumers) => (await consumers.status())[0];

/** A store some of whose calls fail while a test says so. */
function failing<S extends object>(
  store: S,
  methods: readonly (keyof S)[],
  isDown: () => boolean,
): S {
  return new Proxy(store, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name);
      if (typeof found !== 'function') return found;
      return (...given: readonly unknown[]) => {
        if (methods.includes(name as keyof S) && isDown())
          return Promise.reject(new StoreUnavailableError('The store is away.'));
        return Reflect.apply(found, target, given) as unknown;
      };
    },
  });
}

/** Something to wait for. */
function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('A reactor whose handler takes long', () => {
  it('keeps its checkpoint in front of it while other streams go on', async () => {
    const { opened, open } = gate();
    await stage.note('a-1', 'slow');
    const { definition, texts } = keeping('notes', { segments: 1 }, ({ text }) =>
      text === 'slow' ? opened : undefined,
    );
    const consumers = await stage.run(definition);
    for (let stream = 2; stream < 40; stream += 1) await stage.note(`a-${stream}`, 'quick');
    await until('the others are handled', () => texts().length === 39);
    const [segment] = await stage.readModels.listRecords('segments/notes/');

    open();
    await consumers.caughtUp();

    expect(segment?.value).not.toHaveProperty('checkpoint');
    expect(texts()).toHaveLength(39);
  });

  it('does not hold back other segments for more than a window of its own', async () => {
    const { opened, open } = gate();
    await stage.note('slow-1', 'slow');
    for (let count = 0; count < 1_200; count += 1) await stage.note('slow-1', 'behind');
    const { definition, reactions, texts } = keeping('notes', { segments: 2 }, ({ text }) =>
      text === 'slow' ? opened : undefined,
    );
    const consumers = await stage.run(definition);
    for (let stream = 0; stream < 8; stream += 1) await stage.note(`quick-${stream}`, 'quick');
    await until('another segment goes on', () => reactions.length > 1);
    const before = texts('slow-1');

    open();
    await consumers.caughtUp();

    expect(before).toEqual(['slow']);
    expect(texts('slow-1')).toHaveLength(1_201);
    expect(reactions).toHaveLength(1_209);
  });

  it('is told to stop when the process does, and is called again with the same key later', async () => {
    await stage.note('a-1', '1', '2');
    const first = keeping('notes', {}, ({ context: { signal } }) => {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    });
    const second = keeping('notes');
    const before = await stage.run(first.definition);
    await until('it is called', () => first.reactions.length === 1);

    await before[Symbol.asyncDispose]();
    await (await stage.run(second.definition)).caughtUp();

    expect(first.reactions[0]?.context.signal.aborted).toBe(true);
    expect(first.texts()).toEqual(['1']);
    expect(second.texts()).toEqual(['1', '2']);
    expect(second.reactions[0]?.context.key).toBe(first.reactions[0]?.context.key);
    expect(stage.told('retrying')).toEqual([]);
  });

  it('is not called again when it comes to its end although it was told to stop', async () => {
    await stage.note('a-1', '1');
    const first = keeping('notes', {}, async ({ context: { signal } }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    const second = keeping('notes');
    const before = await stage.run(first.definition);
    await until('it is called', () => first.reactions.length === 1);

    await before[Symbol.asyncDispose]();
    await (await stage.run(second.definition)).caughtUp();

    expect(second.texts()).toEqual([]);
  });

  it('is told when another process has taken its segment, and writes nothing then', async () => {
    let isAway = false;
    const { opened, open } = gate();
    await stage.note('a-1', '1');
    const first = keeping('notes', {}, () => opened);
    const second = keeping('notes');
    const readModels = failing<ReadModelStore>(
      stage.readModels,
      ['writeRecord', 'listRecords', 'save'],
      () => isAway,
    );
    await stage.run(first.definition, { readModels });
    await until('it is called', () => first.reactions.length === 1);

    isAway = true;
    const others = await stage.run(second.definition);
    await until('it is told', () => first.reactions[0]?.context.signal.aborted === true);
    await others.caughtUp();
    isAway = false;
    open();
    await stage.note('a-1', '2');
    await others.caughtUp();

    expect(second.texts()[0]).toBe('1');
    expect(second.reactions[0]?.context.key).toBe(first.reactions[0]?.context.key);
    expect([...first.texts(), ...second.texts()].filter((text) => text === '2')).toHaveLength(1);
  });
});

describe('A reactor whose stores fail for a while', () => {
  it('handles everything once the event store is back', async () => {
    let isAway = false;
    const eventStore = failing<EventStore>(stage.eventStore, ['head'], () => isAway);
    const broken = new Set<AbortController>();
    const cut = new Proxy(eventStore, {
      get: (target, name) => {
        if (name !== 'subscribe') return Reflect.get(target, name) as unknown;
        return (options: Parameters<EventStore['subscribe']>[0]) => {
          const controller = new AbortController();
          broken.add(controller);
          const signal = AbortSignal.any([
            controller.signal,
            ...(options?.signal === undefined ? [] : [options.signal]),
          ]);
          return target.subscribe({ ...options, signal });
        };
      },
    });
    const { definition, texts } = keeping('notes');
    const consumers = await stage.run(definition, { eventStore: cut });

    for (let round = 0; round < 5; round += 1) {
      await stage.note('a-1', `${round}`);
      isAway = true;
      for (const controller of broken)
        controller.abort(new StoreUnavailableError('The store is away.'));
      broken.clear();
      await stage.note('a-2', `${round}`);
      isAway = false;
    }
    await consumers.caughtUp();

    expect(texts('a-1')).toEqual(['0', '1', '2', '3', '4']);
    expect(texts('a-2')).toEqual(['0', '1', '2', '3', '4']);
    expect(stage.told('recovered').length).toBeGreaterThan(0);
  });

  it('handles nothing again because its checkpoint could not be written for a while', async () => {
    let isAway = false;
    const readModels = failing<ReadModelStore>(stage.readModels, ['save'], () => isAway);
    const { definition, texts } = keeping('notes', { onFailure: 'park', maxAttempts: 1 }, (it) => {
      if (it.text === 'bad') throw new Error('bad');
    });
    const consumers = await stage.run(definition, { readModels });

    isAway = true;
    await stage.note('a-1', '1', '2');
    await stage.note('a-2', 'bad', 'behind');
    await until('it is told', () => stage.told('retrying').length > 2);
    const during = await statusOf(consumers);
    isAway = false;
    await consumers.caughtUp();

    expect(during?.state).toBe('retrying');
    expect(texts()).toEqual(expect.arrayContaining(['1', '2', 'bad']));
    expect(texts()).toHaveLength(3);
    await expect(statusOf(consumers)).resolves.toMatchObject({ state: 'running', parked: 1 });
    expect(await stage.readModels.listRecords('parked/notes/')).toHaveLength(2);
  });
});

describe('A reactor that operators hold', () => {
  it('handles nothing until it may go on', async () => {
    const { definition, texts } = keeping('notes');
    await stage.hold('notes', true);
    const consumers = await stage.run(definition);
    await stage.note('a-1', '1');
    await until('it knows', async () => (await statusOf(consumers))?.state === 'paused');
    const before = texts();

    await stage.hold('notes', false);
    await consumers.caughtUp();

    expect(before).toEqual([]);
    expect(texts()).toEqual(['1']);
  });
});

describe('A reactor in a process that runs older code', () => {
  it('gives its segments up loudly, and parks nothing', async () => {
    class NotedLater extends Event(
      'reactors.noted',
      upcasts<{ text: string }>().to((old) => old),
    ) {}
    await stage.append('a-1', new NotedLater({ text: 'new' }));
    const { definition, texts } = keeping('notes', { onFailure: 'park' });

    const consumers = await stage.run(definition);
    await until('it has given up', async () => (await statusOf(consumers))?.state === 'stopped');
    await until('it owns nothing', async () => (await statusOf(consumers))?.segments.owned === 0);

    expect(texts()).toEqual([]);
    expect(stage.told('stopped')).toMatchObject([{ error: { code: 'EVENT_VERSION_TOO_NEW' } }]);
    expect(await stage.readModels.listRecords('parked/')).toEqual([]);
  });
});
