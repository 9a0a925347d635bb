import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedEventStore, embedded } from '@everfold/embedded';
import { countEvents, probe } from './events.js';
import { Folders } from './folders.js';
import { print, until, within } from './patience.js';
import { Processes } from './processes.js';
import { Random } from './random.js';
import { reasonOf } from './refusals.js';
import { longestHold, stopInsideCommit, stopWithLock } from './stopping.js';
import { itWith } from './tools.js';

/** No step of opening may hold the event loop longer, with some air for a busy machine. */
const HOLD_MS = 500;
/** How long opening may wait for a lock, with some air. */
const LOCK_TIMEOUT_MS = { least: 4_500, most: 12_000 };

const processes = new Processes();
const folders = new Folders();
const random = Random.fromEnvironment();

beforeAll(() => print(`opening: SEED=${random.seed}`));

afterEach(async () => {
  await processes.end();
  await folders.remove();
});

/** A folder whose first opening was killed before LMDB wrote anything. */
async function beginFolder(): Promise<string> {
  const folder = await folders.create();
  await writeFile(join(folder, 'everfold.json'), '{"store":"everfold","format":1}\n');
  return folder;
}

/** Whether a process has been stopped, and not only by who traces it: every time that it is looked at. */
async function isStopped(pid: number): Promise<boolean> {
  for (let look = 0; look < 20; look += 1)
    if (!/^State:\s+[Tt]/m.test(await readFile(`/proc/${pid}/status`, 'utf8'))) return false;
  return true;
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file).catch(() => ({ size: 0 }))).size;
}

describe('Opening while another process is stopped inside a commit', () => {
  it('succeeds at once, holds no event loop, and reads everything', async () => {
    const { folder, idle } = await stopInsideCommit(processes, folders, random);
    const opening = embedded({ folder }).open(AbortSignal.timeout(10_000));

    const begun = performance.now();
    const { outcome, longestMs } = await within('opening', longestHold(opening));
    const tookMs = performance.now() - begun;

    expect(outcome).toMatchObject({ status: 'fulfilled' });
    const store = await opening;
    const count = await countEvents(store);
    const elsewhere = await idle.call<{ count: number }>('readAll', { summary: true });
    const append = reasonOf(store.append('account-1', [probe()]));
    print(
      `opening: ${tookMs.toFixed(0)} ms beside a stopped process, the event loop was held for ${longestMs.toFixed(0)} ms at most`,
    );
    expect(tookMs).toBeLessThan(2_000);
    expect(longestMs).toBeLessThan(HOLD_MS);
    expect(count).toBe(elsewhere.count);
    expect(await within('the append', append)).toMatchObject({ code: 'WRITE_LOCK_HELD' });
    await within('closing', store[Symbol.asyncDispose](), LOCK_TIMEOUT_MS.most);
  }, 60_000);

  it('succeeds for several at once, and leaves nothing that keeps others waiting', async () => {
    const { folder, idle } = await stopInsideCommit(processes, folders, random);
    const openers = await processes.startAll(3);

    const begun = performance.now();
    const identities = await Promise.all(
      openers.map((opener) => opener.call<string>('open', { folder })),
    );
    const tookMs = performance.now() - begun;

    expect(new Set(identities).size).toBe(1);
    expect(tookMs).toBeLessThan(LOCK_TIMEOUT_MS.least);
    expect(await idle.call('readAll', { summary: true })).toEqual(
      await openers[0]?.call('readAll', { summary: true }),
    );
  }, 60_000);

  it('rejects within the lock timeout where a log has to be begun, and leaves nothing open', async () => {
    const folder = await beginFolder();
    const holder = await stopWithLock(processes, folder);
    const begun = performance.now();

    const { outcome, longestMs } = await longestHold(EmbeddedEventStore.open(folder));
    const tookMs = performance.now() - begun;

    expect(outcome).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } });
    expect(tookMs).toBeGreaterThan(LOCK_TIMEOUT_MS.least);
    expect(tookMs).toBeLessThan(LOCK_TIMEOUT_MS.most);
    expect(longestMs).toBeLessThan(HOLD_MS);
    holder.kill('SIGCONT');
    await using store = await EmbeddedEventStore.open(folder);
    await expect(store.append('account-1', [probe()])).resolves.toMatchObject({ revision: 0 });
  }, 60_000);

  it('gives up with the reason of its signal', async () => {
    const folder = await beginFolder();
    const holder = await stopWithLock(processes, folder);
    const giveUp = new AbortController();
    const reason = new Error('no longer wanted');
    const opening = longestHold(embedded({ folder }).open(giveUp.signal));
    const begun = performance.now();
    setTimeout(() => giveUp.abort(reason), 200);

    const { outcome, longestMs } = await opening;
    const tookMs = performance.now() - begun;

    expect(outcome).toEqual({ status: 'rejected', reason });
    expect(tookMs).toBeLessThan(2_000);
    expect(longestMs).toBeLessThan(HOLD_MS);
    holder.kill('SIGKILL');
    await holder.ended;
    await using store = await EmbeddedEventStore.open(folder);
    await expect(store.append('account-1', [probe()])).resolves.toMatchObject({ revision: 0 });
  }, 60_000);
});

