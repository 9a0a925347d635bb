import { projection } from '@everfold/core';
import { MemoryStore } from '@everfold/memory';
import { type INestApplication, Logger } from '@nestjs/common';
import { EverfoldHealthIndicator, EverfoldModule } from '../src/index.js';
import { AccountOpened } from './support/account.js';
import { AccountsModule, closeAll, lasting, rootOf, start } from './support/applications.js';
import {
  accountsOf,
  type Balance,
  balances,
  balancesOf,
  startBalances,
} from './support/balances.js';
import { Log } from './support/log.js';
import { met } from './support/met.js';
import { MoodyStore } from './support/moody-store.js';

const failing = projection<Balance>('failing', { version: 1, maxAttempts: 2 }).start(
  AccountOpened,
  ({ owner }, { documentId }) => {
    if (owner === 'Eve') throw new Error('a hole in the fold');
    return { id: documentId, owner, balance: 0 };
  },
);

function healthOf(app: INestApplication, timeoutMs = 2_000) {
  return app
    .get(EverfoldHealthIndicator)
    .isHealthy('everfold', { timeoutMs })
    .then(({ everfold }) => everfold);
}

let log: Log;
beforeEach(() => {
  log = new Log();
});
/** Applications of these specs are made without a logger, which they would set for all. */
function listen(): void {
  Logger.overrideLogger(log);
}
afterEach(async () => {
  await closeAll();
  Logger.overrideLogger(false);
});

describe('The health of consumers', () => {
  it('is told with how far each is behind', async () => {
    const app = await startBalances();
    const { token } = await accountsOf(app).create('a', (it) => it.open('Ada'));
    await balancesOf(app).get('a', { after: token });
    await met(async () => (await healthOf(app)).consumers?.[0]?.lagMs === 0);

    await expect(healthOf(app)).resolves.toEqual({
      status: 'up',
      consumers: [
        {
          name: 'balances',
          consumer: 'balances@1.1',
          state: 'running',
          lagMs: 0,
          stopped: 0,
          parked: 0,
        },
      ],
    });
  });

  it('is down with the reason when one is stopped, and the log has it', async () => {
    const app = await start({
      imports: [
        ...rootOf({ retry: { baseMs: 1 } }),
        AccountsModule,
        EverfoldModule.forFeature([failing, balances]),
      ],
    });
    listen();

    await accountsOf(app).create('a', (it) => it.open('Eve'));

    await met(async () => (await healthOf(app)).status === 'down');
    const { message, consumers = [] } = await healthOf(app);
    expect(message).toMatch(/^'failing@1\.1' is stopped: .*a hole in the fold/);
    expect(message).not.toContain('balances');
    expect(consumers.map(({ state, stopped }) => [state, stopped])).toEqual([
      ['stopped', 1],
      ['running', 0],
    ]);
    expect(log.lines).toEqual([
      expect.stringMatching(/^warn: 'failing@1\.1' tries again \(1\): .*a hole in the fold/),
      expect.stringMatching(/^error: Segment \d of 'failing@1\.1' has stopped/),
    ]);
  });

  it('is up when documents are parked, which it counts', async () => {
    const parking = projection<Balance>('parking', {
      version: 1,
      maxAttempts: 1,
      onFailure: 'park',
    }).start(AccountOpened, () => {
      throw new Error('a hole in the fold');
    });
    const app = await start({
      imports: [...rootOf(), AccountsModule, EverfoldModule.forFeature([parking])],
    });
    listen();

    await accountsOf(app).create('a', (it) => it.open('Eve'));

    await met(async () => (await healthOf(app)).consumers?.[0]?.parked === 1);
    await expect(healthOf(app)).resolves.toMatchObject({ status: 'up' });
    expect(log.lines).toEqual([expect.stringMatching(/^error: 'parking@1\.1' has parked.*'a'/)]);
  });

  it('is down while the store of read models cannot be used, and up again afterwards', async () => {
    const store = new MoodyStore();
    const app = await startBalances({
      eventStore: { open: async () => store },
      leases: { heartbeatMs: 20, timeToLiveMs: 80 },
      retry: { baseMs: 1, maxMs: 5 },
    });

    store.mood = 'failing';
    const away = await healthOf(app);
    store.mood = 'silent';
    const silent = await healthOf(app, 50);
    store.recover();

    expect(away).toMatchObject({ status: 'down', message: 'the disk of read models is full' });
    expect(silent.message).toMatch(/have not said within 50 ms/);
    await met(async () => (await healthOf(app)).status === 'up');
  });

  it('is down when nobody follows the log for one, for that is not to be caught up', async () => {
    const eventStore = lasting();
    const options = { eventStore, leases: { heartbeatMs: 20, timeToLiveMs: 60_000 } };
    const [one, other] = [await startBalances(options), await startBalances(options)];
    await met(async () => (await healthOf(other)).status === 'up');
    const store = await eventStore.open(AbortSignal.timeout(1_000));

    // What a process leaves behind that was killed: segments, and no sign of life.
    for (const { key, value, version } of await store.listRecords('segments/balances'))
      await store.writeRecord(key, { ...(value as object), owner: 'killed' }, version);

    await met(async () => (await healthOf(one)).status === 'down');
    const { message } = await healthOf(one);
    expect(message).toMatch(/'balances@1\.1' is followed by nobody/);
  });
});

