import type { SegmentSave } from '@everfold/core';
import { MemoryStore } from '@everfold/memory';
import { accountsOf, startBalances } from './support/balances.js';

/** Notes what is asked of it once it is closed, and by how many leaves members went. */
class ClosableStore extends MemoryStore {
  leaves = 0;
  closes = 0;
  readonly late: string[] = [];

  override async removeRecord(key: string, expected: number) {
    this.#note('removeRecord');
    if (key.startsWith('members/')) this.leaves += 1;
    return super.removeRecord(key, expected);
  }

  override async save(parts: readonly [SegmentSave, ...SegmentSave[]]) {
    this.#note('save');
    return super.save(parts);
  }

  override async listRecords(prefix: string) {
    this.#note('listRecords');
    return super.listRecords(prefix);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    this.closes += 1;
    await super[Symbol.asyncDispose]();
  }

  #note(call: string): void {
    if (this.closes > 0) this.late.push(call);
  }
}

describe('An application with consumers that is closed twice at once', () => {
  it('ends them once, before the store that they use', async () => {
    const store = new ClosableStore();
    const app = await startBalances({ eventStore: { open: async () => store } });
    await accountsOf(app).create('a', (it) => it.open('Ada'));

    await Promise.all([app.close(), app.close()]);

    expect(store.leaves).toBe(1);
    expect(store.closes).toBe(1);
    expect(store.late).toEqual([]);
    await expect(app.close()).resolves.toBeUndefined();
    expect([store.leaves, store.closes]).toEqual([1, 1]);
  });
});