describe('Opening while another process opens', () => {
  itWith('strace')(
    'and was stopped while it made the data file rejects within the lock timeout, and succeeds when that goes on',
    async () => {
      const folder = await folders.create();
      const file = join(folder, 'data.mdb');
      const stop = ['-o', '/dev/null', '-P', file, '-e', 'trace=pwrite64'];
      const first = await processes.start({
        through: ['strace', ...stop, '-e', 'inject=pwrite64:signal=SIGSTOP:when=1'],
      });
      const opening = first.call('open', { folder });
      opening.catch(() => undefined);
      await until('its first write', async () => (await sizeOf(file)) > 0);

      const begun = performance.now();
      const { outcome, longestMs } = await longestHold(EmbeddedEventStore.open(folder));
      const tookMs = performance.now() - begun;
      const giveUp = await reasonOf(EmbeddedEventStore.open(folder, AbortSignal.timeout(100)));
      first.kill('SIGCONT');
      await opening;

      expect(outcome).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE' } });
      expect(tookMs).toBeGreaterThan(LOCK_TIMEOUT_MS.least);
      expect(longestMs).toBeLessThan(HOLD_MS);
      expect(giveUp).toMatchObject({ name: 'TimeoutError' });
      await using store = await EmbeddedEventStore.open(folder);
      await expect(store.append('account-1', [probe()])).resolves.toMatchObject({ revision: 0 });
    },
    60_000,
  );

  itWith('strace')(
    'and was stopped before LMDB noted the newest commit loses sight of none that was made meanwhile',
    async () => {
      const folder = await folders.create();
      const [writer, reader] = await processes.startAll(2);
      await writer?.call('open', { folder });
      await reader?.call('open', { folder });
      await writer?.call('append', { stream: 'account-1', count: 3 });
      const file = join(folder, 'data.mdb');
      // Two reads of ours, then the two in which LMDB looks for the newest commit.
      const stop = ['-e', 'trace=pread64', '-e', 'inject=pread64:signal=SIGSTOP:when=4'];
      const late = await processes.start({
        through: ['strace', '-o', '/dev/null', '-P', file, ...stop],
      });
      const opening = late.call('open', { folder });
      opening.catch(() => undefined);
      await until('the stop', () => isStopped(late.pid));
      const appends = Array.from({ length: 5 }, () =>
        writer?.call('append', { stream: 'account-1' }),
      );
      // Its answer comes behind the appends: they are on their way.
      await writer?.call('stop');

      late.kill('SIGCONT');
      await opening;
      await Promise.all(appends);

      expect(await reader?.call('readAll', { summary: true })).toMatchObject({ count: 8 });
      expect(await late.call('append', { stream: 'account-1' })).toMatchObject({ revision: 8 });
      const next = { stream: 'account-1', expected: 8 };
      expect(await writer?.call('append', next)).toMatchObject({ revision: 9 });
      expect(await writer?.call('verify')).toMatchObject({ ok: true });
    },
    60_000,
  );

  it('or closes succeeds, again and again, and finds the same store', async () => {
    const folder = await folders.create();
    const children = await processes.startAll(3);

    const identities = await Promise.all(
      children.map((child) => child.call<string[]>('reopen', { folder, times: 60 })),
    );

    expect(new Set(identities.flat()).size).toBe(1);
    expect(identities.flat()).toHaveLength(180);
  }, 60_000);
});
