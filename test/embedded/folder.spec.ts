import { chmod, lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedEventStore } from '@everfold/embedded';
import { collect, countEvents, probe } from './events.js';
import { Folders } from './folders.js';
import { print, until } from './patience.js';
import { Processes } from './processes.js';
import { reasonOf } from './refusals.js';

const processes = new Processes();
const folders = new Folders();

afterEach(async () => {
  await processes.end();
  await folders.remove();
});

/** Everything that a folder says about itself and what is in it. */
async function pictureOf(path: string): Promise<unknown> {
  const { mode, size, mtimeMs, ctimeMs, ino } = await lstat(path);
  const own = { path, mode, size, mtimeMs, ctimeMs, ino };
  if ((mode & 0o170000) === 0o100000) return { own, content: await readFile(path, 'base64') };
  const names = (await readdir(path)).sort();
  return { own, entries: await Promise.all(names.map((name) => pictureOf(join(path, name)))) };
}

/** Makes a folder that must not be opened; resolves to what is to be opened. */
type Preparation = (folder: string) => Promise<string>;

async function makeStore(folder: string): Promise<void> {
  await using store = await EmbeddedEventStore.open(folder);
  await store.append('account-1', [probe()]);
}

async function write(folder: string, name: string, content: string | Buffer): Promise<string> {
  await writeFile(join(folder, name), content);
  return folder;
}

const REFUSED: readonly (readonly [what: string, code: string, prepare: Preparation])[] = [
  [
    'of a newer format',
    'STORE_FORMAT_TOO_NEW',
    async (folder) => {
      await makeStore(folder);
      return write(folder, 'everfold.json', '{"store":"everfold","format":2}\n');
    },
  ],
  ['with files of somebody', 'NOT_A_STORE', (folder) => write(folder, 'notes.txt', 'mine')],
  [
    'with folders of somebody',
    'NOT_A_STORE',
    async (folder) => {
      await mkdir(join(folder, 'photos'));
      return folder;
    },
  ],
  [
    'with a data file that is garbage',
    'NOT_A_STORE',
    (folder) => write(folder, 'data.mdb', Buffer.alloc(20_000, 'garbage')),
  ],
  [
    'with the database of another program',
    'NOT_A_STORE',
    async (folder) => {
      const editor = await processes.start({ script: 'lmdb.mjs' });
      await editor.call('foreign', { folder });
      await editor.destroy();
      return folder;
    },
  ],
  [
    'that is a file',
    'NOT_A_STORE',
    async (folder) => join(await write(folder, 'file', 'x'), 'file'),
  ],
  ['whose marker is no JSON', 'NOT_A_STORE', (folder) => write(folder, 'everfold.json', '{"store')],
  ['whose marker is empty', 'NOT_A_STORE', (folder) => write(folder, 'everfold.json', '')],
  [
    'whose marker names another store',
    'NOT_A_STORE',
    (folder) => write(folder, 'everfold.json', '{"store":"other","format":1}'),
  ],
  [
    'whose marker is a folder',
    'STORE_UNAVAILABLE',
    async (folder) => {
      await mkdir(join(folder, 'everfold.json'));
      return folder;
    },
  ],
];

describe('A folder', () => {
  it.each(REFUSED)('%s is refused as %s, and nothing in it changes', async (_, code, prepare) => {
    const folder = await folders.create();
    const path = await prepare(folder);
    const before = await pictureOf(folder);

    const reason = await reasonOf(EmbeddedEventStore.open(path));

    expect(reason).toMatchObject({ code });
    expect((reason as Error).message).toContain(path.replace(/\/file$/, ''));
    expect(await pictureOf(folder)).toEqual(before);
  });

  it('that may not be written is refused, and nothing in it changes', async () => {
    const folder = await folders.create();
    await chmod(folder, 0o500);
    const before = await pictureOf(folder);

    const reason = await reasonOf(EmbeddedEventStore.open(join(folder, 'within')));

    // Whoever runs as root may write everywhere.
    if (process.getuid?.() === 0) expect(reason).toBeUndefined();
    else {
      expect(reason).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(await pictureOf(folder)).toEqual(before);
    }
  });

  it('with a marker and a data file that is garbage is refused, and nothing in it changes', async () => {
    const folder = await folders.create();
    await write(folder, 'everfold.json', '{"store":"everfold","format":1}\n');
    await write(folder, 'data.mdb', Buffer.alloc(20_000, 'garbage'));
    const before = await pictureOf(folder);
    const child = await processes.start();

    const reason = await reasonOf(child.call('open', { folder }));

    expect(reason).toMatchObject({ code: 'STORE_CORRUPTED' });
    expect(await pictureOf(folder)).toEqual(before);
  });

  it.each([
    ['data.d'],
    ['with spaces in it'],
    ['größe-😀-数据'],
    ['.hidden'],
    ['a/b/c.mdb/d'],
    ['quote\'"$HOME'],
  ])('may be named %s', async (name) => {
    const folder = join(await folders.create(), name);
    {
      await using store = await EmbeddedEventStore.open(folder);
      await store.append('account-1', [probe(name)]);
    }

    await using store = await EmbeddedEventStore.open(folder);

    expect((await collect(store.readAll())).map(({ data }) => data)).toEqual([name]);
    expect(await store.verify()).toMatchObject({ ok: true });
    expect((await readdir(folder)).sort()).toEqual(['data.mdb', 'everfold.json', 'lock.mdb']);
  });
});

