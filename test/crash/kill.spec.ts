import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { EmbeddedEventStore } from '@everfold/embedded';
import { probe } from '../embedded/events.js';
import { Folders } from '../embedded/folders.js';
import { print, until, within } from '../embedded/patience.js';
import { Processes } from '../embedded/processes.js';
import { Random } from '../embedded/random.js';
import { itWith } from '../embedded/tools.js';
import { type Appender, Appenders } from './appenders.js';
import { inspect } from './inspection.js';
import { Ledger } from './ledger.js';

const LONG = process.env['CRASH_TESTS'] === 'long';
/** Kills of a process alone, beside another one, while it writes the index behind, and while it opens a new folder. */
const KILLS = LONG
  ? { alone: 240, many: 80, beside: 100, indexing: 80, opening: 120 }
  : { alone: 50, many: 20, beside: 20, indexing: 10, opening: 27 };
const TIMEOUT_MS = LONG ? 3_600_000 : 300_000;

const processes = new Processes();
const folders = new Folders();
const random = Random.fromEnvironment();
const appenders = new Appenders(processes, random);

beforeAll(() => print(`kills: SEED=${random.seed}`));

afterEach(async () => {
  appenders.forget();
  await processes.end();
  await folders.remove();
});

/** Kills and inspects, with another folder now and then. */
async function repeat(
  what: string,
  kills: { readonly all: number; readonly aFolder: number },
  kill: (folder: string, ledger: Ledger) => Promise<Appender>,
): Promise<void> {
  const landed = { inFlight: 0, acknowledged: 0 };
  let ledger = new Ledger();
  let folder = await folders.create();
  for (let done = 0; done < kills.all; done += 1) {
    if (done % kills.aFolder === 0) {
      await folders.remove();
      folder = await folders.create();
      ledger = new Ledger();
    }
    const { number, acknowledged } = await kill(folder, ledger);
    landed.acknowledged += acknowledged;
    if (ledger.inFlight(number) > 0) landed.inFlight += 1;
    await inspect(folder, ledger, random);
    if (LONG && done % 10 === 9) print(`  ${what}: ${done + 1} of ${kills.all} kills`);
  }
  print(
    `kills, ${what}: ${landed.inFlight} of ${kills.all} landed with appends in flight; the killed had ${landed.acknowledged} appends acknowledged`,
  );
  expect(landed.inFlight).toBeGreaterThanOrEqual(kills.all * 0.9);
}

describe('A process that is killed while it appends', () => {
  it(
    'leaves everything acknowledged and nothing torn',
    () =>
      repeat('alone', { all: KILLS.alone, aFolder: 9 }, async (folder, ledger) => {
        const appender = await appenders.take(ledger);
        await appenders.killAfter(appender, random.between(1, 80), { folder, profile: 'mixed' });
        return appender;
      }),
    TIMEOUT_MS,
  );

  it(
    'leaves everything acknowledged and nothing torn of commits that were sent one behind the other',
    () =>
      repeat('hundreds at once', { all: KILLS.many, aFolder: 4 }, async (folder, ledger) => {
        const appender = await appenders.take(ledger);
        const acknowledgements = random.between(1, 4_000);
        await appenders.killAfter(appender, acknowledgements, { folder, profile: 'many' });
        return appender;
      }),
    TIMEOUT_MS,
  );

  it(
    'does not disturb another process that has the folder open',
    () => {
      let other: { readonly appender: Appender; readonly folder: string } | undefined;
      return repeat('beside another', { all: KILLS.beside, aFolder: 5 }, async (folder, ledger) => {
        if (other?.folder !== folder) {
          await other?.appender.process.destroy();
          other = { appender: await appenders.take(ledger), folder };
        }
        const { appender } = other;
        const victim = await appenders.take(ledger);
        const appends = appenders.go(appender, folder, 'mixed');
        await appenders.killAfter(victim, random.between(1, 30), { folder, profile: 'mixed' });
        const before = appender.acknowledged;
        await until('appends after the kill', () => appender.acknowledged > before + 10);
        await appender.process.call('stop');
        const all = await appends;
        expect(appender.acknowledged).toBe(all);
        return victim;
      });
    },
    TIMEOUT_MS,
  );

  it(
    'leaves an index that can be trusted, though it was writing it behind',
    () =>
      repeat('writing the index', { all: KILLS.indexing, aFolder: 2 }, async (folder, ledger) => {
        const appender = await appenders.take(ledger);
        await appenders.killAfter(appender, random.between(20, 26), { folder, profile: 'bulk' });
        return appender;
      }),
    TIMEOUT_MS,
  );
});

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function markerOf(folder: string): string {
  const marker = join(folder, 'everfold.json');
  return existsSync(marker) ? readFileSync(marker, 'utf8') : '';
}

describe('A process that is killed while it opens a folder for the first time', () => {
  const moments: Readonly<Record<string, (folder: string, appender: Appender) => boolean>> = {
    'before it opens': (_, { said }) => said.has('opening'),
    'at the first file': (folder) => readdirSync(folder).length > 0,
    'at the marker': (folder) => existsSync(join(folder, 'everfold.json')),
    'when the log is there': (folder) => sizeOf(join(folder, 'data.mdb')) > 8_192,
    'at the second marker': (folder) =>
      sizeOf(join(folder, 'data.mdb')) > 8_192 &&
      readdirSync(folder).some((name) => name.startsWith('.everfold.json.')),
    'at the lock file': (folder) => existsSync(join(folder, 'lock.mdb')),
    'at the data file': (folder) => existsSync(join(folder, 'data.mdb')),
    'when the marker names the log': (folder) => markerOf(folder).includes('identity'),
    'when it is open': (_, { said }) => said.has('opened'),
  };

  it(
    'leaves a folder that opens',
    async () => {
      const names = Object.keys(moments);
      for (let kill = 0; kill < KILLS.opening; kill += 1) {
        const folder = await folders.create();
        const ledger = new Ledger();
        const appender = await appenders.take(ledger);
        const reached = moments[names[kill % names.length] ?? ''] ?? (() => true);
        void appenders.go(appender, folder, 'mixed');
        while (!reached(folder, appender) && !appender.said.has('opened')) await nextTurn();

        appender.process.kill('SIGKILL');
        await appender.process.ended;

        await inspect(folder, ledger, random);
        await folders.remove();
      }
      print(`kills, opening: ${KILLS.opening}, ${names.join(', ')}`);
    },
    TIMEOUT_MS,
  );

  itWith('strace')(
    'leaves a folder that opens, at each of its steps',
    async () => {
      const steps = ['/^mkdir', '/^link', '/^rename', '/^unlink', '/^f(data)?sync', '/^pwrite'];
      for (const step of steps) {
        const folder = join(await folders.create(), 'new');
        const kill = ['-e', `trace=${step}`, '-e', `inject=${step}:signal=SIGKILL:when=1`];
        const victim = await processes.start({
          script: 'store.mjs',
          through: ['strace', '-f', '-o', '/dev/null', ...kill],
        });
        victim.call('open', { folder }).catch(() => undefined);
        await within(`the kill at ${step}`, victim.ended);
        const named = /identity":"([^"]+)/.exec(markerOf(folder))?.[1];

        await using store = await EmbeddedEventStore.open(folder);

        expect(await store.append('account-1', [probe()])).toMatchObject({ revision: 0 });
        expect([step, named ?? (await store.identity())]).toEqual([step, await store.identity()]);
        expect(await store.verify()).toMatchObject({ ok: true });
      }
    },
    TIMEOUT_MS,
  );
});
