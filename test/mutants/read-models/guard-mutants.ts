import type { DocumentWrite, Position, SaveOutcome, SegmentSave } from '@everfold/core';
import { SavingWrong } from './saving-wrong.js';
import type { ReadModelMutant } from './wrong-read-model-store.js';

/** Guards with the position that a document has just now, where `ignored` says so. */
function guarding(ignored: (write: DocumentWrite) => boolean) {
  return class extends SavingWrong {
    protected async savePart(part: SegmentSave) {
      const stored = await this.stored(part);
      const documents = part.documents.map((write) =>
        ignored(write) ? { ...write, loadedAt: stored.get(write.id)?.position } : write,
      );
      return this.saveOne({ ...part, documents });
    }
  };
}

class GuardCheckedBeforeAndNotWithTheWrite extends SavingWrong {
  protected async savePart(part: SegmentSave): Promise<SaveOutcome> {
    const stored = await this.stored(part);
    const isStale = ({ id, loadedAt }: DocumentWrite) => stored.get(id)?.position !== loadedAt;
    if (part.documents.some(isStale)) return this.saveOne(part);
    for (;;) {
      const now = await this.stored(part);
      const documents = part.documents.map((write) => ({
        ...write,
        loadedAt: now.get(write.id)?.position,
      }));
      const outcome = await this.saveOne({ ...part, documents });
      if (outcome.kind !== 'stale') return outcome;
    }
  }
}

class NamesTheFirstOnly extends SavingWrong {
  protected async savePart(part: SegmentSave) {
    const outcome = await this.saveOne(part);
    return outcome.kind === 'stale' ? { ...outcome, ids: outcome.ids.slice(0, 1) } : outcome;
  }
}

class StaleTakenForFenced extends SavingWrong {
  protected async savePart(part: SegmentSave): Promise<SaveOutcome> {
    const outcome = await this.saveOne(part);
    return outcome.kind === 'stale' ? { kind: 'fenced' } : outcome;
  }
}

const LAST = '9'.repeat(16) as Position;

class MarkerForgotten extends SavingWrong {
  protected async savePart(part: SegmentSave) {
    const outcome = await this.saveOne(part);
    if (part.collection !== undefined) await this.inner.purgeMarkers(part.collection, LAST);
    return outcome;
  }
}

const GUARDED = 'a guarded save ›';

/** Stores that guard documents wrongly, or forget what they guard by. */
export const GUARD_MUTANTS: readonly ReadModelMutant[] = [
  {
    wrong: 'no document is guarded',
    store: guarding(() => true),
    commit: 'guarded',
    caughtBy: `${GUARDED} leaves a document alone that was loaded earlier`,
  },
  {
    wrong: 'an insert writes over what is there',
    store: guarding(({ loadedAt }) => loadedAt === undefined),
    commit: 'guarded',
    caughtBy: `${GUARDED} inserts only where there is none`,
  },
  {
    wrong: 'a removal is not guarded',
    store: guarding(({ document }) => document === undefined),
    commit: 'guarded',
    caughtBy: `${GUARDED} removes nothing that does not stand where it was loaded`,
  },
  {
    wrong: 'what was loaded later than it stands is replaced',
    store: guarding(
      ({ loadedAt, position }) =>
        position === '7'.padStart(16, '0') && loadedAt === '6'.padStart(16, '0'),
    ),
    commit: 'guarded',
    caughtBy: `${GUARDED} leaves a document alone that was loaded later`,
  },
  {
    wrong: 'the guard is checked before the write, and not with it',
    store: GuardCheckedBeforeAndNotWithTheWrite,
    commit: 'guarded',
    caughtBy: `${GUARDED} lets one of 64 replace a document`,
  },
  {
    wrong: 'only the first stale document is named',
    store: NamesTheFirstOnly,
    commit: 'guarded',
    caughtBy: `${GUARDED} names every stale document and no other`,
  },
  {
    wrong: 'stale is called fenced',
    store: StaleTakenForFenced,
    commit: 'guarded',
    caughtBy: `${GUARDED} leaves a document alone that was loaded earlier`,
  },
  {
    wrong: 'a removal leaves no marker',
    store: MarkerForgotten,
    commit: 'guarded',
    caughtBy: 'the marker of a removed document › refuses an insert of who loaded before',
  },
];