describe('A folder that is opened twice', () => {
  it('in one process, by its path and by a link, is one store', async () => {
    const folder = await folders.create();
    const link = join(await folders.create(), 'link');
    await symlink(folder, link);
    await using first = await EmbeddedEventStore.open(folder);
    const second = await EmbeddedEventStore.open(link);
    const identities = [await first.identity(), await second.identity()];

    for (let turn = 0; turn < 50; turn += 1) {
      await Promise.all([
        first.append('account-1', [probe({ by: 1 })]),
        second.append('account-1', [probe({ by: 2 })]),
      ]);
      expect(await countEvents(first)).toBe(2 * turn + 2);
      expect(await countEvents(second)).toBe(2 * turn + 2);
    }
    await second[Symbol.asyncDispose]();
    await first.append('account-1', [probe()], { expected: 99 });

    expect(identities[0]).toBe(identities[1]);
    expect(await countEvents(first)).toBe(101);
    expect(await first.verify()).toMatchObject({ ok: true });
    await using third = await EmbeddedEventStore.open(link);
    expect(await third.append('account-1', [probe()])).toMatchObject({ revision: 101 });
    expect(await countEvents(first)).toBe(102);
  }, 30_000);

  it('in two processes, by its path and by a link, is one store', async () => {
    const folder = await folders.create();
    const link = join(await folders.create(), 'link');
    await symlink(folder, link);
    const [first, second] = await processes.startAll(2);

    const identities = [
      await first?.call<string>('open', { folder }),
      await second?.call<string>('open', { folder: link }),
    ];
    const appends = Array.from({ length: 40 }, (_, at) =>
      (at % 2 === 0 ? first : second)?.call('append', { stream: 'account-1' }),
    );
    await Promise.all(appends);

    expect(identities[0]).toBe(identities[1]);
    for (const process of [first, second])
      expect(await process?.call('readAll', { summary: true })).toMatchObject({ count: 40 });
  }, 30_000);

  it('goes on for one while the other closes in the middle of its reads', async () => {
    const folder = await folders.create();
    await using first = await EmbeddedEventStore.open(folder);
    for (let at = 0; at < 20; at += 1)
      await first.append(
        'account-1',
        Array.from({ length: 500 }, () => probe()) as [ReturnType<typeof probe>],
      );
    const second = await EmbeddedEventStore.open(folder);
    const reading = second.readAll()[Symbol.asyncIterator]();
    await reading.next();

    const [count] = await Promise.all([
      countEvents(first),
      second[Symbol.asyncDispose](),
      first.append('account-2', [probe()]),
    ]);

    expect(count).toBeGreaterThanOrEqual(10_000);
    await expect(
      (async () => {
        for (;;) if ((await reading.next()).done === true) break;
      })(),
    ).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await countEvents(first)).toBe(10_001);
  }, 30_000);
});

describe('A folder that processes read', () => {
  it('opens after two hundred readers were killed', async () => {
    const folder = await folders.create();
    const survivor = await processes.start();
    await survivor.call('open', { folder });
    for (let at = 0; at < 10; at += 1)
      await survivor.call('append', { stream: 'account-1', count: 1_000 });
    for (let killed = 0; killed < 200; killed += 20) {
      const readers = await processes.startAll(2);
      await Promise.all(
        readers.map(async (reader) => {
          // Each opens several stores, and each of these has a reader's place of its own.
          for (let as = 0; as < 10; as += 1)
            await reader.call('open', { folder, as: `store ${as}` });
          await reader.call('holdReads', { as: 'store 3', count: 5 });
        }),
      );
      for (const reader of readers) reader.kill('SIGKILL');
      await Promise.all(readers.map((reader) => reader.ended));
    }

    await survivor.call('append', { stream: 'account-1', expected: 9_999 });
    await using store = await EmbeddedEventStore.open(folder);

    expect(await countEvents(store)).toBe(10_001);
    await expect(store.append('account-1', [probe()])).resolves.toMatchObject({ revision: 10_001 });
  }, 120_000);

  it('is written while a read of everything goes on, and neither waits for the other', async () => {
    const folder = await folders.create();
    const writer = await processes.start();
    await writer.call('open', { folder });
    for (let at = 0; at < 40; at += 1)
      await writer.call('append', { stream: 'account-1', count: 1_000 });
    await using store = await EmbeddedEventStore.open(folder);
    const count = writer.call<number>('appendUntilStopped', { stream: 'account-2', atOnce: 4 });
    await until('appends beside', async () => Number(await store.head()) > 40_000);
    const before = Number(await store.head());

    const seen: number[] = [];
    let duringRead = 0;
    for await (const { position } of store.readAll()) {
      seen.push(Number(position));
      if (seen.length % 10_000 === 0) {
        const here = Number(await store.head());
        await until('an append during the read', async () => Number(await store.head()) > here);
        duringRead += 1;
      }
    }

    await writer.call('stop');
    expect(duringRead).toBeGreaterThanOrEqual(4);
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, at) => at + 1));
    expect(seen.length).toBeGreaterThanOrEqual(before);
    print(`reads: ${seen.length} events while another process appended ${await count}`);
  }, 60_000);
});
