import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Random, seedFrom } from '../support/random.js';
import { withFolder } from '../support/test-bank.js';
import { withBanks } from '../support/with-banks.js';
import { openAccounts } from './support/deposits.js';
import { Ledger } from './support/ledger.js';
import { type Attempt, interrupt } from './support/stopping.js';

const ROUNDS = 20;
const ACCOUNTS = 50;
const PATIENCE_MS = 600_000;
const SEED = seedFrom('SHUTDOWN_SEED');
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

describe(`stopping under deposits of 64 connections (SHUTDOWN_SEED=${SEED})`, () => {
  const random = new Random(SEED);

  it(
    `by SIGTERM, ${ROUNDS} times, loses no answer and keeps no event that nobody was told of`,
    () =>
      withBanks(async (start, folder) => {
        let accounts: readonly string[] = [];
        const attempts: Attempt[] = [];
        for (let round = 1; round <= ROUNDS; round += 1) {
          const bank = await start();
          if (round === 1) accounts = await openAccounts(bank.url, ACCOUNTS);
          const after = 50 + random.below(300);
          const stop = () => bank.child.kill('SIGTERM');
          const { url } = bank;
          const name = `round ${round}`;

          attempts.push(...(await interrupt({ url, accounts, name, signals: [[after, stop]] })));
          const { code, signal, stderr } = await bank.ended;

          expect({ round, code, signal, stderr }).toEqual({
            round,
            code: 0,
            signal: null,
            stderr: '',
          });
          expectNothingLost(await Ledger.of(folder), attempts);
        }
      }),
    PATIENCE_MS,
  );

  it.each([
    ['SIGINT', ['SIGINT']],
    ['SIGTERM twice', ['SIGTERM', 'SIGTERM']],
    ['SIGTERM and SIGINT', ['SIGTERM', 'SIGINT']],
  ] as const)(
    'by %s does not either',
    (_, names) =>
      withBanks(async (start, folder) => {
        const bank = await start();
        const accounts = await openAccounts(bank.url, ACCOUNTS);
        const reached: boolean[] = [];
        const signals = names.map(
          // While the first is obeyed, at least as many requests as there are clients are answered.
          (name, n) => [200 + n * 20, () => reached.push(bank.child.kill(name))] as const,
        );

        const attempts = await interrupt({ url: bank.url, accounts, name: 'load', signals });
        const { code, stderr } = await bank.ended;

        expect(reached).toEqual(names.map(() => true));
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
        expectNothingLost(await Ledger.of(folder), attempts);
      }),
    PATIENCE_MS,
  );

  it(
    'by SIGTERM to npm does not either',
    () =>
      withFolder(async (folder) => {
        // The last command of the start script as it is, without the build before it.
        const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
        const start = `cd '${ROOT}' && ${scripts.start.split('&&').at(-1).trim()}`;
        await writeFile(join(folder, 'package.json'), JSON.stringify({ scripts: { start } }));
        const { PATH = '' } = process.env;
        const env = { PATH, HOME: folder, PORT: '0', DATA_DIR: join(folder, 'data') };
        // A process group of its own, so that whatever is left of it can be ended.
        const npm = spawn('npm', ['start'], {
          cwd: folder,
          env,
          stdio: ['ignore', 'pipe', 'ignore'],
          detached: true,
        });
        const ended = once(npm, 'close');
        try {
          const url = await listeningUrl(npm.stdout.setEncoding('utf8'));
          const accounts = await openAccounts(url, ACCOUNTS);
          const stop = () => npm.kill('SIGTERM');

          const attempts = await interrupt({ url, accounts, name: 'load', signals: [[200, stop]] });
          const [code] = await ended;

          expect(code).toBe(0);
          expectNothingLost(await Ledger.of(join(folder, 'data')), attempts);
        } finally {
          endGroup(npm);
        }
      }),
    PATIENCE_MS,
  );
});

/**
 * Each answer has its event and each event its answer; what was sent before the signal was answered, or its connection
 * closed properly.
 */
function expectNothingLost(ledger: Ledger, attempts: readonly Attempt[]): void {
  const movements = ledger.byReference();
  const done = attempts.filter(isDone);

  expect(attempts.filter((each) => each.isEarly && !isAnsweredOrClosed(each))).toEqual([]);
  expect(attempts.filter((each) => !isDone(each) && movements.has(each.reference))).toEqual([]);
  expect(
    done.filter((each) => JSON.stringify(stored(ledger, each)) !== JSON.stringify(told(each))),
  ).toEqual([]);
  expect(movements.size).toBe(done.length);
  expect(done.length).toBeGreaterThan(0);
}

function isDone({ sent }: Attempt): boolean {
  return sent.kind === 'answered' && sent.status === 201;
}

function isAnsweredOrClosed({ sent }: Attempt): boolean {
  if (sent.kind !== 'answered') return sent.kind === 'closed';
  if (sent.status === 201) return true;
  return sent.status === 503 && sent.text.includes('urn:everfold:bank:too-contended');
}

function told({ account, reference, sent }: Attempt): object {
  if (sent.kind !== 'answered') return {};
  const { id, revision, balance } = JSON.parse(sent.text);
  return { tag: sent.headers.get('etag'), id, account, revision, balance, reference };
}

/** What an attempt must have been told, by its events in the log. */
function stored(ledger: Ledger, { account, reference }: Attempt): object {
  const all = ledger.entries(account).filter((each) => each.reference === reference);
  const [entry, second] = all;
  if (entry === undefined || second !== undefined) return all;
  const { revision, balance } = entry;
  return { tag: `"${revision}"`, id: account, account, revision, balance, reference };
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing is left of it.
  }
}

async function listeningUrl(stdout: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stdout.iterator({ destroyOnReturn: false })) {
    text += chunk;
    const [, url] = /^listening on (\S+)\n(?:.*\n)*(?:curl .*\n){3}/m.exec(text) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`The bank did not start: ${text}`);
}
