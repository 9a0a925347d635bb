import { spawnSync } from 'node:child_process';
import { EmbeddedEventStore } from '@everfold/embedded';
import { countEvents } from './events.js';
import { Folders } from './folders.js';
import { print, until } from './patience.js';
import { Processes, type StoreProcess } from './processes.js';
import { fill, reasonOf } from './refusals.js';
import { itWith } from './tools.js';

const processes = new Processes();
const folders = new Folders();

afterEach(async () => {
  await processes.end();
  await folders.remove();
});

/** A process that may write files of so many KiB only; the signal that would end it beyond is ignored. */
function startLimited(kilobytes: number): Promise<StoreProcess> {
  const shell = `trap '' XFSZ; ulimit -Sf ${kilobytes}; exec "$@"`;
  return processes.start({ through: ['bash', '-c', shell, 'bash'] });
}

function allow(process: StoreProcess, bytes: number | 'unlimited'): void {
  const { status, stderr } = spawnSync('prlimit', [
    '--pid',
    String(process.pid),
    `--fsize=${bytes}:unlimited`,
  ]);
  if (status !== 0) throw new Error(String(stderr));
}

/** What LMDB writes to the standard error of a process when a write fails: it must never come to that. */
const LMDB_COMPLAINS = /mdb_|Write error|Input\/output error/;

/** What became of the appends of a process. */
interface Tally {
  readonly appended: number;
  readonly refused: number;
  /** What they were refused with beside what they should be. */
  readonly others: readonly unknown[];
}

interface Crowd {
  /** Processes. */
  readonly size: number;
  /** Callers in each. */
  readonly callers: number;
  /** How long a caller waits that was refused, in ms. */
  readonly pause: number;
  /** How many refusals to wait for, in each. */
  readonly refusals: number;
}

async function refuseAgainAndAgain({ size, callers, pause, refusals }: Crowd): Promise<void> {
  const folder = await folders.create();
  const children = await Promise.all(Array.from({ length: size }, () => startLimited(3_000)));
  const inEach = <T = void>(name: string, args: unknown = {}): Promise<T[]> =>
    Promise.all(children.map((child) => child.call<T>(name, args)));
  await inEach('open', { folder });
  const ends = inEach<Tally>('appendThroughRefusals', { callers, pause, name: 'account' });

  await untilTold(children, 'refused', refusals);
  const heads = await inEach<string>('head');
  for (const child of children) allow(child, 3_300_000);
  await untilTold(children, 'refused', refusals);
  const shown = await inEach<{ count: number }>('readAll', { summary: true });
  for (const child of children) allow(child, 'unlimited');
  await untilTold(children, 'appended', 200);
  await inEach('stop');
  const tallies = await ends;

  expect(tallies.flatMap(({ others }) => others)).toEqual([]);
  for (const child of children) expect(child.errors).not.toMatch(LMDB_COMPLAINS);
  const before = Math.max(...heads.map(Number));
  for (const { count } of shown) expect(count).toBeGreaterThanOrEqual(before);
  const appended = tallies.reduce((sum, tally) => sum + tally.appended, 0);
  const refused = tallies.reduce((sum, tally) => sum + tally.refused, 0);
  await using store = await EmbeddedEventStore.open(folder);
  expect(await countEvents(store)).toBe(appended);
  expect(await store.verify()).toMatchObject({ ok: true, problems: [] });
  print(`full disk: ${refused} refusals to ${callers} callers, ${appended} events written`);
}

/** Waits until every process has told so many more of these. */
async function untilTold(
  children: readonly StoreProcess[],
  what: 'appended' | 'refused',
  count: number,
): Promise<void> {
  for (const child of children) {
    const before = (await child.call<Tally>('tally'))[what];
    await until(what, async () => (await child.call<Tally>('tally'))[what] >= before + count);
  }
}

const itWithPrlimit = itWith('prlimit');

