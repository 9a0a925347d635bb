import { jest } from '@jest/globals';
import { BankProcess } from './support/bank-process.js';
import type { Answer } from './support/http-client.js';
import { codeOf } from './support/problems.js';
import { describeOnMongo, describeOnStores } from './support/stores.js';
import { startTestBank, type TestBank, withFolder } from './support/test-bank.js';
import { withBanks } from './support/with-banks.js';

/** How long another bank may take to do the work of one that was killed. */
const TAKE_OVER_MS = 15_000;

const ADA = { json: { owner: 'Ada', currency: 'EUR' } };

/** Opens an account, pays in, and hands out its path and the token. */
async function pay(bank: TestBank | BankProcess, amount: number) {
  const opened = await bank.send('POST', '/accounts', ADA);
  const path = String(opened.headers.location);
  const { headers } = await bank.send('POST', `${path}/deposits`, { json: { amount } });
  return { path, token: String(headers['consistency-token']) };
}

function list(bank: TestBank | BankProcess, path: string, token: string): Promise<Answer> {
  return bank.send('GET', path, { headers: { 'Consistency-Token': token } });
}

/** Restarts a bank, and compares what it shows. */
function restarted(environmentOf: (folder: string) => Record<string, string>): Promise<void> {
  return withFolder(async (folder) => {
    const environment = environmentOf(folder);
    const before = await startTestBank(environment);
    const { path, token } = await pay(before, 70);
    const shown = await list(before, '/accounts', token);
    await before.stop();

    const bank = await startTestBank({ ...environment, READ_TIMEOUT_MS: '10000' });
    const answers = [
      await list(bank, '/accounts', token),
      await list(bank, '/totals', token),
      await list(bank, `${path}/statement`, token),
    ];
    await bank.stop();

    expect(answers[0]?.body).toEqual(shown.body);
    expect(answers[1]?.body.items).toMatchObject([{ currency: 'EUR', deposited: 70 }]);
    expect(answers[2]?.body.items).toMatchObject([{ amount: 70, balance: 70 }]);
  });
}

describe('Read models in memory', () => {
  it('are folded anew at each start', () =>
    restarted((folder) => ({
      EVENT_STORE: 'embedded',
      READ_MODELS: 'memory',
      DATA_DIR: folder,
    })));
});

describe('Read models of events in memory', () => {
  it('are kept in a folder for events in memory, too, and not taken for those of other events', () =>
    withFolder(async (folder) => {
      const environment = { READ_MODELS: 'embedded', DATA_DIR: folder };
      const bank = await startTestBank(environment);

      const { token } = await pay(bank, 5);
      const { body } = await list(bank, '/totals', token);
      await bank.stop();
      const again = startTestBank(environment);

      expect(body.items).toMatchObject([{ deposited: 5 }]);
      await expect(again).rejects.toThrow(/^DATA_DIR .* holds read models of other events/);
      await expect(again).rejects.toMatchObject({ name: 'ConfigurationError' });
    }));
});

await describeOnMongo('Read models of events in memory on MongoDB', (stores) => {
  it('are not taken for those of other events', () =>
    withFolder(async (folder) => {
      const environment = { ...stores.environment(folder), EVENT_STORE: 'memory' };
      const bank = await startTestBank(environment);
      const { token } = await pay(bank, 5);
      const { body } = await list(bank, '/totals', token);
      await bank.stop();

      const again = startTestBank(environment);

      expect(body.items).toMatchObject([{ deposited: 5 }]);
      await expect(again).rejects.toMatchObject({
        name: 'ConfigurationError',
        message: expect.stringMatching(/^The database of MONGODB_URL holds read models of other/),
      });
    }));
});

await describeOnStores('Read models', (stores) => {
  it('are all there after a restart', () => restarted(stores.environment));

  it('find owners of any length and any characters', () =>
    withFolder(async (folder) => {
      const bank = await startTestBank(stores.environment(folder));
      const owners = ['🦊'.repeat(100), 'a\u0000b', 'Zoë', `${'x'.repeat(99)}y`];
      let token = '';
      for (const owner of owners) {
        const { headers } = await bank.send('POST', '/accounts', {
          json: { owner, currency: 'EUR' },
        });
        token = String(headers['consistency-token']);
      }

      const found = await Promise.all(
        [...owners, 'x'.repeat(8_000), '🦊'.repeat(99), ''].map((owner) =>
          list(bank, `/accounts?owner=${encodeURIComponent(owner)}`, token),
        ),
      );
      await bank.stop();

      expect(
        found.map(({ body }) => body.items.map((each: { owner: string }) => each.owner)),
      ).toEqual([...owners.map((owner) => [owner]), [], [], []]);
    }));

  it('are told by the bank when it is asked whether it is ready', async () => {
    const bank = await stores.startTestBank();

    const { body } = await bank.send('GET', '/health/ready');
    await bank.stop();

    expect(body.info.everfold.consumers).toEqual(
      ['account-summaries', 'statement-entries', 'daily-totals'].map((name) => ({
        name,
        consumer: `${name}@1.1`,
        state: 'running',
        lagMs: expect.any(Number),
        stopped: 0,
        parked: 0,
      })),
    );
  });

  it('make a read wait no longer than it may, and go on afterwards', async () => {
    const bank = await stores.startTestBank({ READ_TIMEOUT_MS: '0' });
    const written = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { token } = await pay(bank, 5);

    const answers: Answer[] = [];
    do answers.push(await list(bank, '/totals', token));
    while (answers.at(-1)?.status !== 200);
    await bank.stop();
    written.mockRestore();

    expect(new Set(answers.slice(0, -1).map(codeOf))).toEqual(
      answers.length === 1 ? new Set() : new Set(['read-model-behind']),
    );
    expect(answers.at(-1)?.body.items).toMatchObject([{ deposited: 5 }]);
  });

  it('are shared by banks on one folder: each shows what another wrote, by its token', () =>
    withBanks(async (start) => {
      const [one, other] = [await start(), await start()];

      for (let round = 1; round <= 5; round += 1) {
        const { path, token } = await pay(one, 10);
        const answers = await Promise.all([
          patient(() => list(other, '/totals', token)),
          patient(() => list(other, `${path}/statement`, token)),
          patient(() => list(one, '/totals', token)),
        ]);

        expect(answers.map(({ body }) => body.items)).toEqual([
          [expect.objectContaining({ deposited: 10 * round })],
          [expect.objectContaining({ amount: 10 })],
          [expect.objectContaining({ deposited: 10 * round })],
        ]);
      }
    }, stores.environment));

  it('are fed by another bank when one is killed, each movement counted once', () =>
    withBanks(async (start) => {
      const [dying, survivor] = [await start(), await start()];
      const before = await Promise.all([1, 2, 3].map((amount) => pay(dying, amount)));
      await dying.kill('SIGKILL');

      const { token } = await pay(survivor, 4);
      const { body } = await patient(() => list(survivor, '/totals', token));

      expect(before).toHaveLength(3);
      expect(body.items).toMatchObject([{ deposited: 10, withdrawn: 0 }]);
    }, stores.environment));
});

/** Asks again as the bank says, for as long as it may take to do another's work. */
async function patient(ask: () => Promise<Answer>): Promise<Answer> {
  const deadline = performance.now() + TAKE_OVER_MS;
  for (;;) {
    const answer = await ask();
    if (answer.status === 200 || performance.now() > deadline) return answer;
    expect(codeOf(answer)).toBe('read-model-behind');
  }
}
