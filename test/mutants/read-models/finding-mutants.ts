import type {
  DocumentQuery,
  FieldCondition,
  NonEmpty,
  Scalar,
  SegmentSave,
  StoredDocument,
} from '@everfold/core';
import { mutant, type ReadModelMutant, WrongReadModelStore } from './wrong-read-model-store.js';

/** A limit that is none. */
export const ALL = Number.MAX_SAFE_INTEGER;

type Find = (query: DocumentQuery) => Promise<readonly StoredDocument[]>;

/** Finds in another way; `find` is the right one. */
export function finding(
  change: (query: DocumentQuery, find: Find) => Promise<readonly StoredDocument[]>,
): typeof WrongReadModelStore {
  return class extends WrongReadModelStore {
    override findDocuments(collection: string, query: DocumentQuery) {
      return change(query, (it) => this.inner.findDocuments(collection, it));
    }
  };
}

/** Finds everything but the conditions that are taken out, and filters by them in another way. */
function filtering(
  isTaken: (condition: FieldCondition) => boolean,
  isMet: (value: Scalar | undefined, condition: FieldCondition) => boolean,
) {
  return finding(async (query, find) => {
    const taken = query.where.filter(isTaken);
    const where = query.where.filter((condition) => !isTaken(condition));
    const found = await find({ ...query, where, limit: ALL });
    return found
      .filter((it) => taken.every((condition) => isMet(fieldOf(it, condition.field), condition)))
      .slice(0, query.limit);
  });
}

function fieldOf({ document }: StoredDocument, field: string): Scalar | undefined {
  return Object.getOwnPropertyDescriptor(document ?? {}, field)?.value as Scalar | undefined;
}

/** Values of the ordering fields, to be compared. */
export function placeOf(it: StoredDocument, { orderBy }: DocumentQuery): string {
  return JSON.stringify(orderBy.map(({ field }) => fieldOf(it, field) ?? null));
}

const idsByUtf16 = finding(async (query, find) => {
  if (query.orderBy.length > 0) return find(query);
  const found = await find({ ...query, after: undefined, limit: ALL });
  return found
    .toSorted((a, b) => compareUtf16(a.id, b.id))
    .filter(({ id }) => query.after === undefined || compareUtf16(id, query.after.id) > 0)
    .slice(0, query.limit);
});

const valuesByUtf16 = finding(async (query, find) => {
  const [order] = query.orderBy;
  if (order === undefined || query.after !== undefined) return find(query);
  const found = await find({ ...query, limit: ALL });
  const texts = found.filter((it) => typeof fieldOf(it, order.field) === 'string');
  const sorted = texts.toSorted((a, b) => {
    const compared = compareUtf16(String(fieldOf(a, order.field)), String(fieldOf(b, order.field)));
    return order.direction === 'asc' ? compared : -compared;
  });
  let next = 0;
  return found
    .map((it) => (texts.includes(it) ? (sorted[next++] ?? it) : it))
    .slice(0, query.limit);
});

function compareUtf16(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

const tiesAlwaysAscending = finding(async (query, find) => {
  if (query.after !== undefined) return find(query);
  const found = await find({ ...query, limit: ALL });
  const places = [...new Set(found.map((it) => placeOf(it, query)))];
  return places
    .flatMap((place) =>
      found
        .filter((it) => placeOf(it, query) === place)
        .toSorted((a, b) => compareUtf16(a.id, b.id)),
    )
    .slice(0, query.limit);
});

const directionOfTheFirst = finding((query, find) => {
  const direction = query.orderBy[0]?.direction ?? 'asc';
  return find({ ...query, orderBy: query.orderBy.map(({ field }) => ({ field, direction })) });
});

const limitedBeforeFiltered = finding(async (query, find) => {
  const first = await find({ ...query, where: [] });
  const right = await find({ ...query, limit: ALL });
  return right.filter(({ id }) => first.some((it) => it.id === id));
});

const nullIsNotMissing = filtering(
  ({ eq }) => eq === null,
  (value) => value === null,
);

const comparedAsJavaScriptDoes = filtering(
  ({ gt }) => gt !== undefined && gt !== null,
  (value, { gt }) => value !== undefined && value !== null && value > (gt ?? 0),
);

const equalAsJavaScriptDoes = filtering(
  ({ eq }) => eq === 0,
  (value) => Number(value) === 0 && value !== undefined && value !== null,
);

const firstThousandCharacters = filtering(
  ({ eq }) => typeof eq === 'string' && eq.length > 1_000,
  (value, { eq }) => String(value).slice(0, 1_000) === String(eq).slice(0, 1_000),
);

const endsIncluded = filtering(
  ({ lt }) => typeof lt === 'number',
  (value, { lt, gt, gte }) =>
    typeof value === 'number' &&
    value <= Number(lt) &&
    value > Number(gt ?? Number.NEGATIVE_INFINITY) &&
    value >= Number(gte ?? Number.NEGATIVE_INFINITY),
);

/** Remembers what documents were, and may still find them by it. */
abstract class Remembering extends WrongReadModelStore {
  readonly #former = new Map<string, StoredDocument[]>();

  override async save(parts: NonEmpty<SegmentSave>) {
    for (const { collection = '', documents } of parts)
      for (const { id, document, position, parkedSince } of documents)
        this.#former.set(collection, [
          ...(this.#former.get(collection) ?? []),
          { id, document, position, ...(parkedSince === undefined ? {} : { parkedSince }) },
        ]);
    return this.inner.save(parts);
  }

  override async findDocuments(collection: string, query: DocumentQuery) {
    const found = await this.inner.findDocuments(collection, query);
    const others: StoredDocument[] = [];
    for (const former of this.#former.get(collection) ?? []) {
      const isFound = [...found, ...others].some(({ id }) => id === former.id);
      const current = (await this.inner.loadDocuments(collection, [former.id])).get(former.id);
      if (!isFound && this.isShown(former, current, query)) others.push(current ?? former);
    }
    return [...found, ...others].slice(0, query.limit);
  }

  protected abstract isShown(
    former: StoredDocument,
    current: StoredDocument | undefined,
    query: DocumentQuery,
  ): boolean;
}

