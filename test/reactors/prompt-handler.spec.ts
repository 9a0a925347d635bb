import { keeping, Stage } from './fixture.js';

describe('A reactor whose handler is done at once', () => {
  it.each(['async', 'sync'] as const)(
    'handles every event of a backlog, whatever streams they are of (%s)',
    async (kind) => {
      for (let run = 0; run < 12; run += 1) {
        const stage = new Stage();
        for (let event = 0; event < 120; event += 1)
          await stage.note(`stream-${(event * 7 + run) % (11 + run)}`, String(event));
        const { definition, texts } = keeping('notes', { segments: 1 }, () =>
          kind === 'async' ? Promise.resolve() : undefined,
        );

        const consumers = await stage.run(definition);
        await consumers.caughtUp();

        expect(texts()).toHaveLength(120);
        await stage.end();
      }
    },
  );
});
