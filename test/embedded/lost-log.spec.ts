import { copyFile, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedEventStore } from '@everfold/embedded';
import { countEvents, probe } from './events.js';
import { Folders } from './folders.js';
import { print } from './patience.js';
import { Processes } from './processes.js';
import { Random } from './random.js';
import { reasonOf } from './refusals.js';

const OLD_MARKER = '{"store":"everfold","format":1}\n';

const processes = new Processes();
const folders = new Folders();
const random = Random.fromEnvironment();

beforeAll(() => print(`lost logs: SEED=${random.seed}`));

afterEach(async () => {
  await processes.end();
  await folders.remove();
});

/** Fills a folder with so many appends of some size; resolves to its identity. */
async function fill(folder: string, appends = 5): Promise<string> {
  await using store = await EmbeddedEventStore.open(folder);
  for (let at = 0; at < appends; at += 1)
    await store.append(`account-${at % 7}`, [probe('x'.repeat(3_000)), probe(), probe()]);
  return store.identity();
}

/** Every file of a folder but the lock file, whose content is gone when all have closed. */
async function contentOf(folder: string): Promise<unknown> {
  const names = (await readdir(folder)).filter((name) => name !== 'lock.mdb').sort();
  return Promise.all(
    names.map(async (name) => [name, await readFile(join(folder, name), 'base64')]),
  );
}

/** Opens and verifies in a process that may be ended by it; resolves to what came of both. */
async function tryIn(folder: string): Promise<{ opening: unknown; report: unknown }> {
  const child = await processes.start();
  const opening = await reasonOf(child.call('open', { folder }));
  const report = await child.call('verifyFolder', { folder });
  await child.destroy();
  return { opening, report };
}

describe('A store whose data file', () => {
  it.each([
    ['was deleted', (file: string) => rm(file)],
    ['was emptied', (file: string) => truncate(file, 0)],
  ])('%s is refused, and nothing in its folder changes', async (_, lose) => {
    const folder = await folders.create();
    await fill(folder);
    await lose(join(folder, 'data.mdb'));
    const before = await contentOf(folder);

    const first = await reasonOf(EmbeddedEventStore.open(folder));
    const second = await reasonOf(EmbeddedEventStore.open(folder));

    expect(first).toMatchObject({ code: 'STORE_CORRUPTED' });
    expect((first as Error).message).toContain(join(folder, 'data.mdb'));
    expect(second).toMatchObject({ code: 'STORE_CORRUPTED' });
    expect(await contentOf(folder)).toEqual(before);
  });

  it('is the one of another store is refused, and nothing in its folder changes', async () => {
    const [folder, other] = [await folders.create(), await folders.create()];
    await fill(folder);
    await fill(other);
    await copyFile(join(other, 'data.mdb'), join(folder, 'data.mdb'));
    const before = await contentOf(folder);

    const reason = await reasonOf(EmbeddedEventStore.open(folder));

    expect(reason).toMatchObject({ code: 'STORE_CORRUPTED' });
    expect(await contentOf(folder)).toEqual(before);
  });

  it('was put back opens again', async () => {
    const [folder, backup] = [await folders.create(), await folders.create()];
    const identity = await fill(folder);
    await copyFile(join(folder, 'data.mdb'), join(backup, 'data.mdb'));
    await rm(join(folder, 'data.mdb'));
    await reasonOf(EmbeddedEventStore.open(folder));
    await copyFile(join(backup, 'data.mdb'), join(folder, 'data.mdb'));

    await using store = await EmbeddedEventStore.open(folder);

    expect(await store.identity()).toBe(identity);
    expect(await countEvents(store)).toBe(15);
  });
});

describe('The marker of a store', () => {
  it('of an earlier version, without an identity, is completed when the store is opened', async () => {
    const folder = await folders.create();
    const identity = await fill(folder);
    await writeFile(join(folder, 'everfold.json'), OLD_MARKER);

    {
      await using store = await EmbeddedEventStore.open(folder);
      expect(await store.identity()).toBe(identity);
      expect(await countEvents(store)).toBe(15);
    }

    const marker = JSON.parse(await readFile(join(folder, 'everfold.json'), 'utf8'));
    expect(marker).toEqual({ store: 'everfold', format: 1, identity });
  });

  it('without an identity and without a log is the beginning of a store', async () => {
    const folder = await folders.create();
    await writeFile(join(folder, 'everfold.json'), OLD_MARKER);
    await writeFile(join(folder, 'data.mdb'), '');

    await fill(folder);

    await using store = await EmbeddedEventStore.open(folder);
    expect(await countEvents(store)).toBe(15);
  });

  it('names one identity when several processes open a new folder at once', async () => {
    const folder = await folders.create();
    const children = await processes.startAll(4);

    const identities = await Promise.all(
      children.map((child) => child.call<string>('open', { folder })),
    );

    const marker = JSON.parse(await readFile(join(folder, 'everfold.json'), 'utf8'));
    expect(new Set([...identities, marker.identity]).size).toBe(1);
    expect((await readdir(folder)).sort()).toEqual(['data.mdb', 'everfold.json', 'lock.mdb']);
  }, 30_000);
});

