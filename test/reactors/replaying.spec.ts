import { replayReactor } from '@everfold/core';
import { keeping, Stage } from './fixture.js';

let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});

afterEach(async () => {
  await stage.end();
});

describe('A replay of a reactor', () => {
  it('has everything from a position handled again with the same keys, in order', async () => {
    await stage.note('a-1', '1');
    const from = await stage.note('a-1', '2');
    await stage.note('a-2', '3');
    const { definition, reactions, texts } = keeping('notes');
    const consumers = await stage.run(definition);
    await consumers.caughtUp();
    const keys = new Map(reactions.map(({ text, context }) => [text, context.key]));

    await replayReactor(stage.readModels, stage.eventStore, 'notes', from);
    await consumers.caughtUp();
    await stage.note('a-1', '4');
    await consumers.caughtUp();

    expect(texts('a-1')).toEqual(['1', '2', '2', '4']);
    expect(texts('a-2')).toEqual(['3', '3']);
    for (const { text, context } of reactions)
      if (text !== '4') expect(context.key).toBe(keys.get(text));
  });

  it('goes back to the start, while nobody runs it', async () => {
    await stage.note('a-1', '1', '2');
    const first = keeping('notes');
    const second = keeping('notes');
    const before = await stage.run(first.definition);
    await before.caughtUp();
    await before[Symbol.asyncDispose]();

    await replayReactor(stage.readModels, stage.eventStore, 'notes', 'start');
    await (await stage.run(second.definition)).caughtUp();

    expect(second.texts()).toEqual(['1', '2']);
  });

  it('never leads a segment ahead', async () => {
    const { definition, texts } = keeping('notes');
    await stage.note('a-1', '1');
    const before = await stage.run(definition);
    await before.caughtUp();
    await before[Symbol.asyncDispose]();
    const from = await stage.note('a-1', '2', '3');

    const changed = await replayReactor(stage.readModels, stage.eventStore, 'notes', from);
    await (await stage.run(definition)).caughtUp();

    expect(changed).toBe(0);
    expect(texts()).toEqual(['1', '2', '3']);
  });

  it('leaves a segment alone that has handled nothing yet', async () => {
    const { definition, texts } = keeping('notes');
    await stage.hold('notes', true);
    const consumers = await stage.run(definition);
    const from = await stage.note('a-1', '1', '2');

    const changed = await replayReactor(stage.readModels, stage.eventStore, 'notes', from);
    await stage.hold('notes', false);
    await consumers.caughtUp();

    expect(changed).toBe(0);
    expect(texts()).toEqual(['1', '2']);
  });

  it('wants a reactor that was run', async () => {
    const replay = replayReactor(stage.readModels, stage.eventStore, 'nothing', 'start');

    await expect(replay).rejects.toThrow(TypeError);
  });
});

describe('What was said of a reactor when it was first run', () => {
  it('is the number of its segments', async () => {
    await stage.run(keeping('notes', { segments: 4 }).definition);

    const again = stage.run(keeping('notes', { segments: 8 }).definition);

    await expect(again).rejects.toThrow('segments: 4');
  });

  it('is the log that it follows', async () => {
    const { readModels } = stage;
    await stage.run(keeping('notes').definition);
    const elsewhere = new Stage();

    const again = elsewhere.run(keeping('notes').definition, { readModels });

    await expect(again).rejects.toMatchObject({ code: 'FOREIGN_POSITION' });
    await elsewhere.end();
  });
});
