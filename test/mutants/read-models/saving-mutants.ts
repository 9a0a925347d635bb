import { setImmediate } from 'node:timers/promises';
import type { NonEmpty, SaveOutcome, SegmentSave } from '@everfold/core';
import { SavingWrong } from './saving-wrong.js';
import { type ReadModelMutant, WrongReadModelStore } from './wrong-read-model-store.js';

class SegmentFirst extends SavingWrong {
  protected async savePart(part: SegmentSave) {
    const { key, value, version: expected } = part.segment;
    const version = await this.inner.writeRecord(key, value, expected);
    if (version === undefined) return { kind: 'fenced' } as const;
    await setImmediate();
    const outcome = await this.aside(part);
    return outcome.kind === 'saved' ? { ...outcome, version } : outcome;
  }
}

/** Saves after all what was fenced because of the version that `accepted` picks. */
function unfenced(accepted: (version: number, actual: number | undefined) => boolean) {
  return class extends SavingWrong {
    protected async savePart(part: SegmentSave): Promise<SaveOutcome> {
      const { segment } = part;
      const outcome = await this.saveOne(part);
      const actual = (await this.inner.readRecord(segment.key))?.version;
      if (outcome.kind !== 'fenced' || !accepted(segment.version, actual)) return outcome;
      const version = actual ?? (await this.inner.writeRecord(segment.key, null, undefined)) ?? 0;
      return this.saveOne({ ...part, segment: { ...segment, version } });
    }
  };
}

/** Writes something of a part although it was fenced. */
function leaving(...left: readonly ('documents' | 'put' | 'remove')[]) {
  return class extends SavingWrong {
    protected async savePart(part: SegmentSave): Promise<SaveOutcome> {
      const outcome = await this.saveOne(part);
      if (outcome.kind !== 'fenced') return outcome;
      const kept = Object.fromEntries(left.map((field) => [field, part[field]]));
      await this.aside({ collection: part.collection, ...kept });
      return outcome;
    }
  };
}

class FencedHoldsBackTheOthers extends SavingWrong {
  override async save(parts: NonEmpty<SegmentSave>): Promise<readonly SaveOutcome[]> {
    let isFenced = false;
    return this.saveEach(parts, async (part) => {
      const outcome = isFenced ? ({ kind: 'fenced' } as const) : await this.savePart(part);
      isFenced ||= outcome.kind === 'fenced';
      return outcome;
    });
  }

  protected savePart(part: SegmentSave) {
    return this.saveOne(part);
  }
}

class OutcomesInTheirOwnOrder extends WrongReadModelStore {
  override async save(parts: NonEmpty<SegmentSave>) {
    const outcomes = await this.inner.save(parts);
    return outcomes.toSorted((a, b) => a.kind.localeCompare(b.kind));
  }
}

class PutOnlyWhereNothingIs extends SavingWrong {
  protected async savePart(part: SegmentSave) {
    const known = await Promise.all(part.put.map(({ key }) => this.inner.readRecord(key)));
    return this.saveOne({ ...part, put: part.put.filter((_, n) => known[n] === undefined) });
  }
}

class PutForgotten extends SavingWrong {
  protected async savePart(part: SegmentSave) {
    const outcome = await this.saveOne({ ...part, put: [] });
    await setImmediate();
    await this.aside({ put: part.put });
    return outcome;
  }
}

class RemovesRecordsFirst extends SavingWrong {
  protected async savePart(part: SegmentSave) {
    await this.aside({ remove: part.remove });
    await setImmediate();
    return this.saveOne(part);
  }
}

class TooLargeRefusedAfterWritingTheOthers extends WrongReadModelStore {
  override async save(parts: NonEmpty<SegmentSave>) {
    try {
      return await this.inner.save(parts);
    } catch (error) {
      if ((error as { readonly code?: unknown }).code === 'DOCUMENT_TOO_LARGE')
        for (const part of parts)
          await this.aside({
            ...part,
            documents: part.documents.filter(({ id }) => id !== 'large'),
          });
      throw error;
    }
  }
}

