import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { projection, runConsumers } from '@everfold/core';
import { mongodb } from '@everfold/mongodb';
import { MongoClient } from 'mongodb';
import { MoneyDeposited, MoneyWithdrawn } from '../src/accounts/account-events.js';
import { describeOnMongo } from './support/stores.js';
import { startTestBank, type TestBank, withFolder } from './support/test-bank.js';

const bankFolder = dirname(dirname(fileURLToPath(import.meta.url)));
const everfold = join(bankFolder, '../../packages/cli/bin/everfold.js');
const PATIENCE_MS = 30_000;

/** What is read of the values that the command prints. */
interface Line {
  readonly generation?: number;
  readonly state?: string;
  readonly documentId?: string;
}

/** A bank with movements on one day, and the command beside it. */
interface Scene {
  readonly bank: TestBank;
  /** Of an account that is open. */
  readonly path: string;
  /** The collections of the bank's read models. */
  readonly mongodbUrl: string;
  /** Runs the command, and reads what it prints as JSON. */
  run(...args: readonly string[]): Promise<readonly Line[]>;
  /** The generations of the totals: `1 kept`, `2 serving`. */
  generations(): Promise<readonly string[]>;
  /** What the bank answers when it is asked for totals, complete to the last write. */
  totals(): Promise<unknown>;
}

await describeOnMongo('The everfold command of a bank with read models on MongoDB', (stores) => {
  const withScene = (use: (scene: Scene) => Promise<void>) =>
    withFolder(async (folder) => {
      const environment = stores.environment(folder);
      const bank = await startTestBank({ ...environment, READ_TIMEOUT_MS: '10000' });
      try {
        await use(await sceneOf(bank, environment));
      } finally {
        await bank.stop();
      }
    });

  it('says where they are kept, and how that is written', () =>
    withScene(async ({ run }) => {
      const listed = await run('projections', 'list');
      const status = await run('projections', 'status', 'daily-totals');

      const store = expect.stringMatching(/^MongoDB at .*, guarded writes$/);
      expect(listed).toEqual(
        ['account-summaries', 'daily-totals', 'statement-entries'].map((name) =>
          expect.objectContaining({ name, state: 'serving', commit: 'guarded', store }),
        ),
      );
      expect(status).toMatchObject([{ name: 'daily-totals', store, lagMs: 0, parked: 0 }]);
    }));

  it('rebuilds a read model beside the bank, goes back, forth again, and drops the old one', () =>
    withScene(async ({ run, generations, totals }) => {
      const steps = [await generations()];
      const shown = [await totals()];
      for (const args of [
        ['rebuild', 'daily-totals'],
        ['rollback', 'daily-totals'],
        ['switch', 'daily-totals', '2'],
        ['drop', 'daily-totals', '--generation', '1'],
      ]) {
        await run('projections', ...args);
        steps.push(await generations());
        shown.push(await totals());
      }

      expect(steps).toEqual([
        ['1 serving'],
        ['1 kept', '2 serving'],
        ['1 serving', '2 kept'],
        ['1 kept', '2 serving'],
        ['2 serving'],
      ]);
      expect(shown).toEqual(
        steps.map(() => [expect.objectContaining({ deposited: 70, withdrawn: 20 })]),
      );
    }));

  it('verifies what is stored, and finds what others have changed', () =>
    withScene(async ({ run, mongodbUrl }) => {
      const before = await run('projections', 'verify', 'daily-totals');
      await using client = new MongoClient(mongodbUrl);
      const changed = await client
        .db()
        .collection('daily-totals@1.1')
        .updateMany({}, { $set: { deposited: 71 } });

      const after = await run('projections', 'verify', 'daily-totals').catch((error) => error);

      expect(before).toMatchObject({ differences: [] });
      expect(changed.modifiedCount).toBe(1);
      expect(after).toMatchObject({ code: 3 });
      expect(JSON.parse(after.stdout)).toMatchObject({
        differences: [{ kind: 'differs', actual: { deposited: 71 }, expected: { deposited: 70 } }],
      });
    }));

  it('shows what is parked, and has it dropped', () =>
    withScene(async ({ bank, run, mongodbUrl }) => {
      await using readModels = await mongodb({ url: mongodbUrl }).open(AbortSignal.timeout(30_000));
      await using consumers = await runConsumers({
        eventStore: bank.store,
        readModels,
        definitions: [superstitious],
      });
      await consumers.caughtUp();

      const parked = await run('parked', 'list', 'superstitious');
      await run('parked', 'drop', 'superstitious', String(parked[0]?.documentId));
      const left = await until(
        () => run('parked', 'list', 'superstitious'),
        (found) => found.length === 0,
      );

      expect(parked).toMatchObject([
        { eventType: 'account.money-deposited', revision: 1 },
        { revision: 2 },
      ]);
      expect(left).toEqual([]);
    }));
});

/** Fails at what the scene pays in, and holds back what follows. */
const superstitious = projection<{ readonly withdrawn: number }>('superstitious', {
  version: 1,
  onFailure: 'park',
  maxAttempts: 1,
  initial: () => ({ withdrawn: 0 }),
})
  .on(MoneyDeposited, () => {
    throw new Error('This number brings bad luck.');
  })
  .on(MoneyWithdrawn, (_, { amount }) => ({ withdrawn: amount }));

async function sceneOf(bank: TestBank, environment: Record<string, string>): Promise<Scene> {
  const path = await bank.open();
  await bank.send('POST', `${path}/deposits`, { json: { amount: 70 } });
  const { headers } = await bank.send('POST', `${path}/withdrawals`, { json: { amount: 20 } });
  const token = headers['consistency-token'];
  for (const each of ['/accounts', '/totals', `${path}/statement`])
    await bank.send('GET', each, { headers: { 'Consistency-Token': token } });

  const { PATH = '' } = process.env;
  const { MONGODB_URL: mongodbUrl = '' } = environment;
  const run = async (...args: readonly string[]): Promise<readonly Line[]> => {
    const { stdout } = await promisify(execFile)(process.execPath, [everfold, ...args, '--json'], {
      cwd: bankFolder,
      env: { PATH, ...environment },
    });
    return JSON.parse(stdout);
  };
  return {
    bank,
    path,
    mongodbUrl,
    run,
    generations: async () => {
      const found = await run('projections', 'status', 'daily-totals');
      return found.map(({ generation, state }) => `${generation} ${state}`);
    },
    totals: async () => {
      const { body } = await bank.send('GET', '/totals', {
        headers: { 'Consistency-Token': token },
      });
      return body.items;
    },
  };
}

async function until<T>(ask: () => Promise<T>, isMet: (found: T) => boolean): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await ask();
    if (isMet(found) || performance.now() > end) return found;
    await delay(50);
  }
}
