import { currentContext, type MessageContext, reactorKey } from '@everfold/core';
import { until } from '../embedded/patience.js';
import { Ignored, keeping, Stage } from './fixture.js';

let stage: Stage;

afterEach(async () => {
  await stage.end();
});

describe.each(['atomic', 'guarded'] as const)('A reactor on read models that are %s', (commit) => {
  beforeEach(() => {
    stage = new Stage(commit);
  });

  it('handles each event once, those of a stream in order', async () => {
    for (const stream of ['a-1', 'a-2', 'a-3']) await stage.note(stream, '1', '2', '3');
    const { definition, texts } = keeping('notes');

    const consumers = await stage.run(definition);
    await consumers.caughtUp();
    await stage.note('a-2', '4');
    await consumers.caughtUp();

    expect(texts('a-1')).toEqual(['1', '2', '3']);
    expect(texts('a-2')).toEqual(['1', '2', '3', '4']);
    expect(texts()).toHaveLength(10);
  });

  it('says what it needs to know of an event', async () => {
    const position = await stage.note('a-1', 'one');
    const { definition, reactions } = keeping('notes');

    await (await stage.run(definition)).caughtUp();

    const contexts = reactions.map(({ context }) => context);
    expect(contexts).toMatchObject([
      {
        stream: 'a-1',
        aggregateId: '1',
        revision: 0,
        position,
        attempt: 1,
        metadata: { correlationId: 'correlation of a-1' },
      },
    ]);
    for (const { key, eventId, signal } of contexts) {
      expect(key).toBe(reactorKey('notes', eventId));
      expect(signal.aborted).toBe(false);
    }
  });

  it('leads what it does back to the event, which its commands may use to happen once', async () => {
    const contexts: MessageContext[] = [];
    const position = await stage.note('a-1', 'one');
    const { definition, reactions } = keeping('notes', {}, () => contexts.push(currentContext()));

    await (await stage.run(definition)).caughtUp();

    expect(contexts).toMatchObject([
      {
        correlationId: 'correlation of a-1',
        causationId: reactions[0]?.context.eventId,
        issuedAt: position,
      },
    ]);
    expect(contexts[0]?.commandId).toBeUndefined();
  });

  it('goes on where it was, whoever runs it', async () => {
    await stage.note('a-1', '1', '2');
    const first = keeping('notes');
    const second = keeping('notes', { from: 'now' });

    const before = await stage.run(first.definition);
    await before.caughtUp();
    await before[Symbol.asyncDispose]();
    await stage.note('a-1', '3');
    await (await stage.run(second.definition)).caughtUp();

    expect(first.texts()).toEqual(['1', '2']);
    expect(second.texts()).toEqual(['3']);
  });

  it("begins with what comes, from 'now'; what came while it did not run is not lost", async () => {
    await stage.note('a-1', 'before');
    const first = keeping('notes', { from: 'now' });
    const second = keeping('notes', { from: 'now' });

    const before = await stage.run(first.definition);
    await before[Symbol.asyncDispose]();
    await stage.note('a-1', 'between');
    await (await stage.run(second.definition)).caughtUp();

    expect([...first.texts(), ...second.texts()]).toEqual(['between']);
  });

  it('begins behind a position', async () => {
    const position = await stage.note('a-1', '1', '2');
    await stage.note('a-1', '3');
    const { definition, texts } = keeping('notes', { from: position });

    await (await stage.run(definition)).caughtUp();

    expect(texts()).toEqual(['3']);
  });

  it('moves over events that do not concern it, and lags by nothing then', async () => {
    const { definition } = keeping('notes');
    const consumers = await stage.run(definition);
    await stage.note('a-1', '1');
    for (let count = 0; count < 20; count += 1) await stage.append('b-1', new Ignored());

    await consumers.caughtUp();

    await expect(consumers.status()).resolves.toMatchObject([
      { name: 'notes', kind: 'reactor', state: 'running', lagMs: 0, stopped: 0, parked: 0 },
    ]);
  });

  it('handles events of different streams at the same time, as many as it may', async () => {
    for (let stream = 0; stream < 12; stream += 1) await stage.note(`a-${stream}`, '1', '2');
    let running = 0;
    let most = 0;
    const perStream = new Map<string, number>();
    const { definition, reactions } = keeping('notes', { concurrency: 4 }, async ({ stream }) => {
      running += 1;
      most = Math.max(most, running);
      perStream.set(stream, (perStream.get(stream) ?? 0) + 1);
      expect(perStream.get(stream)).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 2));
      perStream.set(stream, 0);
      running -= 1;
    });

    await (await stage.run(definition)).caughtUp();

    expect(most).toBe(4);
    expect(reactions).toHaveLength(24);
    expect(stage.reports).toEqual([]);
  });

  it('keeps the order that it is told instead of that of streams', async () => {
    for (let round = 0; round < 5; round += 1)
      for (let stream = 0; stream < 4; stream += 1) await stage.note(`a-${stream}`, `${round}`);
    const { definition, reactions } = keeping(
      'notes',
      { orderedBy: () => 'everything' },
      async ({ stream }) => {
        if (stream === 'a-0') await new Promise((resolve) => setTimeout(resolve, 2));
      },
    );

    await (await stage.run(definition)).caughtUp();

    const positions = reactions.map(({ context }) => context.position);
    expect(positions).toHaveLength(20);
    expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : 1)));
  });

  it('shares its work with other processes', async () => {
    const first = keeping('notes');
    const second = keeping('notes');
    const consumers = await stage.run(first.definition);
    const others = await stage.run(second.definition);
    await until('the segments are shared evenly', async () => {
      const [[one], [two]] = [await consumers.status(), await others.status()];
      return one?.segments.owned === 4 && two?.segments.owned === 4;
    });

    for (let stream = 0; stream < 40; stream += 1) await stage.note(`a-${stream}`, '1', '2');
    await consumers.caughtUp();

    expect(first.reactions.length + second.reactions.length).toBe(80);
    expect(first.reactions.length).toBeGreaterThan(0);
    expect(second.reactions.length).toBeGreaterThan(0);
  });
});