describe('Consumers', () => {
  it('keep a commit waiting until a read model has it, when it says so', async () => {
    const app = await startBalances();

    await accountsOf(app).create('a', (it) => it.open('Ada'), { waitFor: [balances] });

    await expect(balancesOf(app).get('a')).resolves.toMatchObject({ owner: 'Ada' });
  });

  it('go on until what is in flight has ended, which may wait for them', async () => {
    class WatchedStore extends MemoryStore {
      /** Whether the process has said that it runs no consumers any more. */
      hasLeft = false;
      override async removeRecord(key: string, expected: number) {
        if (key.startsWith('members/')) this.hasLeft = true;
        return super.removeRecord(key, expected);
      }
    }
    const store = new WatchedStore();
    const app = await startBalances({ eventStore: { open: async () => store } });
    const accounts = accountsOf(app);
    let go: (() => void) | undefined;
    const updating = accounts.create(
      'a',
      async (it) => {
        await new Promise<void>((resolve) => {
          go = resolve;
        });
        it.open('Ada');
      },
      { waitFor: [balances] },
    );
    await met(() => go !== undefined);

    const closing = app.close();
    await met(() => isRefused(accounts.find('a')));
    const hadLeft = store.hasLeft;
    go?.();
    const { revision } = await updating;
    await closing;

    expect({ revision, hadLeft, hasLeft: store.hasLeft }).toEqual({
      revision: 0,
      hadLeft: false,
      hasLeft: true,
    });
  });

  it('do not hold up a shutdown longer than they may', async () => {
    const store = new MoodyStore();
    const app = await startBalances({
      eventStore: { open: async () => store },
      shutdownTimeoutMs: 200,
    });
    listen();
    store.mood = 'silent';
    await accountsOf(app).create('a', (it) => it.open('Ada'));
    const began = performance.now();

    await app.close();

    expect(performance.now() - began).toBeLessThan(2_000);
    expect(log.lines).toContainEqual(expect.stringMatching(/^error: The consumers did not close/));
  });

  it('are refused at the start when their times do not fit', async () => {
    const starting = startBalances({ leases: { heartbeatMs: 500, timeToLiveMs: 600 } });

    await expect(starting).rejects.toThrow(/leases\.timeToLiveMs must be an integer from 2000/);
  });

  it('cannot come with a module that is loaded later', async () => {
    const { LazyModuleLoader } = await import('@nestjs/core');
    const app = await startBalances();

    const loading = app
      .get(LazyModuleLoader)
      .load(() => EverfoldModule.forFeature([failing]) as never);

    await expect(loading).rejects.toThrow(
      /'failing' is registered after the application has started/,
    );
  });
});

async function isRefused(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => false,
    () => true,
  );
}
