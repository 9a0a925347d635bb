import type { Answer } from '../support/http-client.js';
import { codeOf } from '../support/problems.js';
import { Random, seedFrom } from '../support/random.js';
import { startTestBank, type TestBank, withFolder } from '../support/test-bank.js';
import { type Accounts, type Draft, FAULTS, type Fault } from './support/faults.js';
import { answersTo } from './support/raw-answers.js';
import { rawRequest } from './support/raw-requests.js';
import { PLANNED, REFUSALS, ROUTES, type Route } from './support/routes.js';

const { HOSTILE_REQUESTS = '2400' } = process.env;
const REQUESTS = Number(HOSTILE_REQUESTS);
const RAW_REQUESTS = Math.ceil(REQUESTS / 4);
const BATCH = 100;
const MOST_FAULTS = 4;
const SEED = seedFrom('HOSTILE_SEED');
const PATIENCE_MS = 900_000;
const STACK = /\bat .+:\d+:\d+|node_modules|[a-z]Error\b|\.[jt]s\b/;

/** A request, what is wrong with it, and what the contract therefore says. */
interface Hostile {
  readonly faults: readonly string[];
  readonly draft: Draft;
  readonly code: string;
}

describe(`requests in which several things are wrong (HOSTILE_SEED=${SEED})`, () => {
  it(
    `are refused with the first of the contract's order, and ${REQUESTS} of them write nothing`,
    () =>
      onBank(async (bank, accounts) => {
        const random = new Random(SEED);
        const before = await bank.store.head();
        const shown = await everythingShown(bank, accounts);
        const inherited = Object.getOwnPropertyNames(Object.prototype);
        const wrong: unknown[] = [];
        const toSend = everyFaultAlone(random, accounts);
        expect(new Set(toSend.map(({ code }) => code))).toEqual(new Set(Object.keys(REFUSALS)));

        for (let n = 0; n < REQUESTS; n += 1) {
          const hostile = toSend.pop() ?? hostileRequest(random, accounts);
          const answer = await sent(bank, hostile.draft);
          if (!isToldSo(answer, hostile)) wrong.push({ n, ...inShort(hostile), answer });
          if (n % BATCH === 0) expect(await bank.store.head()).toBe(before);
        }

        expect(wrong).toEqual([]);
        expect(await bank.store.head()).toBe(before);
        expect(await everythingShown(bank, accounts)).toEqual(shown);
        expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(inherited);
        expect(
          await bank.send('POST', `/accounts/${accounts.account}/deposits`, {
            json: { amount: 1 },
          }),
        ).toMatchObject({ status: 201, body: { balance: 6 } });
      }),
    PATIENCE_MS,
  );

  it(
    `are refused by ${RAW_REQUESTS} ways to break HTTP itself`,
    () =>
      onBank(async (bank, { account }) => {
        const random = new Random(SEED);
        const before = await bank.store.head();
        const wrong: unknown[] = [];

        for (let n = 0; n < RAW_REQUESTS; n += 1) {
          const { bytes, codes } = rawRequest(random, account);
          const answers = await answersTo(bank.url, bytes);
          const told = answers.map((answer) => codeOf(answer));
          const isFine = codes.includes(told[0] ?? 'no answer') && answers.every(isRefusal);
          if (!isFine) wrong.push({ n, bytes: bytes.slice(0, 500), codes, answers });
        }

        expect(wrong).toEqual([]);
        expect(await bank.store.head()).toBe(before);
        expect(await bank.send('GET', `/accounts/${account}`)).toMatchObject({
          status: 200,
          body: { balance: 5 },
        });
      }),
    PATIENCE_MS,
  );

  it('each have a route that would have answered, had nothing been wrong', () =>
    onBank(async (bank, { account }) => {
      const answers = await Promise.all(
        ROUTES.map(async ({ method, path, shape }) => {
          // With a body that breaks a rule, a write is refused by its route and by no other.
          const sent = shape === undefined ? {} : { json: { nonsense: 1 } };
          const answer = await bank.send(method, path.replace(':id', account), sent);
          return [method, path, answer.status];
        }),
      );

      expect(answers).toEqual(
        ROUTES.map(({ method, path, shape }) => [method, path, shape === undefined ? 200 : 400]),
      );
    }));
});