describe('A store whose data file was cut short', () => {
  it('is refused, wherever it was cut, and verify says that a page is missing', async () => {
    const folder = await folders.create();
    await fill(folder, 400);
    const file = join(folder, 'data.mdb');
    const whole = await readFile(file);
    const size = usedBytes(whole);
    const cuts = [
      2 * 4_096,
      3 * 4_096,
      Math.floor(size / 2),
      random.between(3 * 4_096, Math.floor(size / 2)),
    ];

    for (const cut of cuts) {
      await truncate(file, cut);
      const { opening, report } = await tryIn(folder);
      await writeFile(file, whole);

      expect([cut, opening]).toEqual([cut, expect.objectContaining({ code: 'STORE_CORRUPTED' })]);
      expect([cut, report]).toEqual([
        cut,
        expect.objectContaining({
          ok: false,
          problems: [expect.objectContaining({ detail: expect.stringContaining('is missing') })],
        }),
      ]);
    }
    await using store = await EmbeddedEventStore.open(folder);
    expect(await countEvents(store)).toBe(1_200);
  }, 60_000);

  it('at its end is refused, or has lost nothing and goes on', async () => {
    const folder = await folders.create();
    await fill(folder, 60);
    const file = join(folder, 'data.mdb');
    const whole = await readFile(file);
    const seen = { refused: 0, whole: 0 };

    for (let pages = 1; pages <= 12; pages += 1) {
      await truncate(file, usedBytes(whole) - pages * 4_096);
      const child = await processes.start();
      const opening = await reasonOf(child.call('open', { folder }));
      if (opening === undefined) {
        seen.whole += 1;
        expect(await child.call('readAll', { summary: true })).toMatchObject({ count: 180 });
        await child.call('append', { stream: 'account-1', count: 50 });
        await child.call('append', { stream: 'account-1', count: 50 });
      } else {
        seen.refused += 1;
        expect(opening).toMatchObject({ code: 'STORE_CORRUPTED' });
      }
      await child.destroy();
      await writeFile(file, whole);
    }

    print(`cut by a few pages: ${JSON.stringify(seen)}`);
    expect(seen.refused).toBeGreaterThan(0);
  }, 60_000);
});

describe('A data file that nobody cuts', () => {
  it('holds every page that it ever had, whoever is killed: opening it needs no check', async () => {
    const folder = await folders.create();
    const writers = await processes.startAll(3);
    for (const writer of writers) await writer.call('open', { folder });
    for (let round = 0; round < 12; round += 1) {
      const appending = writers.map((writer, at) =>
        reasonOf(
          writer.call('appendUntilStopped', { stream: `account-${at}`, atOnce: 3, each: 20 }),
        ),
      );
      const victim = random.below(writers.length);
      await reasonOf(EmbeddedEventStore.open(folder).then((store) => store[Symbol.asyncDispose]()));
      writers[victim]?.kill('SIGKILL');
      await appending[victim];
      for (const writer of writers) if (writer.ending === undefined) await writer.call('stop');
      await Promise.all(appending);

      expect(await missingBytes(folder)).toBe(0);
      writers[victim] = await processes.start();
      await writers[victim]?.call('open', { folder });
    }
  }, 60_000);
});

/** How many bytes a data file lacks to hold the last page that LMDB allocated. */
async function missingBytes(folder: string): Promise<number> {
  const bytes = await readFile(join(folder, 'data.mdb'));
  return Math.max(0, usedBytes(bytes) - bytes.length);
}

/** Where the last page ends that LMDB allocated; what lies behind it is there for later pages. */
function usedBytes(bytes: Buffer): number {
  const pageSize = bytes.readUInt32LE(48);
  const newest = Math.max(...[0, pageSize].map((at) => Number(bytes.readBigUInt64LE(at + 152))));
  const meta = Number(bytes.readBigUInt64LE(152)) === newest ? 0 : pageSize;
  return (Number(bytes.readBigUInt64LE(meta + 144)) + 1) * pageSize;
}