class DocumentsWrittenByHalves extends SavingWrong {
  protected async savePart(part: SegmentSave) {
    const half = Math.ceil(part.documents.length / 2);
    const outcome = await this.saveOne({ ...part, documents: part.documents.slice(0, half) });
    if (outcome.kind !== 'saved') return outcome;
    await setImmediate();
    await this.aside({ ...part, put: [], documents: part.documents.slice(half) });
    return outcome;
  }
}

const GUARDED = 'a guarded save ›';
const FENCED = 'an atomic save that is fenced ›';
const READERS = 'readers beside a writer ›';

/** Stores that go wrong in saving. */
export const SAVING_MUTANTS: readonly ReadModelMutant[] = [
  {
    wrong: 'the record of the segment is written first',
    store: SegmentFirst,
    commit: 'guarded',
    caughtBy: `${GUARDED} does not move the segment when a document is stale`,
  },
  {
    wrong: 'the record of the segment is committed by itself, before the documents',
    store: SegmentFirst,
    commit: 'atomic',
    caughtBy: `${READERS} see a segment go on only when its documents are there`,
  },
  {
    wrong: 'some documents are committed behind the segment',
    store: DocumentsWrittenByHalves,
    commit: 'atomic',
    caughtBy: `${READERS} see a segment go on only when its documents are there`,
  },
  {
    wrong: 'an old owner may still save',
    store: unfenced((version, actual) => actual !== undefined && version < actual),
    commit: 'atomic',
    caughtBy: 'racing owners of a segment › lets one of 32 save',
  },
  {
    wrong: 'an old owner of a guarded segment may still move it',
    store: unfenced((version, actual) => actual !== undefined && version < actual),
    commit: 'guarded',
    caughtBy: `${GUARDED} never moves the segment of another owner`,
  },
  {
    wrong: 'a version to come is accepted',
    store: unfenced((version, actual) => actual !== undefined && version > actual),
    commit: 'atomic',
    caughtBy: 'saving › is refused at a version to come',
  },
  {
    wrong: 'a segment without a record may be saved',
    store: unfenced((_, actual) => actual === undefined),
    commit: 'guarded',
    caughtBy: 'saving › is refused where the segment has no record',
  },
  {
    wrong: 'documents stay that were fenced',
    store: leaving('documents'),
    commit: 'atomic',
    caughtBy: `${FENCED} inserts no document`,
  },
  {
    wrong: 'records are put although their part was fenced',
    store: leaving('put'),
    commit: 'atomic',
    caughtBy: `${FENCED} puts and removes no record`,
  },
  {
    wrong: 'records are removed although their part was fenced',
    store: leaving('remove'),
    commit: 'atomic',
    caughtBy: `${FENCED} puts and removes no record`,
  },
  {
    wrong: 'a part that is fenced holds back those behind it',
    store: FencedHoldsBackTheOthers,
    commit: 'atomic',
    caughtBy: 'saving several parts › writes the others where part 1 of 3 is fenced',
  },
  {
    wrong: 'outcomes come in an order of their own',
    store: OutcomesInTheirOwnOrder,
    commit: 'atomic',
    caughtBy: 'saving several parts › writes the others where part 3 of 3 is fenced',
  },
  {
    wrong: 'a record that is there is not put',
    store: PutOnlyWhereNothingIs,
    commit: 'atomic',
    caughtBy: 'saving › puts records over what stands there',
  },
  {
    wrong: 'records are put behind the documents',
    store: PutForgotten,
    commit: 'guarded',
    caughtBy: `${READERS} see a document that names a put record only when the record is there`,
  },
  {
    wrong: 'records are removed before the documents are written',
    store: RemovesRecordsFirst,
    commit: 'guarded',
    caughtBy: `${GUARDED} does not remove records when a document is stale`,
  },
  {
    wrong: 'a reader may see the records gone before the documents come',
    store: RemovesRecordsFirst,
    commit: 'atomic',
    caughtBy: `${READERS} see a record removed only when the documents are written`,
  },
  {
    wrong: 'a document that is too large is refused after the others were written',
    store: TooLargeRefusedAfterWritingTheOthers,
    commit: 'atomic',
    caughtBy: 'a document that is too large › holds back everything of the save',
  },
];