describe('A store whose disk is full', () => {
  itWithPrlimit(
    'rejects appends, stays readable, and goes on in the same process when there is room',
    async () => {
      const folder = await folders.create();
      const child = await startLimited(3_000);
      await child.call('open', { folder });
      const appended = await fill(child);
      const head = await child.call<string>('head');

      const refused = await Promise.all(
        Array.from({ length: 12 }, (_, at) =>
          reasonOf(
            child.call('append', { stream: `other-${at}`, count: 5, data: 'y'.repeat(50_000) }),
          ),
        ),
      );
      const snapshot = { stream: 'account-1', revision: 0, content: 'z'.repeat(500_000) };
      const unsaved = await reasonOf(child.call('saveSnapshot', { snapshot }));
      const shown = await child.call('readAll', { summary: true });
      const later = await child.call<string>('head');
      allow(child, 'unlimited');
      const next = await child.call('append', { stream: 'account-1', expected: appended - 1 });

      expect(appended).toBeGreaterThan(5);
      for (const error of [...refused, unsaved]) {
        expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
        expect((error as Error).message).toContain('make room on the disk');
        expect((error as Error).message).not.toContain('maxBytes');
      }
      expect(shown).toMatchObject({ count: appended });
      expect(later).toBe(head);
      expect(next).toMatchObject({ revision: appended });
      expect(child.ending).toBeUndefined();
      expect(child.errors).not.toMatch(LMDB_COMPLAINS);
      await using store = await EmbeddedEventStore.open(folder);
      expect(await countEvents(store)).toBe(appended + 1);
      expect(await store.verify()).toMatchObject({ ok: true, problems: [] });
      print(`full disk: ${appended} appends fitted, 12 were refused, the process went on`);
    },
    60_000,
  );

  itWithPrlimit(
    'survives it at every moment, also while the index is written behind',
    async () => {
      const folder = await folders.create();
      const child = await startLimited(1_000);
      await child.call('open', { folder });
      let allowed = 1_000_000;
      let appended = 0;
      let refused = 0;
      for (let turn = 0; appended < 72_000; turn += 1) {
        const error = await reasonOf(
          child.call('appendWide', { prefix: `wide-${turn}`, streams: 100, each: 6 }),
        );
        if (error === undefined) appended += 600;
        else {
          expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' });
          refused += 1;
          allowed += 150_000;
          allow(child, allowed);
        }
      }

      const shown = await child.call('readAll', { summary: true });
      allow(child, 'unlimited');
      await child.call('append', { stream: 'account-1' });

      expect(refused).toBeGreaterThan(10);
      expect(child.errors).not.toMatch(LMDB_COMPLAINS);
      expect(shown).toMatchObject({ count: appended });
      await using store = await EmbeddedEventStore.open(folder);
      expect(await countEvents(store)).toBe(appended + 1);
      expect(await store.verify()).toMatchObject({ ok: true, problems: [] });
      print(`full disk: ${refused} refusals while ${appended} events were written`);
    },
    90_000,
  );

  for (const crowd of [
    { size: 1, callers: 1, pause: 1, refusals: 500 },
    { size: 1, callers: 8, pause: 5, refusals: 2_000 },
    { size: 1, callers: 400, pause: 50, refusals: 10_000 },
    { size: 2, callers: 50, pause: 20, refusals: 3_000 },
  ])
    itWithPrlimit(
      `refuses ${crowd.callers} callers in ${crowd.size} processes again and again, which live and read meanwhile`,
      () => refuseAgainAndAgain(crowd),
      60_000,
    );

  itWithPrlimit(
    'is not opened, and opens in the same process when there is room',
    async () => {
      for (const kilobytes of [0, 4, 8, 80]) {
        const folder = await folders.create();
        const child = await startLimited(kilobytes);

        const refusal = await reasonOf(child.call('open', { folder }));
        allow(child, 'unlimited');
        const identity = await child.call<string>('open', { folder });
        await child.call('append', { stream: 'account-1' });

        if (kilobytes < 80) expect(refusal).toMatchObject({ code: 'STORE_UNAVAILABLE' });
        expect(identity).toMatch(/^[0-9a-f-]{36}$/);
        expect(child.ending).toBeUndefined();
      }
    },
    60_000,
  );
});
