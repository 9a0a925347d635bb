import { withBanks } from '../support/with-banks.js';
import { type Deposit, depositAtOnce, type Load, openAccounts } from './support/deposits.js';
import { type Entry, Ledger } from './support/ledger.js';

/** `LOAD_TEST=long`: as much as takes minutes. */
const IS_LONG = process.env['LOAD_TEST'] === 'long';
const LOADS = IS_LONG
  ? ([
      [1_000, 200_000],
      [1, 50_000],
    ] as const)
  : ([
      [1_000, 6_000],
      [1, 2_000],
    ] as const);

describe('under deposits of 64 connections at once', () => {
  it.each(LOADS)(
    'over %d accounts the bank answers all %d of them, and its log says the same as its answers',
    (accounts, requests) =>
      withBanks(async (start, folder) => {
        const bank = await start();
        const ids = await openAccounts(bank.url, accounts);

        const load = await depositAtOnce(bank.url, ids, requests);
        const whileOpen = await Ledger.of(folder);
        const shown = await Promise.all(
          ids.slice(0, 20).map((id) => bank.send('GET', `/accounts/${id}`)),
        );
        const { code, stderr } = await bank.kill('SIGTERM');
        const ledger = await Ledger.of(folder);

        expect(load).toMatchObject({ sent: requests, errors: 0 });
        expect(load.deposits).toHaveLength(requests);
        expect(load.deposits.filter((each) => !isDone(each) && !isTooContended(each))).toEqual([]);
        for (const log of [whileOpen, ledger]) expectSameAsAnswers(log, ids, load);
        expect(shown.map(({ body }) => body.balance)).toEqual(
          ids.slice(0, 20).map((id) => ledger.balance(id)),
        );
        expect(code).toBe(0);
        expect(stderr.split('\n').filter((line) => !/^$|too-contended/.test(line))).toEqual([]);
      }),
    IS_LONG ? 1_800_000 : 300_000,
  );
});

function expectSameAsAnswers(ledger: Ledger, ids: readonly string[], { deposits }: Load): void {
  const done = deposits.filter(isDone);
  const sums = new Map(ids.map((id) => [id, 0]));
  for (const { account, amount } of done) sums.set(account, (sums.get(account) ?? 0) + amount);
  const balances = new Map(ids.map((id) => [id, ledger.balance(id)]));
  const movements = ledger.byReference();

  expect(balances).toEqual(sums);
  expect(movements.size).toBe(done.length);
  expect(done.filter((deposit) => !isToldAsStored(deposit, movements))).toEqual([]);
}

/** Whether an answer belongs to exactly one event, and shows the account as it stood right after that. */
function isToldAsStored(
  { account, reference, headers, text }: Deposit,
  movements: ReadonlyMap<string, readonly Entry[]>,
): boolean {
  const [entry, ...more] = movements.get(reference) ?? [];
  if (entry === undefined || more.length > 0) return false;
  const { id, balance, revision } = JSON.parse(text);
  return (
    entry.account === account &&
    id === account &&
    revision === entry.revision &&
    balance === entry.balance &&
    headers['etag'] === `"${entry.revision}"` &&
    headers['consistency-token'] !== undefined
  );
}

function isDone({ status }: Deposit): boolean {
  return status === 201;
}

/** The only answer but 201 that the bank may give to a deposit that nothing is wrong with. */
function isTooContended({ status, headers, text }: Deposit): boolean {
  return (
    status === 503 &&
    JSON.parse(text).type === 'urn:everfold:bank:too-contended' &&
    Number(headers['retry-after']) > 0
  );
}
