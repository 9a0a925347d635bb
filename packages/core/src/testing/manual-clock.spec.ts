import { manualClock } from './manual-clock.js';

describe('A manual clock', () => {
  it('stands still until it is moved', () => {
    const clock = manualClock(new Date(1_000));

    const before = clock.now();
    clock.advance(500);
    const advanced = clock.now();
    clock.set(new Date(9_000));

    expect([before, advanced, clock.now()]).toEqual([1_000, 1_500, 9_000]);
  });
});
