import { EmbeddedEventStore } from '@everfold/embedded';
import { probe } from './events.js';
import { Folders } from './folders.js';
import { print, until, within } from './patience.js';
import { Processes, type StoreProcess } from './processes.js';
import { Random } from './random.js';
import { reasonOf } from './refusals.js';
import { longestHold, stopInsideCommit, stopWithLock } from './stopping.js';

/** How long an append may wait for the lock before it is told, with some air for a busy machine. */
const LOCK_TIMEOUT_MS = { least: 4_500, most: 12_000 };

const processes = new Processes();
const folders = new Folders();
const random = Random.fromEnvironment();

beforeAll(() => print(`stops: SEED=${random.seed}`));

afterEach(async () => {
  await processes.end();
  await folders.remove();
});

/** Fills a folder with more than a window of events that no index was written for; resolves to how many. */
async function fillUnindexed(folder: string): Promise<{ events: number; last: number }> {
  const [writer, editor] = await Promise.all([
    processes.start(),
    processes.start({ script: 'lmdb.mjs' }),
  ]);
  await writer.call('open', { folder });
  for (let at = 0; at < 35; at += 1)
    await writer.call('append', { stream: 'account-1', count: 2_000 });
  await writer.call('close');
  await editor.call('unindex', { folder });
  await editor.destroy();
  return { events: 70_000, last: 69_999 };
}

async function repeat(process: StoreProcess, id: string): Promise<unknown> {
  const again = { stream: `waiting-${id}`, ids: [id], expected: 'no-stream' };
  return process.call('append', again);
}

describe('A process that is stopped inside a commit', () => {
  it('makes others reject appends after five seconds, then at once, while they read on', async () => {
    const {
      stopped,
      waiting,
      since,
      other,
      idle: reader,
      stops,
    } = await stopInsideCommit(processes, folders, random);
    const shown = await other.call<{ count: number }>('readAll', { summary: true });

    const first = await waiting.reason;
    const firstMs = performance.now() - since;
    const begun = performance.now();
    const second = await reasonOf(other.call('append', { stream: 'refused-1' }));
    const third = await reasonOf(other.call('append', { stream: 'refused-1', count: 3 }));
    const atOnceMs = performance.now() - begun;
    const during = await other.call<{ count: number }>('readAll', { summary: true });
    const elsewhere = await reader.call<{ count: number }>('readAll', { summary: true });
    const stream = await other.call<unknown[]>('read', { stream: 'busy-1', options: { limit: 5 } });
    stopped.kill('SIGCONT');
    const id = waiting.id;
    await until('appends', async () => (await reasonOf(repeat(other, id))) === undefined);

    print(
      `stops: the lock was held at stop ${stops}; others were told after ${firstMs.toFixed(0)} ms, then within ${atOnceMs.toFixed(0)} ms`,
    );
    for (const error of [first, second, third])
      expect(error).toMatchObject({ code: 'WRITE_LOCK_HELD' });
    expect(firstMs).toBeGreaterThan(LOCK_TIMEOUT_MS.least);
    expect(firstMs).toBeLessThan(LOCK_TIMEOUT_MS.most);
    expect(atOnceMs).toBeLessThan(1_000);
    expect(during.count).toBeGreaterThanOrEqual(shown.count);
    expect(elsewhere.count).toBe(during.count);
    expect(stream).toHaveLength(5);
    expect(await repeat(other, id)).toMatchObject({ revision: 0, repeated: true });
    const written = await reader.call<unknown[]>('read', { stream: `waiting-${id}` });
    expect(written).toEqual([expect.objectContaining({ id })]);
    expect(await other.call('read', { stream: 'refused-1' })).toEqual([]);
    await stopped.call('stop');
    expect(await other.call('verify')).toMatchObject({ ok: true, problems: [] });
  }, 90_000);

  it('and then killed lets the others go on, and what they repeat is there once', async () => {
    const {
      stopped,
      waiting,
      other,
      idle: second,
    } = await stopInsideCommit(processes, folders, random);
    const unknown = await waiting.reason;
    const killed = performance.now();

    stopped.kill('SIGKILL');
    await stopped.ended;
    await until('appends', async () => (await reasonOf(repeat(other, waiting.id))) === undefined);
    const goesOnMs = performance.now() - killed;
    const elsewhere = await repeat(second, waiting.id);

    print(`stops: after SIGKILL the others went on within ${goesOnMs.toFixed(0)} ms`);
    expect(unknown).toMatchObject({ code: 'WRITE_LOCK_HELD' });
    expect(goesOnMs).toBeLessThan(5_000);
    expect(elsewhere).toMatchObject({ revision: 0, repeated: true });
    expect(await second.call('read', { stream: `waiting-${waiting.id}` })).toHaveLength(1);
    expect(await second.call('verify')).toMatchObject({ ok: true, problems: [] });
  }, 90_000);

  it('does not keep a store from being closed', async () => {
    const { waiting, other, idle, folder, stopped } = await stopInsideCommit(
      processes,
      folders,
      random,
    );
    const saving = reasonOf(
      idle.call('saveSnapshot', { snapshot: { stream: 'a-1', revision: 0, content: 1 } }),
    );

    await within('closing while an append waits', other.call('close'), LOCK_TIMEOUT_MS.most);
    await within('closing while a snapshot waits', idle.call('close'), LOCK_TIMEOUT_MS.most);

    expect(await waiting.reason).toMatchObject({ code: 'WRITE_LOCK_HELD' });
    expect(await within('the snapshot', saving, LOCK_TIMEOUT_MS.most)).toBeInstanceOf(Error);
    stopped.kill('SIGCONT');
    await until('the folder opens again', async () => {
      await other.call('open', { folder });
      return true;
    });
    await repeat(other, waiting.id);
    expect(await other.call('read', { stream: `waiting-${waiting.id}` })).toHaveLength(1);
  }, 90_000);

  it('does not keep a store from being closed while the index behind the log waits for the lock', async () => {
    const folder = await folders.create();
    const { events, last } = await fillUnindexed(folder);
    const store = await EmbeddedEventStore.open(folder);
    const holder = await stopWithLock(processes, folder);
    // Refused without a commit; behind it the index of the first window is written.
    const refused = await reasonOf(store.append('account-1', [probe()], { expected: 'no-stream' }));
    // It is put together in a few hundred turns, and then waits for the lock.
    for (let turn = 0; turn < 2_000; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));

    const begun = performance.now();
    const closing = longestHold(store[Symbol.asyncDispose]());
    const { outcome, longestMs } = await within('closing', closing, LOCK_TIMEOUT_MS.most);
    const tookMs = performance.now() - begun;

    expect(refused).toMatchObject({ code: 'WRONG_EXPECTED_REVISION' });
    expect(outcome).toMatchObject({ status: 'fulfilled' });
    expect(tookMs).toBeGreaterThan(LOCK_TIMEOUT_MS.least);
    expect(longestMs).toBeLessThan(1_000);
    holder.kill('SIGCONT');
    const reader = await processes.start();
    await reader.call('open', { folder });
    expect(await reader.call('readAll', { summary: true })).toMatchObject({ count: events });
    const next = { stream: 'account-1', expected: last };
    expect(await reader.call('append', next)).toMatchObject({ revision: last + 1 });
    await until('the index behind the log', async () => {
      const report = await reader.call<{ ok: boolean; indexEntries: number }>('verify');
      expect(report).toMatchObject({ ok: true });
      return report.indexEntries > 0;
    });
  }, 90_000);
});
