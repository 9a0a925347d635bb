import type { NonEmpty, SaveOutcome, SegmentSave, StoredDocument } from '@everfold/core';
import { WrongReadModelStore } from './wrong-read-model-store.js';

/** Saves each part in another way. */
export abstract class SavingWrong extends WrongReadModelStore {
  override save(parts: NonEmpty<SegmentSave>): Promise<readonly SaveOutcome[]> {
    return this.saveEach(parts, (part) => this.savePart(part));
  }

  protected abstract savePart(part: SegmentSave): Promise<SaveOutcome>;

  protected async stored({
    collection,
    documents,
  }: SegmentSave): Promise<ReadonlyMap<string, StoredDocument>> {
    const ids = documents.map(({ id }) => id);
    return collection === undefined ? new Map() : this.inner.loadDocuments(collection, ids);
  }
}
