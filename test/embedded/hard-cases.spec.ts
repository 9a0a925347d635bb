import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EmbeddedEventStore } from '@everfold/embedded';
import { probe } from './events.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'everfold-hard-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const many = (count: number, data = 'x') => {
  const [first, ...others] = Array.from({ length: count }, () => probe(data));
  if (first === undefined) throw new Error('none');
  return [first, ...others] as const;
};

describe('Names and sizes at the edge', () => {
  it('indexes a stream whose name is as long as one may be, of NULs too', async () => {
    await using store = await EmbeddedEventStore.open(folder);
    await store.append('\0'.repeat(1_000), [probe('a')]);
    for (let batch = 0; batch < 4; batch += 1) await store.append('other-1', many(20_000));

    const deadline = performance.now() + 20_000;
    let entries = 0;
    while (entries === 0 && performance.now() < deadline)
      entries = (await store.verify()).indexEntries;

    expect(entries).toBeGreaterThan(1);
    expect((await store.verify()).ok).toBe(true);
  }, 60_000);

  it('recognises the repeat of a large append without going through it again and again', async () => {
    await using store = await EmbeddedEventStore.open(folder);
    const events = many(20_000);
    const first = await store.append('large-1', events, { expected: 'no-stream' });
    let longest = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);

    const again = await store.append('large-1', events, { expected: 'no-stream' });
    clearInterval(watch);

    expect(again).toEqual({ ...first, repeated: true });
    // Quadratic work took seconds here.
    expect(longest).toBeLessThan(3_000);
  }, 60_000);

  it('reads one large event where one is asked for, not what lies around it', async () => {
    await using store = await EmbeddedEventStore.open(folder);
    const large = 'x'.repeat(4_000_000);
    for (let event = 0; event < 30; event += 1) await store.append('large-1', [probe(large)]);

    const sizes: number[] = [];
    for await (const batch of store.readAll().batches()) sizes.push(batch.length);
    const limited: number[] = [];
    for await (const batch of store.read('large-1', { limit: 1 }).batches())
      limited.push(batch.length);

    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(30);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2);
    expect(limited).toEqual([1]);
  }, 60_000);
});