function wasFound(former: StoredDocument, { where }: DocumentQuery): boolean {
  return where.length > 0 && where.every(({ field, eq }) => fieldOf(former, field) === eq);
}

class OldIndexEntryLeft extends Remembering {
  protected isShown(
    former: StoredDocument,
    current: StoredDocument | undefined,
    query: DocumentQuery,
  ) {
    return current?.document !== undefined && wasFound(former, query);
  }
}

class IndexEntryLeftAfterRemoval extends Remembering {
  protected isShown(
    former: StoredDocument,
    current: StoredDocument | undefined,
    query: DocumentQuery,
  ) {
    return current?.document === undefined && wasFound(former, query);
  }
}

class ParkedPlaceholderShown extends Remembering {
  protected isShown(_: StoredDocument, current: StoredDocument | undefined) {
    return current?.parkedSince !== undefined && current.document === undefined;
  }
}

class MarkersShown extends Remembering {
  protected isShown(_: StoredDocument, current: StoredDocument | undefined) {
    return current !== undefined && current.document === undefined;
  }
}

const ORDER = 'the order of a query ›';

/** Stores that go wrong in queries. */
export const FINDING_MUTANTS: readonly ReadModelMutant[] = [
  mutant('ids go by UTF-16', idsByUtf16, `${ORDER} is that of ids by code point`),
  mutant('values go by UTF-16', valuesByUtf16, `${ORDER} ascending goes through every kind`),
  mutant('ties always ascend', tiesAlwaysAscending, `${ORDER} parts equal values by id`),
  mutant('all fields go as the first', directionOfTheFirst, `${ORDER} of two fields, asc and desc`),
  mutant(
    'limits count what is not found',
    limitedBeforeFiltered,
    'pages › count what the conditions find',
  ),
  mutant(
    'null is not missing',
    nullIsNotMissing,
    'a query › for equal values finds null, and a missing',
  ),
  mutant('ranges mix types', comparedAsJavaScriptDoes, 'a query › for a range finds numbers above'),
  mutant(
    'equality mixes types',
    equalAsJavaScriptDoes,
    'a query › for equal values finds 0, and neither',
  ),
  mutant('ranges include their ends', endsIncluded, 'a query › for a range finds numbers below'),
  mutant(
    'long text is compared by its beginning',
    firstThousandCharacters,
    'a query › tells long text apart',
  ),
  mutant(
    'the old index entry is left after an update',
    OldIndexEntryLeft,
    'an index › finds a document by its new value, and not by its old one',
  ),
  mutant(
    'an index entry is left after a removal',
    IndexEntryLeftAfterRemoval,
    'an index › forgets a removed document',
  ),
  mutant(
    'a parked placeholder is found',
    ParkedPlaceholderShown,
    'parked documents › may be parked before there is a document',
  ),
  mutant('markers are found', MarkersShown, 'removed documents › are found no more', 'guarded'),
  mutant(
    'random queries are answered wrongly, however seldom',
    directionOfTheFirst,
    'random queries › find what they should among documents of few values',
  ),
];
