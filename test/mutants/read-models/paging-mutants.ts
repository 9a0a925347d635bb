import { ALL, finding, placeOf } from './finding-mutants.js';
import { mutant, type ReadModelMutant } from './wrong-read-model-store.js';

const skippingEqualValues = finding(async (query, find) => {
  const { after, orderBy, limit } = query;
  if (after === undefined || orderBy.length === 0) return find(query);
  const found = await find({ ...query, limit: ALL });
  const last = JSON.stringify(after.values);
  return found.filter((it) => placeOf(it, query) !== last).slice(0, limit);
});

const repeatingEqualValues = finding(async (query, find) => {
  const { after, orderBy, limit } = query;
  if (after === undefined || orderBy.length === 0) return find(query);
  const all = await find({ ...query, after: undefined, limit: ALL });
  const [behind] = await find({ ...query, limit: 1 });
  const last = JSON.stringify(after.values);
  const from = all.findIndex((it) => placeOf(it, query) === last || it.id === behind?.id);
  return from < 0 ? [] : all.slice(from, from + limit);
});

const endingWhereTheDocumentIsGone = finding(async (query, find) => {
  const all = await find({ ...query, after: undefined, limit: ALL });
  const isThere = query.after === undefined || all.some(({ id }) => id === query.after?.id);
  return isThere ? find(query) : [];
});

const beginningAnewWhereTheDocumentIsGone = finding(async (query, find) => {
  const all = await find({ ...query, after: undefined, limit: ALL });
  const isThere = all.some(({ id }) => id === query.after?.id);
  return find(isThere ? query : { ...query, after: undefined });
});

/** Goes on behind where the document stands now. */
const followingTheDocument = finding(async (query, find) => {
  if (query.after === undefined) return find(query);
  const all = await find({ ...query, after: undefined, limit: ALL });
  const at = all.findIndex(({ id }) => id === query.after?.id);
  return at < 0 ? find(query) : all.slice(at + 1, at + 1 + query.limit);
});

const PAGES = 'pages ›';

/** Stores that go on in the wrong place. */
export const PAGING_MUTANTS: readonly ReadModelMutant[] = [
  mutant(
    'a cursor skips equal values',
    skippingEqualValues,
    `${PAGES} of 1 go through equal values`,
  ),
  mutant('a cursor repeats equal values', repeatingEqualValues, `${PAGES} of 2 go through equal`),
  mutant(
    'a cursor ends where its document is gone',
    endingWhereTheDocumentIsGone,
    `${PAGES} go on behind a document that is gone`,
  ),
  mutant(
    'a cursor begins anew where its document is gone',
    beginningAnewWhereTheDocumentIsGone,
    `${PAGES} go on by id behind a document that is gone`,
  ),
  mutant(
    'a cursor goes with its document',
    followingTheDocument,
    `${PAGES} go on behind a document that has moved`,
  ),
];
