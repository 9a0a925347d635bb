import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedEventStore } from '@everfold/embedded';
import { collect } from './events.js';
import { Folders } from './folders.js';
import { print, until } from './patience.js';
import { Processes, type StoreProcess } from './processes.js';
import { reasonOf } from './refusals.js';

const processes = new Processes();
const folders = new Folders();

afterEach(async () => {
  await processes.end();
  await folders.remove();
});

/** Where LMDB notes the newest commit for all processes: behind magic and format in the lock file (`MDB_txbody` in mdb.c). */
const NOTE_AT = 8;

async function readNote(folder: string): Promise<bigint> {
  await using file = await open(join(folder, 'lock.mdb'), 'r');
  const note = Buffer.alloc(8);
  await file.read(note, 0, 8, NOTE_AT);
  return note.readBigUInt64LE();
}

/** What LMDB does when it opens, if others have committed since it read which commit is the newest. */
async function writeNote(folder: string, commit: bigint): Promise<void> {
  const note = Buffer.alloc(8);
  note.writeBigUInt64LE(commit);
  await using file = await open(join(folder, 'lock.mdb'), 'r+');
  await file.write(note, 0, 8, NOTE_AT);
}

/** Says that a process is opening the folder. */
async function announce(folder: string, pid: number, inode?: number): Promise<string> {
  const name = join(
    folder,
    `.opening.${pid}.${await beginningOf(pid)}.${inode ?? (await stat(folder)).ino}.${randomUUID()}`,
  );
  await writeFile(name, '');
  return name;
}

