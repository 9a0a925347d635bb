import { join } from 'node:path';
import { EmbeddedStore } from '@everfold/embedded';
import { apply, flipIn } from './damage.js';
import { readLiveData } from './data-file.js';
import { Folders } from './folders.js';
import { print } from './patience.js';
import { Random } from './random.js';
import { asc, fill, query, SEGMENT } from './read-model-samples.js';

const folders = new Folders();
const random = Random.fromEnvironment();

beforeAll(() => print(`damaged read models: SEED=${random.seed}`));

afterEach(() => folders.remove());

describe('A damaged read model', () => {
  it.each([
    ['a document', 'D', { code: 'STORE_CORRUPTED' }],
    ['a record', 'V', { code: 'STORE_CORRUPTED' }],
    ['a definition of a collection', 'K', { code: 'STORE_CORRUPTED' }],
  ])('is told from a whole one where it is %s', async (_, kind, error) => {
    const folder = await folders.create();
    await using store = await EmbeddedStore.open(folder);
    await fill(store, [{ n: 1 }], []);
    const { entries } = await readLiveData(join(folder, 'data.mdb'));
    const entry = entries.find(({ key }) => key.toString('latin1', 0, 1) === kind);

    await apply(folder, flipIn([behindVersion(entry?.valueRange)], random));

    const reads = [
      store.loadDocuments('c', ['d0']),
      store.findDocuments('c', query({})),
      store.readRecord(SEGMENT),
    ];
    const outcomes = await Promise.allSettled(reads);
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(failed.length).toBeGreaterThan(0);
    for (const { reason } of failed) expect(reason).toMatchObject(error);
    expect((await store.verify()).ok).toBe(false);
  });

  it('is found by verify where an index entry or its document is missing', async () => {
    const folder = await folders.create();
    await using store = await EmbeddedStore.open(folder);
    await fill(store, [{ n: 1 }, { n: 2 }, { n: 3 }], [['n']]);
    const { entries } = await readLiveData(join(folder, 'data.mdb'));
    const entry = entries.filter(({ key }) => key.toString('latin1', 0, 1) === 'X').at(-1);
    const { at = 0, length = 1 } = entry?.keyRange ?? {};

    await apply(folder, { at: at + length - 1, xor: 0x40 });

    const { problems } = await store.verify();
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.every(({ what }) => what === 'document')).toBe(true);
    expect(await store.findDocuments('c', query({ orderBy: [asc('n')] }))).toHaveLength(2);
  });
});

/** The version of an entry stands in front of its value. */
function behindVersion({ at, length } = { at: 0, length: 0 }) {
  return { at: at + 8, length: length - 8 };
}
