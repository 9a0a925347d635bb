import type { SegmentSave } from '@everfold/core';
import { MemoryStore } from '@everfold/memory';

/** A store whose read models can be made to fail, or to be silent. */
export class MoodyStore extends MemoryStore {
  mood: 'well' | 'failing' | 'silent' = 'well';
  readonly #silent: (() => void)[] = [];

  /** Is well again, and answers what it has left unanswered. */
  recover(): void {
    this.mood = 'well';
    for (const answer of this.#silent.splice(0)) answer();
  }

  override async save(parts: readonly [SegmentSave, ...SegmentSave[]]) {
    await this.#feel();
    return super.save(parts);
  }

  override async listRecords(prefix: string) {
    await this.#feel();
    return super.listRecords(prefix);
  }

  async #feel(): Promise<void> {
    if (this.mood === 'failing') throw new Error('the disk of read models is full');
    if (this.mood === 'silent') await new Promise<void>((resolve) => this.#silent.push(resolve));
  }
}
