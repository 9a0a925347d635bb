import { setImmediate } from 'node:timers/promises';
import { ProgressWatch } from './progress-watch.js';

/** A watch on a number, which counts how often it was looked at. */
function watched() {
  const state = { at: 0, looks: 0, error: undefined as Error | undefined };
  const watch = new ProgressWatch(async () => {
    state.looks += 1;
    const { at } = state;
    await setImmediate();
    if (state.error !== undefined) throw state.error;
    return at;
  });
  const until = (place: number, timeoutMs = 10_000, signal?: AbortSignal) =>
    watch.until((at = 0) => at >= place, { timeoutMs, signal });
  const looked = async (times: number) => {
    const before = state.looks;
    while (state.looks < before + times) await setImmediate();
  };
  return { state, watch, until, looked };
}

describe('A progress watch', () => {
  it('lets each wait for its own', async () => {
    const { state, watch, until, looked } = watched();
    const [first, second] = [until(1), until(2)];

    state.at = 1;
    expect(await first).toBe(true);
    await looked(3);
    expect(watch.waiting).toBe(1);
    state.at = 2;

    expect(await second).toBe(true);
    expect(watch.waiting).toBe(0);
  });

  it('looks once for all who wait, and not at all when nobody does', async () => {
    const { state, watch, until, looked } = watched();
    watch.look();
    await setImmediate();
    expect(state.looks).toBe(0);
    const waits = Array.from({ length: 500 }, () => until(1));
    await looked(5);
    expect(state.looks).toBeLessThan(10);

    state.at = 1;
    await Promise.all(waits);
    const { looks } = state;
    await new Promise((resolve) => setTimeout(resolve, 40));

    expect(state.looks).toBe(looks);
  });

  it('looks also while somebody new comes every turn', async () => {
    const { state, until, looked } = watched();
    const waits: Promise<boolean>[] = [];
    const coming = setInterval(() => waits.push(until(1)), 0);

    await looked(20);
    clearInterval(coming);
    state.at = 1;

    expect(new Set(await Promise.all(waits))).toEqual(new Set([true]));
  });

  it('looks at once when it is told of something', async () => {
    const { state, watch, until, looked } = watched();
    const wait = until(1);
    // By now it pauses for 25 ms between looks.
    await looked(10);
    state.at = 1;
    const since = performance.now();

    watch.look();
    await wait;

    expect(performance.now() - since).toBeLessThan(20);
  });

  it('looks again when it is told of something during a look', async () => {
    const { state, watch, until, looked } = watched();
    const wait = until(1);
    await looked(10);
    const { looks } = state;
    state.at = 1;

    watch.look();
    watch.look();
    await wait;

    expect(state.looks).toBe(looks + 1);
  });

  it('gives up when time runs out, or when the signal says so', async () => {
    const { watch, until } = watched();
    const controller = new AbortController();
    const aborted = until(1, 10_000, controller.signal);

    expect(await until(1, 5)).toBe(false);
    controller.abort(new Error('enough'));

    await expect(aborted).rejects.toThrow('enough');
    await expect(until(1, 5, controller.signal)).rejects.toThrow('enough');
    expect(watch.waiting).toBe(0);
  });

  it('tells all who wait of a look that fails, and goes on for those who come later', async () => {
    const { state, until } = watched();
    const waits = [until(1), until(2)];
    state.error = new Error('cut');

    for (const wait of await Promise.allSettled(waits))
      expect(wait).toMatchObject({ status: 'rejected', reason: state.error });
    state.error = undefined;
    state.at = 1;

    expect(await until(1)).toBe(true);
  });
});
