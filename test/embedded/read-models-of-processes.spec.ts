import { EmbeddedStore } from '@everfold/embedded';
import { Folders } from './folders.js';
import { print, until } from './patience.js';
import { Processes } from './processes.js';
import { Random } from './random.js';
import { fill, query, range, SEGMENT } from './read-model-samples.js';

const PROCESSES = 8;
const KILLS = 12;
const DOCUMENTS = 400;

const processes = new Processes();
const folders = new Folders();
const random = Random.fromEnvironment();

beforeAll(() => print(`read models of processes: SEED=${random.seed}`));

afterEach(async () => {
  await processes.end();
  await folders.remove();
});

describe('Eight processes', () => {
  it('that count in one record lose nothing', async () => {
    const folder = await folders.create();
    const all = await openEverywhere(folder);

    const lost = await Promise.all(
      all.map((one) => one.call<number>('count', { key: 'counter', times: 40 })),
    );

    await using store = await EmbeddedStore.open(folder);
    expect(await store.readRecord('counter')).toMatchObject({
      value: PROCESSES * 40,
      version: PROCESSES * 40,
    });
    expect(lost.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
  }, 60_000);

  it('that make the same collections at once share them', async () => {
    const folder = await folders.create();
    const all = await openEverywhere(folder);
    const names = ['one', 'two', 'three'];

    await Promise.all(
      all.flatMap((one) => names.map((name) => one.call('create', { name, indexes: [['by']] }))),
    );
    await Promise.all(
      all.map((one, at) => one.call('saveOwn', { collection: 'two', segment: `s${at}` })),
    );

    await using store = await EmbeddedStore.open(folder);
    expect(await store.findDocuments('two', query({}))).toHaveLength(PROCESSES);
    expect(await store.findDocuments('one', query({}))).toHaveLength(0);
    expect(await store.verify()).toMatchObject({ ok: true, documents: PROCESSES });
  }, 60_000);

  it('that drop a collection at once leave nothing of it', async () => {
    const folder = await folders.create();
    await using store = await EmbeddedStore.open(folder);
    await fill(
      store,
      range(5_000).map((n) => ({ n })),
      [['n']],
    );
    const all = await openEverywhere(folder);

    await Promise.all(all.map((one) => one.call('drop', { name: 'c' })));

    expect(await store.findDocuments('c', query({}))).toEqual([]);
    expect(await store.verify()).toMatchObject({ ok: true, documents: 0 });
  }, 60_000);
});

describe('A process that is killed within a save', () => {
  it('leaves all of it or nothing, and what was acknowledged', async () => {
    const folder = await folders.create();
    await using store = await EmbeddedStore.open(folder);
    await store.createCollection('c', [['group'], ['round', 'group']]);
    const rounds: number[] = [];

    for (let kill = 0; kill < KILLS; kill += 1) {
      let saved = -1;
      const writer = await processes.start({
        script: 'read-models.mjs',
        onSaid: (message) => {
          saved = Number(message['saved']);
        },
      });
      await writer.call('open', { folder });
      const saving = writer
        .call('saveForEver', { collection: 'c', segment: SEGMENT, count: DOCUMENTS })
        .catch(() => undefined);
      await until('it saves', () => saved >= (rounds.at(-1) ?? 0) + 2);
      await untilRandomly();
      writer.kill();
      await Promise.all([writer.ended, saving]);

      const round = await roundOf(store);
      expect(round).toBeGreaterThanOrEqual(saved);
      const { documents } = await store.verify();
      expect(documents).toBe(DOCUMENTS);
      rounds.push(round);
    }

    expect(await store.verify()).toMatchObject({ ok: true });
    expect(new Set(rounds).size).toBe(KILLS);
  }, 180_000);

  it('leaves a collection that it was dropping to whoever drops it next', async () => {
    const folder = await folders.create();
    await using store = await EmbeddedStore.open(folder);
    await fill(
      store,
      range(20_000).map((n) => ({ n })),
      [['n']],
    );
    const dropper = await processes.start({ script: 'read-models.mjs' });
    await dropper.call('open', { folder });

    const dropping = dropper.call('drop', { name: 'c' }).catch(() => undefined);
    await until(
      'its name is gone',
      async () => (await store.findDocuments('c', query({ limit: 1 }))).length === 0,
    );
    dropper.kill();
    await Promise.all([dropper.ended, dropping]);

    const left = await store.verify();
    expect(left).toMatchObject({ ok: true });
    expect(left.documents).toBeGreaterThan(0);
    await store.dropCollection('c');
    expect(await store.verify()).toMatchObject({ ok: true, documents: 0 });
  }, 60_000);
});

async function openEverywhere(folder: string) {
  const all = await processes.startAll(PROCESSES, { script: 'read-models.mjs' });
  await Promise.all(all.map((one) => one.call('open', { folder })));
  return all;
}

/** The one round of all documents, of the record and of the note. */
async function roundOf(store: EmbeddedStore): Promise<number> {
  const [record] = await store.listRecords(SEGMENT);
  const { round } = (record?.value ?? {}) as { readonly round: number };
  const all = await store.findDocuments('c', query({}));
  const indexed = await store.findDocuments('c', query({ where: [{ field: 'round', eq: round }] }));
  expect([all.length, indexed.length]).toEqual([DOCUMENTS, DOCUMENTS]);
  expect(await store.readRecord(`${SEGMENT}/note`)).toMatchObject({ value: { round } });
  return round;
}

/** A moment of random length, within which saves go on. */
async function untilRandomly(): Promise<void> {
  const end = performance.now() + random.below(20);
  await until('the moment is over', () => performance.now() >= end);
}
