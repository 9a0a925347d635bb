import type { OutgoingHttpHeaders } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Random } from '../../support/random.js';
import {
  NO_ENCODING,
  NOBODY,
  NOT_A_CURSOR,
  NOT_A_KEY,
  NOT_A_LIMIT,
  NOT_A_TAG,
  NOT_A_TOKEN,
  NOT_A_TYPE,
  NOT_AN_ID,
} from './bad-values.js';
import { brokenBody, NOT_JSON } from './broken-bodies.js';
import type { Route } from './routes.js';

/** The accounts that hostile requests are about, by id. */
export interface Accounts {
  /** Open, with 5 in it; the key `taken` was used on it. */
  readonly account: string;
  readonly frozen: string;
  readonly closed: string;
}

/** A request that is not sent yet. */
export interface Draft {
  method: string;
  path: string;
  id: string;
  query: string;
  headers: OutgoingHttpHeaders;
  body: string | Buffer | undefined;
}

/** One thing that is wrong with a request, and what the contract says to it when nothing before it is. */
export interface Fault {
  readonly code: string;
  /** Whether a route can have it. */
  readonly fits: (route: Route) => boolean;
  /** Puts it into a draft, over what later faults of the order have put there. */
  readonly spoil: (draft: Draft, random: Random, accounts: Accounts, route: Route) => void;
}

const LIMIT = 102_400;
const JSON_TYPE = { 'Content-Type': 'application/json' };

const everywhere = () => true;
const hasId = ({ path }: Route) => path.startsWith('/accounts/:id');
const isPost = ({ method }: Route) => method === 'POST';
const changes = (route: Route) => hasId(route) && isPost(route);
const isWithdrawal = ({ path }: Route) => path.endsWith('/withdrawals');
const isClose = ({ path }: Route) => path.endsWith('/close');
const isUnfreeze = ({ path }: Route) => path.endsWith('/unfreeze');

/** Everything that can be wrong, in the order of the contract: of several, the first is told. */
export const FAULTS: readonly Fault[] = [
  { code: 'body-too-large', fits: everywhere, spoil: tooLarge },
  { code: 'unsupported-media-type', fits: everywhere, spoil: foreignType },
  { code: 'malformed-json', fits: everywhere, spoil: malformed },
  { code: 'no-route', fits: everywhere, spoil: misrouted },
  {
    code: 'invalid-id',
    fits: hasId,
    spoil: (draft, random) => {
      draft.id = random.pick(...NOT_AN_ID);
    },
  },
  {
    code: 'validation-failed',
    fits: ({ shape }) => shape !== undefined,
    spoil: (draft, random, _, { shape }) => {
      draft.body = brokenBody(shape ?? 'reason', random);
      if (draft.body !== undefined) Object.assign(draft.headers, JSON_TYPE);
    },
  },
  {
    code: 'validation-failed',
    fits: isPost,
    spoil: (draft, random) => {
      draft.headers['Idempotency-Key'] = random.pick<string | string[]>(...NOT_A_KEY);
    },
  },
  {
    code: 'validation-failed',
    fits: changes,
    spoil: (draft, random) => {
      draft.headers['If-Match'] = random.pick(...NOT_A_TAG);
    },
  },
  {
    code: 'validation-failed',
    fits: ({ isPaged }) => isPaged === true,
    spoil: (draft, random) => {
      draft.query = `?limit=${random.pick(...NOT_A_LIMIT)}&${draft.query.slice(1)}`;
    },
  },
  {
    code: 'validation-failed',
    fits: ({ filters }) => filters !== undefined,
    spoil: (draft, random, _, { filters = [] }) => {
      draft.query = `?${random.pick(...filters)}&${draft.query.slice(1)}`;
    },
  },
  {
    code: 'invalid-token',
    fits: ({ isRead }) => isRead === true,
    spoil: (draft, random) => {
      draft.headers['Consistency-Token'] = random.pick<string | string[]>(...NOT_A_TOKEN);
    },
  },
  {
    code: 'invalid-cursor',
    fits: ({ isPaged }) => isPaged === true,
    spoil: (draft, random) => {
      draft.query += `${draft.query === '' ? '?' : '&'}cursor=${random.pick(...NOT_A_CURSOR)}`;
    },
  },
  // On a key that another request has used, on this account; for openings, in the whole bank.
  {
    code: 'key-reused',
    fits: isPost,
    spoil: (draft, _, { account }) => {
      draft.id = account;
      draft.headers['Idempotency-Key'] = 'taken';
    },
  },
  {
    code: 'account-not-found',
    fits: hasId,
    spoil: (draft, random) => {
      draft.id = random.pick(...NOBODY);
    },
  },
  {
    code: 'stale-revision',
    fits: changes,
    spoil: (draft, random) => {
      draft.headers['If-Match'] = random.pick(
        '"0"',
        '"99"',
        '"9007199254740993"',
        '"x"',
        '""',
        '"01"',
      );
    },
  },
  {
    code: 'account-frozen',
    fits: (route) => changes(route) && !isUnfreeze(route),
    spoil: (draft, _, { frozen }) => {
      draft.id = frozen;
    },
  },
  {
    code: 'account-closed',
    fits: changes,
    spoil: (draft, _, { closed }) => {
      draft.id = closed;
    },
  },
  {
    code: 'balance-not-zero',
    fits: isClose,
    spoil: (draft, _, { account }) => {
      draft.id = account;
    },
  },
  {
    code: 'insufficient-funds',
    fits: isWithdrawal,
    spoil: (draft, random) => {
      draft.body = `{"amount":${random.pick('6', '1e12', '999999999999')}}`;
    },
  },
];

