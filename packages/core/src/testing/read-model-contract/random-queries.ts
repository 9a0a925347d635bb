import { isDeepStrictEqual } from 'node:util';
import type {
  DocumentQuery,
  DocumentWrite,
  FieldCondition,
  Scalar,
  StoredDocument,
} from '../../projection/read-model-store.js';
import { range } from '../outcomes.js';
import { expect } from '../runner.js';
import type { Contract } from './contract.js';
import type { Fixture } from './fixture.js';
import { placeOf } from './paging.js';
import type { Random } from './random.js';
import { expectedOf } from './reference.js';
import { at, idOf } from './writes.js';

const FIELDS = ['a', 'b', 'c'] as const;
const INDEXES = [['a'], ['b', 'a'], ['c'], ['a', 'b', 'c']];

const MANY_KINDS: readonly (Scalar | undefined)[] = [
  ...[undefined, null, false, true, -2, -1, 0, 1, 1.5, 2, 10, '', 'a', 'aa', 'ab', 'b', 'B', '10'],
  ...['a\u0000', '\uffee', '😀', '😀a', new Date(-1), new Date(0), new Date(1), new Date(10)],
];
const FEW: readonly (Scalar | undefined)[] = [0, 1, 'a', undefined];
const NUMBERS: readonly Scalar[] = range(40).map((n) => n - 20);

/** Random documents and queries, compared with a reference that is too simple to be wrong. */
export function describeRandomQueries(contract: Contract): void {
  const { it } = contract;

  contract.describe('random queries', () => {
    for (const [name, values] of [
      ['of every kind of value', MANY_KINDS],
      ['of few values', FEW],
      ['of numbers', NUMBERS],
    ] as const)
      it(`find what they should among documents ${name}, 150 times`, (fixture) =>
        fixture.drawn(async (random) => {
          const documents = await write(fixture, random, values);

          for (const _ of range(150))
            await isRight(fixture, documents, randomQuery(random, values, documents));
        }));

    it('find what they should while documents change, 100 times', (fixture) =>
      fixture.drawn(async (random) => {
        const writer = await Churn.begin(fixture, random);

        for (const _ of range(100)) {
          await writer.write();
          const { documents } = writer;
          await isRight(fixture, documents, randomQuery(random, MANY_KINDS, documents));
        }
      }));

    it('page by page meet everything in order, 40 times', (fixture) =>
      fixture.drawn(async (random) => {
        const documents = await write(fixture, random, FEW);

        for (const _ of range(40)) {
          const query = { ...randomQuery(random, FEW, documents), after: undefined };
          const limit = 1 + random.below(9);
          const ids = await pagesOf(fixture, { ...query, limit });
          const all = expectedOf(documents, { ...query, limit: Number.POSITIVE_INFINITY });
          sameIds(ids, all, query);
        }
      }));
  });
}

/** Documents that are inserted, replaced, removed and begun anew, and what should be stored then. */
class Churn {
  readonly #stored = new Map<string, StoredDocument>();
  #position = 1;

  private constructor(
    readonly fixture: Fixture,
    readonly random: Random,
    readonly save: (documents: readonly DocumentWrite[]) => Promise<void>,
  ) {}

  static async begin(fixture: Fixture, random: Random): Promise<Churn> {
    const segment = await fixture.begin(INDEXES);
    return new Churn(fixture, random, segment.saved);
  }

  get documents(): readonly StoredDocument[] {
    return [...this.#stored.values()];
  }

  async write(): Promise<void> {
    const { random } = this;
    this.#position += 1;
    const chosen = new Set(range(1 + random.below(12)).map(() => idOf(random.below(60))));
    const written = [...chosen].map((id): StoredDocument => {
      const document = random.chance(0.25) ? undefined : randomDocument(random, MANY_KINDS);
      return { id, document, position: at(this.#position) };
    });
    await this.save(written.map((it) => ({ ...it, loadedAt: this.#stored.get(it.id)?.position })));
    const keepsMarkers = this.fixture.store.commit === 'guarded';
    for (const it of written)
      if (it.document !== undefined || keepsMarkers) this.#stored.set(it.id, it);
      else this.#stored.delete(it.id);
  }
}

async function write(
  fixture: Fixture,
  random: Random,
  values: readonly (Scalar | undefined)[],
): Promise<readonly StoredDocument[]> {
  const segment = await fixture.begin(INDEXES);
  const documents = range(120).map((n) => ({
    id: random.chance(0.1) ? `${random.pick(['😀', '\uffee', '漢'])}${n}` : idOf(n),
    document: randomDocument(random, values),
    position: at(1 + random.below(50)),
  }));
  await segment.saved(random.shuffled(documents).map((it) => ({ ...it, loadedAt: undefined })));
  return documents;
}

function randomDocument(random: Random, values: readonly (Scalar | undefined)[]): object {
  const fields = FIELDS.map((field) => [field, random.pick(values)] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

function randomQuery(
  random: Random,
  values: readonly (Scalar | undefined)[],
  documents: readonly StoredDocument[],
): DocumentQuery {
  const orderBy = random
    .shuffled(FIELDS)
    .slice(0, random.below(4))
    .map((field) => ({ field, direction: random.pick(['asc', 'desc'] as const) }));
  const where = random
    .shuffled(FIELDS)
    .slice(0, random.pick([0, 0, 1, 1, 2, 3]))
    .map((field) => randomCondition(random, field, values));
  const start = random.chance(0.4) && documents.length > 0 ? random.pick(documents) : undefined;
  return {
    where,
    orderBy,
    limit: random.pick([1, 2, 5, 1_000]),
    ...(start === undefined ? {} : { after: placeOf(start, orderBy) }),
  };
}

function randomCondition(
  random: Random,
  field: string,
  values: readonly (Scalar | undefined)[],
): FieldCondition {
  if (random.chance(0.4)) return { field, eq: random.pick(values) ?? null };
  const bounds = values.filter((value) => value !== undefined && value !== null);
  const lower = { [random.pick(['gt', 'gte'])]: random.pick(bounds) };
  const upper = { [random.pick(['lt', 'lte'])]: random.pick(bounds) };
  return { field, ...random.pick([lower, upper, { ...lower, ...upper }]) };
}

async function isRight(
  fixture: Fixture,
  documents: readonly StoredDocument[],
  query: DocumentQuery,
): Promise<void> {
  const expected = expectedOf(documents, query);
  const found = await fixture.find(query);

  sameIds(
    found.map(({ id }) => id),
    expected,
    query,
  );
  if (!isDeepStrictEqual(found, expected)) expect(found).toEqual(expected);
}

function sameIds(
  ids: readonly string[],
  expected: readonly StoredDocument[],
  query: DocumentQuery,
): void {
  const wanted = expected.map(({ id }) => id);
  if (JSON.stringify(ids) === JSON.stringify(wanted)) return;
  throw new Error(
    `${JSON.stringify(query)} found ${JSON.stringify(ids)} instead of ${JSON.stringify(wanted)}`,
  );
}

async function pagesOf(fixture: Fixture, query: DocumentQuery): Promise<string[]> {
  const ids: string[] = [];
  let { after } = query;
  for (let pages = 0; pages <= 200; pages += 1) {
    const found = await fixture.find({ ...query, after });
    ids.push(...found.map(({ id }) => id));
    const last = found.at(-1);
    if (last === undefined) return ids;
    after = placeOf(last, query.orderBy);
  }
  throw new Error('The pages never end.');
}
