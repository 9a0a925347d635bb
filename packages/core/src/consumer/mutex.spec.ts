import { setImmediate } from 'node:timers/promises';
import { Mutex } from './mutex.js';

describe('A mutex', () => {
  it('lets one at a time in, in the order of asking', async () => {
    const mutex = new Mutex();
    const log: string[] = [];
    const visit = (name: string, turns: number) =>
      mutex.run(async () => {
        log.push(`${name} in`);
        for (let turn = 0; turn < turns; turn += 1) await setImmediate();
        log.push(`${name} out`);
      });

    await Promise.all([visit('a', 3), visit('b', 0), visit('c', 1)]);

    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });

  it('gives each what comes of its own work, failures included, and goes on behind them', async () => {
    const mutex = new Mutex();

    const failed = mutex.run(() => Promise.reject(new Error('mine')));
    const next = mutex.run(async () => 'next');

    await expect(failed).rejects.toThrow('mine');
    await expect(next).resolves.toBe('next');
  });

  it('never begins before the one before it has settled', async () => {
    const mutex = new Mutex();
    let inside = 0;
    let most = 0;
    const visit = () =>
      mutex.run(async () => {
        inside += 1;
        most = Math.max(most, inside);
        await setImmediate();
        inside -= 1;
        if (most % 2 === 1) throw new Error('odd');
      });

    const results = await Promise.allSettled(Array.from({ length: 20 }, visit));

    expect(most).toBe(1);
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
  });
});