function textOf({ body }: Draft): string {
  return typeof body === 'string' && body !== '' ? body : '{}';
}

function tooLarge(draft: Draft, random: Random): void {
  const text = textOf(draft);
  // Types that are there may be wrong ones, and stay.
  draft.headers = { ...JSON_TYPE, ...draft.headers };
  delete draft.headers['Content-Encoding'];
  random.pick(
    () => {
      draft.body = text.padEnd(random.pick(LIMIT + 1, 200_000, 1_000_000, 10_000_000));
    },
    () => {
      draft.body = text.padEnd(LIMIT + 1);
      draft.headers['Transfer-Encoding'] = 'chunked';
    },
    () => {
      draft.body = gzipSync(text.padEnd(random.pick(LIMIT + 1, 5_000_000)));
      draft.headers['Content-Encoding'] = 'gzip';
    },
  )();
}

function foreignType(draft: Draft, random: Random): void {
  draft.body = typeof draft.body === 'object' ? draft.body : textOf(draft);
  if (random.below(4) === 0) {
    draft.headers = { ...JSON_TYPE, ...draft.headers };
    draft.headers['Content-Encoding'] = random.pick(...NO_ENCODING);
    return;
  }
  const type = random.pick<string | string[] | undefined>(...NOT_A_TYPE);
  if (type === undefined) delete draft.headers['Content-Type'];
  else draft.headers['Content-Type'] = type;
}

function malformed(draft: Draft, random: Random): void {
  const text = textOf(draft);
  Object.assign(draft.headers, JSON_TYPE);
  draft.body = random.pick<string | Buffer>(
    `${text}}`,
    text.slice(0, -1),
    `${text}${text}`.slice(0, LIMIT),
    Buffer.from(text.slice(0, 1_000), 'utf16le'),
    Buffer.concat([Buffer.from(text.slice(0, 1_000)), Buffer.from([0xff])]),
    ...NOT_JSON,
  );
  if (random.below(6) > 0) return;
  draft.body = random.pick(Buffer.from(text), gzipSync(text).subarray(0, 15));
  draft.headers['Content-Encoding'] = random.pick('gzip', 'deflate', 'br');
}

function misrouted(draft: Draft, random: Random, _: Accounts, { path }: Route): void {
  random.pick(
    () => {
      draft.method = random.pick('PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'M-SEARCH');
    },
    () => {
      draft.path = `${path}/${random.pick('x/y', '__proto__/y', '%2e%2e/y', '.git/config', 'deposits/1')}`;
    },
    () => {
      draft.path = random.pick(`/${path}`, path.toUpperCase(), `/api${path}`, `/%2e${path}`);
    },
    () => {
      draft.path = random.pick('/', '/admin', '/.env', '/__proto__', '/%', '/..', '/constructor');
    },
  )();
}
