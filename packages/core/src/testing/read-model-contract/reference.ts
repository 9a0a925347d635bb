import type {
  DocumentQuery,
  FieldCondition,
  Scalar,
  StoredDocument,
} from '../../projection/read-model-store.js';

// What queries should find, by the most simple-minded way to say it: stores and this share nothing.

/** What a right store finds among all documents of a collection. */
export function expectedOf(
  documents: readonly StoredDocument[],
  { where, orderBy, after, limit }: DocumentQuery,
): readonly StoredDocument[] {
  const found = documents
    .filter(({ document }) => document !== undefined)
    .filter(({ document }) => where.every((condition) => isMet(document ?? {}, condition)))
    .sort((a, b) => compare(placed(a, orderBy), placed(b, orderBy), orderBy));
  const rest =
    after === undefined
      ? found
      : found.filter(
          (it) => compare(placed(it, orderBy), [...after.values, after.id], orderBy) > 0,
        );
  return rest.slice(0, limit);
}

/** The values of the ordering fields, and the id behind them. */
function placed({ id, document }: StoredDocument, orderBy: DocumentQuery['orderBy']): Scalar[] {
  return [...orderBy.map(({ field }) => fieldOf(document ?? {}, field)), id];
}

function compare(
  a: readonly Scalar[],
  b: readonly Scalar[],
  orderBy: DocumentQuery['orderBy'],
): number {
  for (const [n, value] of a.entries()) {
    const { direction } = orderBy[n] ?? orderBy.at(-1) ?? { direction: 'asc' };
    const difference = compareValues(value, b[n] ?? null);
    if (difference !== 0) return direction === 'asc' ? difference : -difference;
  }
  return 0;
}

function isMet(document: object, { field, eq, gt, gte, lt, lte }: FieldCondition): boolean {
  const value = fieldOf(document, field);
  const against = (bound: Scalar | undefined, holds: (difference: number) => boolean) =>
    bound === undefined || (rank(bound) === rank(value) && holds(compareValues(value, bound)));
  return (
    against(eq, (it) => it === 0) &&
    against(gt, (it) => it > 0) &&
    against(gte, (it) => it >= 0) &&
    against(lt, (it) => it < 0) &&
    against(lte, (it) => it <= 0)
  );
}

function fieldOf(document: object, field: string): Scalar {
  return Object.hasOwn(document, field) ? ((Reflect.get(document, field) as Scalar) ?? null) : null;
}

function compareValues(a: Scalar, b: Scalar): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (typeof a === 'string') return compareCodePoints(a, String(b));
  return Math.sign(Number(a) - Number(b));
}

function rank(value: Scalar): number {
  if (value instanceof Date) return 4;
  return ['object', 'number', 'string', 'boolean'].indexOf(typeof value);
}

function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (const [n, character] of left.entries()) {
    const other = right[n];
    if (other === undefined) return 1;
    const difference = (character.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
