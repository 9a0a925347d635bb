import { alternate, type Turn } from './alternate.js';
import type { Contender } from './contender.js';

function turn(contender: Contender, values: readonly number[], order: Contender[] = []): Turn {
  const left = [...values];
  return {
    contender,
    take: async () => {
      order.push(contender);
      const value = left.shift();
      if (value === undefined) throw new Error('database is locked');
      return { value };
    },
  };
}

describe('alternate', () => {
  it('gives each contender the median of its turns', async () => {
    const results = await alternate(3, [turn('everfold', [1, 9, 2]), turn('limit', [5, 6, 100])]);

    expect([...results]).toEqual([
      ['everfold', { median: 2 }],
      ['limit', { median: 6 }],
    ]);
  });

  it('lets everyone begin a round in turn', async () => {
    const order: Contender[] = [];

    await alternate(2, [turn('everfold', [1, 1], order), turn('limit', [1, 1], order)]);

    expect(order).toEqual(['everfold', 'limit', 'limit', 'everfold']);
  });

  it('names why a peer has no value, and does not ask it again', async () => {
    const order: Contender[] = [];

    const results = await alternate(3, [
      turn('everfold', [1, 2, 3]),
      turn('event-storage', [7], order),
    ]);

    expect(results.get('event-storage')).toEqual({ failure: 'database is locked' });
    expect(order).toHaveLength(2);
  });

  it('fails when the limit does', async () => {
    const run = alternate(1, [turn('everfold', [1]), turn('limit', [])]);

    await expect(run).rejects.toThrow('limit: database is locked');
  });
});
