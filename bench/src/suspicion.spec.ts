import { suspicionOf } from './suspicion.js';

const row = (name: string, ratio: number) => ({
  name,
  value: ratio * 4_000,
  unit: 'appends/s',
  limit: 4_000,
  ratio,
  peers: {},
});

describe('suspicionOf', () => {
  it('is raised by one writer that beats the bare file', () => {
    expect(suspicionOf([row('append-1', 1.2)])).toContain('nothing was synced');
  });

  it.each([
    { title: 'one writer below the bare file', rows: [row('append-1', 0.7)] },
    { title: 'a scan that beats its limit', rows: [row('append-1', 0.7), row('scan', 1.1)] },
    { title: 'no row of one writer', rows: [row('scan', 1.1)] },
  ])('is not raised by $title', ({ rows }) => {
    expect(suspicionOf(rows)).toBeUndefined();
  });
});
