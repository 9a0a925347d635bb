import { projection, reactor } from '@everfold/core';
import { Logger } from '@nestjs/common';
import { EverfoldModule, live } from '../src/index.js';
import { AccountOpened } from './support/account.js';
import { AccountsModule, closeAll, rootOf, start } from './support/applications.js';
import { accountsOf, type Balance, startBalances } from './support/balances.js';
import { Log } from './support/log.js';
import { met } from './support/met.js';
import { MoodyStore } from './support/moody-store.js';

const failing = projection<Balance>('failing', { version: 1, maxAttempts: 1 }).start(
  AccountOpened,
  () => {
    throw new Error('a hole in the fold');
  },
);
const mails = reactor('mails', { maxAttempts: 1 }).on(AccountOpened, () => {
  throw new Error('no such address');
});

let log: Log;
beforeEach(() => {
  log = new Log();
});
afterEach(async () => {
  await closeAll();
  Logger.overrideLogger(false);
});

describe('The log', () => {
  it.each([
    [
      'a projection',
      failing,
      /^error: Segment \d of 'failing@1\.1' has stopped, .* 'everfold projections resume failing'/,
    ],
    [
      'a reactor',
      mails,
      /^error: Segment \d of 'mails' has stopped, .* 'everfold reactors resume mails'/,
    ],
    [
      'a live projection',
      live(failing),
      /^error: Live projection 'failing' has stopped, (?!.*resume).* the application is restarted/,
    ],
  ])('says what it takes for %s to go on', async (_, feature, said) => {
    const app = await start({
      imports: [...rootOf(), AccountsModule, EverfoldModule.forFeature([feature])],
    });
    Logger.overrideLogger(log);

    await accountsOf(app).create('a', (it) => it.open('Ada'));

    await met(() => log.lines.length > 0);
    expect(log.lines).toEqual([expect.stringMatching(said)]);
  });

  it('promises nothing of a command when a store fails that is asked again', async () => {
    const store = new MoodyStore();
    await startBalances({
      eventStore: { open: async () => store },
      leases: { heartbeatMs: 20, timeToLiveMs: 80 },
    });
    Logger.overrideLogger(log);

    store.mood = 'failing';
    await met(() => log.lines.length > 0);
    store.recover();

    expect(log.lines).toContain(
      'error: What runs consumers in this process fails, and is tried again.',
    );
    expect(log.lines.join()).not.toContain('resume');
  });
});
