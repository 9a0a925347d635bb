import { BankProcess } from './support/bank-process.js';
import type { Answer } from './support/http-client.js';
import { codeOf } from './support/problems.js';
import { withFolder } from './support/test-bank.js';

const ROUNDS = 4;
const DEPOSITS = 40;

function told({ status, text, headers }: Answer) {
  const { etag, location, 'consistency-token': token } = headers;
  return { status, text, etag, location, token };
}

function isReplay({ headers }: Answer): boolean {
  return headers['idempotency-replayed'] === 'true';
}

const open = (bank: BankProcess, key: string) =>
  bank.send('POST', '/accounts', {
    json: { owner: 'Ada', currency: 'EUR' },
    headers: { 'Idempotency-Key': key },
  });
const deposit = (bank: BankProcess, path: string, key: string, headers = {}) =>
  bank.send('POST', `${path}/deposits`, {
    json: { amount: 1 },
    headers: { 'Idempotency-Key': key, ...headers },
  });

/** As the answer says: too many write at once, try again. */
async function depositAnyway(bank: BankProcess, path: string, key: string) {
  let answer = await deposit(bank, path, key);
  while (answer.status === 503) answer = await deposit(bank, path, key);
  return answer;
}

describe('banks on one folder', () => {
  it('find everything again after a restart, repeats included', () =>
    withFolder(async (folder) => {
      const before = await BankProcess.start({ DATA_DIR: folder });
      const opened = await open(before, 'open');
      const path = String(opened.headers.location);
      const deposited = await deposit(before, path, 'deposit', { 'If-Match': '"0"' });
      await deposit(before, path, 'another');
      await before.kill('SIGTERM');

      const after = await BankProcess.start({ DATA_DIR: folder });
      const shown = await after.send('GET', path, {
        headers: { 'Consistency-Token': deposited.headers['consistency-token'] },
      });
      const reopened = await open(after, 'open');
      const redeposited = await deposit(after, path, 'deposit', { 'If-Match': '"0"' });
      const reused = await deposit(after, path, 'open');
      await after.kill('SIGTERM');

      expect(shown).toMatchObject({ status: 200, body: { balance: 2, revision: 2 } });
      expect(told(reopened)).toEqual(told(opened));
      expect(told(redeposited)).toEqual(told(deposited));
      expect([isReplay(reopened), isReplay(redeposited)]).toEqual([true, true]);
      expect(codeOf(reused)).toBe('key-reused');
    }));

  it(
    'that are killed while they write lose nothing they acknowledged, and repeat nothing',
    () =>
      withFolder(async (folder) => {
        let bank = await BankProcess.start({ DATA_DIR: folder });
        const path = String((await open(bank, 'open')).headers.location);
        const keys = Array.from({ length: DEPOSITS }, (_, i) => i);

        for (let round = 1; round <= ROUNDS; round += 1) {
          const acknowledged = new Map<string, Answer>();
          const dying = bank;
          const sent = keys.map(async (i) => {
            const key = `${round}/${i}`;
            acknowledged.set(key, await deposit(dying, path, key));
            if (acknowledged.size === round * 4) dying.child.kill('SIGKILL');
          });
          await Promise.allSettled(sent);
          await dying.ended;
          bank = await BankProcess.start({ DATA_DIR: folder });
          const survivor = bank;
          const repeats = await Promise.all(
            keys.map(async (i) => ({
              first: acknowledged.get(`${round}/${i}`),
              repeat: await deposit(survivor, path, `${round}/${i}`),
            })),
          );

          const ofAcknowledged = repeats.filter(({ first }) => first !== undefined);
          expect(ofAcknowledged.length).toBeLessThan(DEPOSITS);
          for (const { first, repeat } of ofAcknowledged) {
            expect(told(repeat)).toEqual(first && told(first));
            expect(isReplay(repeat)).toBe(true);
          }
          const { body } = await bank.send('GET', path);
          expect(body).toMatchObject({ balance: round * DEPOSITS, revision: round * DEPOSITS });
        }
        await bank.kill('SIGTERM');
      }),
    60_000,
  );

  it(
    'two at a time do once what both are asked at once under one key',
    () =>
      withFolder(async (folder) => {
        const banks = [
          await BankProcess.start({ DATA_DIR: folder }),
          await BankProcess.start({ DATA_DIR: folder }),
        ];
        const everywhere = (ask: (bank: BankProcess) => Promise<Answer>) =>
          Promise.all([...banks, ...banks, ...banks].map(ask));

        for (let round = 1; round <= 10; round += 1) {
          const opened = await everywhere((bank) => open(bank, `open ${round}`));
          const path = String(opened[0]?.headers.location);
          const plain = await everywhere((bank) => deposit(bank, path, 'plain'));
          const conditional = await everywhere((bank) =>
            deposit(bank, path, 'conditional', { 'If-Match': '"1"' }),
          );

          for (const answers of [opened, plain, conditional]) {
            expect(new Set(answers.map((each) => JSON.stringify(told(each)))).size).toBe(1);
            expect(answers[0]?.status).toBe(201);
            expect(answers.filter((each) => !isReplay(each))).toHaveLength(1);
          }
          const shown = await everywhere((bank) => bank.send('GET', path));
          expect(shown.map(({ body }) => body)).toEqual(
            shown.map(() => expect.objectContaining({ balance: 2, revision: 2 })),
          );
        }
        await Promise.all(banks.map((bank) => bank.kill('SIGTERM')));
      }),
    60_000,
  );

  it(
    'let one of them win a revision',
    () =>
      withFolder(async (folder) => {
        const banks = [
          await BankProcess.start({ DATA_DIR: folder }),
          await BankProcess.start({ DATA_DIR: folder }),
        ];
        const [first, second] = banks as [BankProcess, BankProcess];
        const path = String((await open(first, 'race')).headers.location);

        for (let revision = 0; revision < 10; revision += 1) {
          const tag = { 'If-Match': `"${revision}"` };
          const answers = await Promise.all([
            deposit(first, path, `first ${revision}`, tag),
            deposit(second, path, `second ${revision}`, tag),
          ]);
          expect(answers.map(({ status }) => status).sort()).toEqual([201, 412]);
        }
        await Promise.all(banks.map((bank) => bank.kill('SIGTERM')));
      }),
    60_000,
  );

  it(
    'take fifty deposits into one account at once in each of two',
    () =>
      withFolder(async (folder) => {
        const banks = [
          await BankProcess.start({ DATA_DIR: folder }),
          await BankProcess.start({ DATA_DIR: folder }),
        ];
        const path = String((await open(banks[0] as BankProcess, 'shop')).headers.location);

        const answers = await Promise.all(
          banks.flatMap((bank, b) =>
            Array.from({ length: 50 }, (_, i) => depositAnyway(bank, path, `${b}-${i}`)),
          ),
        );
        const shown = await banks[1]?.send('GET', path);
        await Promise.all(banks.map((bank) => bank.kill('SIGTERM')));

        expect(answers.filter(({ status }) => status !== 201)).toEqual([]);
        expect(shown?.body).toMatchObject({ balance: 100, revision: 100 });
      }),
    60_000,
  );
});
