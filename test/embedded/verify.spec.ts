import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedEventStore } from '@everfold/embedded';
import { inCopies, positions, verifyWith } from './copies.js';
import { apply, bytesOf, copyStore, flipIn } from './damage.js';
import { type LiveData, type LiveEntry, recordsIn, recordsOf } from './data-file.js';
import { Folders } from './folders.js';
import { print } from './patience.js';
import { Processes } from './processes.js';
import { Random } from './random.js';
import { fillSample } from './sample-store.js';

const LONG = process.env['CRASH_TESTS'] === 'long';
/** One-byte changes, by where they are made. */
const FLIPS = LONG
  ? { blocks: 600, index: 400, headers: 400 }
  : { blocks: 120, index: 80, headers: 24 };
const processes = new Processes();
const folders = new Folders();
const shared = new Folders();
const random = Random.fromEnvironment();
let sample: string;
let live: LiveData;

beforeAll(async () => {
  print(`flips: SEED=${random.seed}`);
  sample = await shared.create();
  live = await fillSample(sample);
}, 60_000);

afterAll(() => shared.remove());

afterEach(async () => {
  await processes.end();
  await folders.remove();
});

function entriesOf(...kinds: readonly LiveEntry['kind'][]): readonly LiveEntry[] {
  return live.entries.filter(({ kind }) => kinds.includes(kind));
}

function positionOf(record: number): string {
  return String(record).padStart(16, '0');
}

