import { Slots } from './slots.js';

const { signal } = new AbortController();

/** Work that ends when it is told to. */
function work() {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { run: () => ended, end };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Slots', () => {
  it('let so many in at a time, in the order of asking', async () => {
    const slots = new Slots(2);
    const works = [work(), work(), work(), work()];
    const begun: number[] = [];
    const all = works.map(({ run }, index) =>
      slots.run(() => {
        begun.push(index);
        return run();
      }, signal),
    );
    await turn();
    const first = [...begun];

    works[1]?.end();
    await all[1];
    await turn();
    const second = [...begun];
    for (const { end } of works) end();
    await Promise.all(all);

    expect([first, second, begun]).toEqual([
      [0, 1],
      [0, 1, 2],
      [0, 1, 2, 3],
    ]);
  });

  it('are free again after a failure', async () => {
    const slots = new Slots(1);

    await expect(slots.run(() => Promise.reject(new Error('broken')), signal)).rejects.toThrow();

    await expect(slots.run(() => Promise.resolve('next'), signal)).resolves.toBe('next');
  });

  it.each(['before', 'while it waits', 'just when its turn comes'])(
    'do not lose a place to somebody who is called back %s',
    async (when) => {
      const slots = new Slots(1);
      const controller = new AbortController();
      const first = work();
      const running = slots.run(first.run, signal);
      if (when === 'before') controller.abort(new Error('enough'));
      const waiting = slots.run(() => Promise.resolve('unwanted'), controller.signal);
      waiting.catch(() => undefined);
      await turn();

      if (when === 'while it waits') controller.abort(new Error('enough'));
      first.end();
      if (when === 'just when its turn comes') {
        await Promise.resolve();
        controller.abort(new Error('enough'));
      }
      await running;

      await waiting.catch((error: unknown) => expect(error).toMatchObject({ message: 'enough' }));
      await expect(slots.run(() => Promise.resolve('next'), signal)).resolves.toBe('next');
    },
  );
});
