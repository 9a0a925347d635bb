import { type DocumentQuery, evaluateQuery, type StoredDocument } from '@everfold/core';
import { EmbeddedStore } from '@everfold/embedded';
import { Folders } from './folders.js';
import { print } from './patience.js';
import { Random } from './random.js';
import { asc, fill, query, range } from './read-model-samples.js';

const folders = new Folders();
const random = Random.fromEnvironment();

beforeAll(() => print(`queries: SEED=${random.seed}`));

afterEach(() => folders.remove());

describe('A query over long texts', () => {
  it('finds what the reference finds, whatever indexes there are', async () => {
    await using store = await EmbeddedStore.open(await folders.create());
    const indexes = [['a'], ['a', 'b'], ['b', 'a', 'c'], ['c']];
    const documents = await fill(store, range(300).map(randomDocument), indexes);

    for (let round = 0; round < 400; round += 1) {
      const asked = randomQuery(documents);

      const found = await store.findDocuments('c', asked);

      expect({ asked, ids: idsOf(found) }).toEqual({
        asked,
        ids: idsOf(evaluateQuery(documents, asked)),
      });
    }
  }, 120_000);

  it('pages through all of them, each once', async () => {
    await using store = await EmbeddedStore.open(await folders.create());
    const documents = await fill(store, range(200).map(randomDocument), [['a', 'b']]);
    const orderBy = [asc('a'), asc('b')];
    const ids: string[] = [];

    for (let after: DocumentQuery['after']; ; ) {
      const page = await store.findDocuments('c', { ...query({ orderBy, limit: 7 }), after });
      ids.push(...idsOf(page));
      const last = page.at(-1);
      if (last === undefined) break;
      const { a = null, b = null } = (last.document ?? {}) as { a?: string; b?: string };
      after = { values: [a, b], id: last.id };
    }

    expect(ids).toEqual(idsOf(evaluateQuery(documents, query({ orderBy }))));
  }, 60_000);
});

/** Texts that share more than an index holds of them, and short ones, numbers and nothing. */
function randomValue(): string | number | boolean | Date | null {
  const beginning = random.pick([
    '',
    'é'.repeat(300),
    'x'.repeat(2_000),
    'x'.repeat(480),
    '\u0000'.repeat(900),
  ]);
  const ending = random.pick(['', 'a', 'b', '\u{1F600}', '\uFFFD', '\u0000']);
  const other = random.pick([null, 1, -2.5, true, false, new Date(5), 'short']);
  return random.below(4) === 0 ? other : beginning + ending;
}

function randomDocument(): object {
  const fields = ['a', 'b', 'c'].filter(() => random.below(5) > 0);
  return Object.fromEntries(fields.map((field) => [field, randomValue()]));
}

function randomQuery(documents: readonly StoredDocument[]): DocumentQuery {
  const where = ['a', 'b', 'c']
    .filter(() => random.below(3) === 0)
    .map((field) => ({
      field,
      [random.pick(['eq', 'eq', 'gt', 'gte', 'lt', 'lte'])]: randomValue(),
    }));
  const orderBy = ['a', 'b', 'c']
    .filter(() => random.below(2) === 0)
    .map((field) => ({ field, direction: random.pick(['asc', 'desc'] as const) }));
  const { id, document = {} } = random.pick(documents);
  const values = orderBy.map(({ field }) => Reflect.get(document, field) ?? null);
  const after = random.below(2) === 0 ? undefined : { values, id };
  return query({ where, orderBy, after, limit: random.between(1, 40) });
}

function idsOf(documents: readonly StoredDocument[]): readonly string[] {
  return documents.map(({ id }) => id);
}