function onBank(use: (bank: TestBank, accounts: Accounts) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const bank = await startTestBank({ EVENT_STORE: 'embedded', DATA_DIR: folder });
    try {
      const [account = '', frozen = '', closed = ''] = [
        await bank.open(),
        await bank.open(),
        await bank.open(),
      ];
      const headers = { 'Idempotency-Key': 'taken' };
      await bank.send('POST', `${account}/deposits`, {
        json: { amount: 5, reference: 'x' },
        headers,
      });
      await bank.send('POST', '/accounts', { json: { owner: 'T', currency: 'XTS' }, headers });
      await bank.send('POST', `${frozen}/freeze`);
      await bank.send('POST', `${closed}/close`);
      const idOf = (path: string) => path.slice('/accounts/'.length);
      await use(bank, { account: idOf(account), frozen: idOf(frozen), closed: idOf(closed) });
    } finally {
      await bank.stop();
    }
  });
}

/** Each fault once on each route that can have it, so that none is left to chance. */
function everyFaultAlone(random: Random, accounts: Accounts): Hostile[] {
  return [...ROUTES, ...PLANNED].flatMap((route) =>
    FAULTS.filter(({ fits }) => fits(route)).map((fault) =>
      requestWith([fault], route, random, accounts),
    ),
  );
}

function hostileRequest(random: Random, accounts: Accounts): Hostile {
  const route = random.pick(...(random.below(8) === 0 ? PLANNED : ROUTES));
  const fitting = FAULTS.filter(({ fits }) => fits(route));
  // Faults that come late in the order would rarely be first, were all drawn alike.
  const behind = fitting.slice(random.below(fitting.length));
  const count = 1 + random.below(MOST_FAULTS);
  const chosen = new Set(Array.from({ length: count }, () => random.pick(...behind)));
  return requestWith([...chosen], route, random, accounts);
}

function requestWith(
  faults: readonly Fault[],
  route: Route,
  random: Random,
  accounts: Accounts,
): Hostile {
  const inOrder = FAULTS.filter((fault) => faults.includes(fault));
  const draft = fineRequest(route, random, accounts);
  for (const fault of inOrder.toReversed()) fault.spoil(draft, random, accounts, route);
  const codes = inOrder.map(({ code }) => code);
  return { faults: codes, draft, code: firstOf(codes, PLANNED.includes(route)) };
}

/** A route that is not built is a fault of its own, which others of the order precede. */
function firstOf(faults: readonly string[], isPlanned: boolean): string {
  const [first = 'no-route'] = faults;
  const place = (code: string) => FAULTS.findIndex((fault) => fault.code === code);
  return isPlanned && place(first) > place('no-route') ? 'no-route' : first;
}

function fineRequest({ method, path, shape }: Route, random: Random, { account }: Accounts): Draft {
  const body = { opening: '{"owner":"Eve","currency":"EUR"}', money: '{"amount":1}', reason: '{}' };
  return {
    method: method === 'GET' ? random.pick('GET', 'HEAD') : method,
    path,
    id: account,
    query: '',
    headers: shape === undefined ? {} : { 'Content-Type': 'application/json' },
    body: shape === undefined ? undefined : body[shape],
  };
}

function sent(bank: TestBank, { method, path, id, query, headers, body }: Draft): Promise<Answer> {
  const target = `${path.replace(/:id/i, () => id)}${query}`;
  if (headers['Transfer-Encoding'] === undefined || body === undefined)
    return bank.send(method, target, { headers, raw: body });
  return bank.send(method, target, { headers, raw: [body.slice(0, 1_000), body.slice(1_000)] });
}

function isToldSo(answer: Answer, { draft, code }: Hostile): boolean {
  if (draft.method === 'HEAD') return answer.status === REFUSALS[code] && answer.text === '';
  return codeOf(answer) === code && isRefusal(answer);
}

/** Whether an answer is a whole problem of the contract and nothing else: no stack, and no header that a client wrote. */
function isRefusal(answer: Answer): boolean {
  const { status, headers, body } = answer;
  return (
    REFUSALS[codeOf(answer)] === status &&
    headers['x-injected'] === undefined &&
    !STACK.test(JSON.stringify({ ...body, instance: '' }))
  );
}

function inShort({ faults, draft, code }: Hostile): object {
  const { body } = draft;
  return { faults, expected: code, ...draft, body: body?.slice(0, 300).toString() };
}

/** What each account looks like from outside. */
function everythingShown(bank: TestBank, accounts: Accounts): Promise<readonly unknown[]> {
  return Promise.all(
    Object.values(accounts).map(async (id) => {
      const { status, body } = await bank.send('GET', `/accounts/${id}`);
      return { status, body };
    }),
  );
}