describe('verify', () => {
  it('finds each changed byte in a block of the log, and names a position in that block', async () => {
    const blocks = entriesOf('block');
    const flips = Array.from({ length: FLIPS.blocks }, () => {
      const entry = random.pick(blocks);
      return { entry, flip: flipIn(bytesOf(entry), random) };
    });

    await inCopies(sample, folders, flips, async ({ entry, flip }, folder, store) => {
      const report = await verifyWith(flip, folder, store);

      const { first, count } = recordsOf(entry);
      expect(report.ok).toBe(false);
      expect([
        flip,
        report.problems,
        positions(report).some((at) => at >= first && at < first + count),
      ]).toEqual([flip, report.problems, true]);
    });
    print(`flips: ${flips.length} in blocks found and located`);
  }, 1_800_000);

  it('finds each changed byte in an entry of the index, and names a position that it stands for', async () => {
    const index = entriesOf('stream', 'run', 'manifest');
    // There is one of each of these: by chance alone they would hardly be met.
    const few = index.filter(({ kind, key }) => kind !== 'stream' && key.length <= 3);
    const flips = Array.from({ length: FLIPS.index }, (_, at) => {
      const entry = random.pick(at % 4 === 0 ? few : index);
      return { entry, flip: flipIn(bytesOf(entry), random) };
    });

    await inCopies(sample, folders, flips, async ({ entry, flip }, folder, store) => {
      const report = await verifyWith(flip, folder, store);

      const concerned = recordsIn(entry);
      expect(report.ok).toBe(false);
      expect([
        flip,
        report.problems,
        positions(report).some((at) => (concerned.length === 0 ? at >= 1 : concerned.includes(at))),
      ]).toEqual([flip, report.problems, true]);
    });
    print(`flips: ${flips.length} in ${index.length} index entries found and located`);
  }, 1_800_000);

  it('finds each changed byte in what was said about a stream, and names the stream', async () => {
    const flips = entriesOf('control')
      .slice(0, 12)
      .map((entry) => ({ entry, flip: flipIn(bytesOf(entry), random) }));

    await inCopies(sample, folders, flips, async ({ entry, flip }, folder, store) => {
      const { ok, problems } = await verifyWith(flip, folder, store);

      const stream = entry.key.toString('utf8', 1);
      expect(ok).toBe(false);
      expect(problems.map(({ detail }) => detail).join()).toContain(stream);
    });
  }, 120_000);

  it('survives a changed byte in the structure of the tree: it is found, or nothing of the log is different', async () => {
    const flips = Array.from({ length: FLIPS.headers }, () => flipIn(live.headers, random));
    const reader = await processes.start();
    const healthy = await digestOf(sample);
    await reader.destroy();
    const seen = { found: 0, crashed: 0, harmless: 0 };

    await inCopies(sample, folders, flips, async (flip, folder, store) => {
      const { ok, problems } = await verifyWith(flip, folder, store);

      if (!ok) seen.found += 1;
      if (problems.some(({ what }) => what === 'check')) seen.crashed += 1;
      if (!ok) return;
      seen.harmless += 1;
      await apply(folder, flip);
      expect([flip, await digestOf(folder)]).toEqual([flip, healthy]);
      await apply(folder, flip);
    });
    print(`flips in headers of pages and nodes: ${JSON.stringify(seen)}`);
    expect(seen.found).toBeGreaterThan(0);
  }, 1_800_000);

  it('finds a lost index entry, a lost control and a lost block, each by what should be there', async () => {
    const editor = await processes.start({ script: 'lmdb.mjs' });
    const stream = random.pick(entriesOf('stream'));
    const page = random.pick(entriesOf('run').filter((entry) => recordsIn(entry).length > 0));
    const control = random.pick(entriesOf('control'));
    // Behind the window: the end of the log is read when a store opens, which then refuses.
    const block = random.pick(
      entriesOf('block').filter((entry) => recordsOf(entry).first < 60_000),
    );
    const expected = [
      { entry: stream, what: 'index', position: positionOf(recordsIn(stream)[0] ?? 0) },
      { entry: page, what: 'index', position: expect.any(String) },
      { entry: control, what: 'control' },
      { entry: block, what: 'block', position: positionOf(recordsOf(block).first) },
    ];

    for (const { entry, ...problem } of expected) {
      const folder = await copyStore(sample, await folders.create());
      await editor.call('remove', { folder, keys: [entry.key.toString('hex')] });
      await using store = await EmbeddedEventStore.open(folder);
      const report = await store.verify();

      expect(report.ok).toBe(false);
      expect(report.problems).toContainEqual(expect.objectContaining(problem));
    }
  }, 60_000);

  it('finds a log that ends before its head', async () => {
    const editor = await processes.start({ script: 'lmdb.mjs' });
    const last = entriesOf('block').at(-1);
    const folder = await copyStore(sample, await folders.create());
    await editor.call('remove', { folder, keys: [last?.key.toString('hex')] });

    const reader = await processes.start();
    const opened = await reader.call('open', { folder }).then(
      () => reader.call('verify'),
      (error: unknown) => error,
    );

    // The log's end is read when a store opens, so that opening may refuse already.
    if (opened instanceof Error) expect(opened).toMatchObject({ code: 'STORE_CORRUPTED' });
    else expect(opened).toMatchObject({ ok: false });
  }, 60_000);

  it('finds nothing in a healthy store, whatever it holds, and changes no byte of it', async () => {
    const folder = await folders.create();
    await fillSample(folder, 2);
    const before = await readFile(join(folder, 'data.mdb'));
    await using store = await EmbeddedEventStore.open(folder);

    const report = await store.verify();

    expect(report).toMatchObject({ ok: true, problems: [] });
    expect(report.events).toBeGreaterThan(2 * 65_536);
    expect(report.indexEntries).toBeGreaterThan(500);
    expect(before.equals(await readFile(join(folder, 'data.mdb')))).toBe(true);
  }, 60_000);

  it('finds nothing while other processes append and write the index', async () => {
    const folder = await folders.create();
    const writers = await processes.startAll(2);
    await using store = await EmbeddedEventStore.open(folder);
    const appending = writers.map(async (writer, at) => {
      await writer.call('open', { folder });
      await writer.call('appendUntilStopped', { stream: `account-${at}`, atOnce: 4, each: 500 });
    });

    let checks = 0;
    let indexed = 0;
    while (indexed === 0 || checks < 5) {
      const report = await store.verify();
      expect(report).toMatchObject({ ok: true, problems: [] });
      indexed = report.indexEntries;
      checks += 1;
    }

    await Promise.all(writers.map((writer) => writer.call('stop')));
    await Promise.all(appending);
    print(`verify beside writers: ${checks} checks, the last with ${indexed} index entries`);
  }, 120_000);

  /** Everything that another process reads from a store. */
  async function digestOf(folder: string): Promise<unknown> {
    const reader = await processes.start();
    try {
      await reader.call('open', { folder });
      return await reader.call('readAll', { summary: true });
    } finally {
      await reader.destroy();
    }
  }
});