async function beginningOf(pid: number): Promise<string> {
  await using file = await open(`/proc/${pid}/stat`, 'r').catch(() => undefined);
  const text = (await file?.readFile('utf8')) ?? '';
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function openIn(folder: string, count: number): Promise<readonly StoreProcess[]> {
  const children = await processes.startAll(count);
  for (const child of children) await child.call('open', { folder });
  return children;
}

interface Appended {
  readonly revision: number;
  readonly position: string;
}

describe('A commit that is made while somebody opens the folder', () => {
  it('is acknowledged and shown only when it stays, and made again when LMDB has lost sight of it', async () => {
    const folder = await folders.create();
    const shown: { readonly id: string; readonly position: string }[] = [];
    const reader = await processes.start({
      onSaid: (said) => void shown.push(...((said['shown'] ?? []) as typeof shown)),
    });
    await reader.call('open', { folder });
    const [first, second] = (await openIn(folder, 2)) as [StoreProcess, StoreProcess];
    await first.call('append', { stream: 'account-1', count: 3 });
    await second.call('append', { stream: 'account-1', count: 1 });
    void reader.call('follow', {}).catch(() => undefined);
    await until('what came before', () => shown.length === 4);
    const opener = await announce(folder, process.pid);
    const before = await readNote(folder);
    const ids = [randomUUID(), randomUUID()];
    const settled: string[] = [];

    const lost = first.call<Appended>('append', { stream: 'account-1', ids: [ids[0]] });
    void lost.then(() => settled.push('lost'));
    await until('its commit', async () => (await readNote(folder)) === before + 1n);
    const head = reader.call<string>('head');
    void head.then(() => settled.push('head'));
    // By its answer to a later call it has seen the commit.
    await reader.call('stop');
    await writeNote(folder, before);
    const over = second.call<Appended>('append', { stream: 'account-1', ids: [ids[1]] });
    void over.then(() => settled.push('over'));
    await until('the one over it', async () => (await readNote(folder)) === before + 1n);
    // Both have had their turn: an acknowledgement would have been said before the answer.
    await first.call('stop');
    await second.call('stop');
    const meanwhile = { settled: [...settled], shown: shown.length };
    await rm(opener);
    const results = [await lost, await over];
    await head;

    expect(meanwhile).toEqual({ settled: [], shown: 4 });
    await until('both', () => shown.length === 6);
    await using store = await EmbeddedEventStore.open(folder);
    const all = await collect(store.readAll());
    expect(all.slice(4).map(({ id }) => id)).toEqual([ids[1], ids[0]]);
    expect(shown.map(({ id, position }) => [id, position])).toEqual(
      all.map(({ id, position }) => [id, position]),
    );
    expect(results).toMatchObject([
      { revision: 5, position: all[5]?.position },
      { revision: 4, position: all[4]?.position },
    ]);
    expect(await store.verify()).toMatchObject({ ok: true, events: 6 });
  }, 60_000);

  it('is brought to an end by others where the one who was opening has died', async () => {
    const folder = await folders.create();
    const [writer, dead] = (await openIn(folder, 2)) as [StoreProcess, StoreProcess];
    await announce(folder, dead.pid);
    dead.kill('SIGKILL');
    await dead.ended;

    const appended = await writer.call('append', { stream: 'account-1' });

    expect(appended).toMatchObject({ revision: 0 });
    await until('the announcement gone', async () => {
      const names = await readdir(folder);
      return names.every((name) => !name.startsWith('.opening'));
    });
  }, 60_000);

  it('is held up by nobody who has died and was not buried, nor by what was copied with the folder', async () => {
    const folder = await folders.create();
    const [writer] = (await openIn(folder, 1)) as [StoreProcess];
    // What takes the place of the shell never asks how its child has ended.
    const careless = spawn('sh', ['-c', 'true & echo $!; exec sleep 600'], { stdio: 'pipe' });
    const [said] = (await once(careless.stdout, 'data')) as [Buffer];
    const zombie = Number(said);
    await until('its end', async () =>
      /\) Z /.test(await readFile(`/proc/${zombie}/stat`, 'utf8').catch(() => ') Z ')),
    );
    await announce(folder, zombie);
    await announce(folder, process.pid, 1);

    const appended = await writer.call('append', { stream: 'account-1' });
    const store = await EmbeddedEventStore.open(folder);
    await store[Symbol.asyncDispose]();
    careless.kill('SIGKILL');

    expect(appended).toMatchObject({ revision: 0 });
    expect((await readdir(folder)).filter((name) => name.startsWith('.opening'))).toEqual([]);
  }, 60_000);

  it('is of unknown outcome where the one who is opening was stopped, and found when that goes on', async () => {
    const folder = await folders.create();
    const [writer] = (await openIn(folder, 1)) as [StoreProcess];
    const opener = await announce(folder, process.pid);
    const id = randomUUID();
    const append = { stream: 'account-1', ids: [id], expected: 'no-stream' };

    const reason = await reasonOf(writer.call('append', append));
    await rm(opener);

    expect(reason).toMatchObject({ code: 'APPEND_OUTCOME_UNKNOWN' });
    expect(await writer.call('append', append)).toMatchObject({ revision: 0, repeated: true });
  }, 60_000);
});

describe('Processes that append without a pause', () => {
  it('lose nothing, and meet no error, while others open and close the folder all the time', async () => {
    const folder = await folders.create();
    const acknowledged: string[] = [];
    const writers = await Promise.all(
      [1, 2].map(() =>
        processes.start({
          onSaid: ({ appended }) => void acknowledged.push(...((appended ?? []) as string[])),
        }),
      ),
    );
    for (const writer of writers) await writer.call('open', { folder });
    const appending = writers.map((writer, index) =>
      writer.call<number>('appendUntilStopped', {
        stream: `busy-${index}`,
        atOnce: 2,
        telling: true,
      }),
    );

    const openers = await processes.startAll(2);
    const opened = await Promise.all(
      openers.map((opener) => opener.call<string[]>('reopen', { folder, times: 120 })),
    );
    for (const writer of writers) await writer.call('stop');
    const counts = await Promise.all(appending);

    await using store = await EmbeddedEventStore.open(folder);
    const ids = (await collect(store.readAll())).map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set(acknowledged));
    expect(ids).toHaveLength(acknowledged.length);
    expect(await store.verify()).toMatchObject({ ok: true });
    print(
      `openings: ${opened.flat().length} beside ${counts.reduce((sum, count) => sum + count, 0)} appends, none of them lost`,
    );
  }, 120_000);
});
