/** What a route takes as its body. */
export type Shape = 'opening' | 'money' | 'reason';

/** One route of the contract. */
export interface Route {
  readonly method: 'GET' | 'POST';
  /** `:id` stands for an account's id. */
  readonly path: string;
  readonly shape?: Shape | undefined;
  /** Whether it takes a consistency token: reads do that read something. */
  readonly isRead?: boolean | undefined;
  /** Whether it takes `limit` and `cursor`. */
  readonly isPaged?: boolean | undefined;
  /** Parts of a query that break what it is narrowed by. */
  readonly filters?: readonly string[] | undefined;
}

/** What the bank answers. */
export const ROUTES: readonly Route[] = [
  { method: 'POST', path: '/accounts', shape: 'opening' },
  {
    method: 'GET',
    path: '/accounts',
    isRead: true,
    isPaged: true,
    filters: ['status=Open', 'status=', 'status=open&status=open', 'owner=a&owner=b', 'status=%00'],
  },
  { method: 'GET', path: '/accounts/:id', isRead: true },
  { method: 'POST', path: '/accounts/:id/deposits', shape: 'money' },
  { method: 'POST', path: '/accounts/:id/withdrawals', shape: 'money' },
  { method: 'POST', path: '/accounts/:id/freeze', shape: 'reason' },
  { method: 'POST', path: '/accounts/:id/unfreeze', shape: 'reason' },
  { method: 'POST', path: '/accounts/:id/close', shape: 'reason' },
  { method: 'GET', path: '/accounts/:id/statement', isRead: true, isPaged: true },
  {
    method: 'GET',
    path: '/totals',
    isRead: true,
    isPaged: true,
    filters: ['from=x', 'to=2026-02-30', 'from=2026-1-1', 'to=', 'from=a&from=b', 'to=%00'],
  },
  { method: 'GET', path: '/health/live' },
  { method: 'GET', path: '/health/ready' },
  { method: 'GET', path: '/docs' },
  { method: 'GET', path: '/docs-json' },
];

/** What it does not answer yet; a route that is built moves up. */
export const PLANNED: readonly Route[] = [
  { method: 'POST', path: '/transfers' },
  { method: 'GET', path: '/transfers/:id' },
  { method: 'POST', path: '/transfers/:id/approval' },
  { method: 'GET', path: '/audit/balance' },
];

/** The status of each code that the contract lets a request be refused with. */
export const REFUSALS: Readonly<Record<string, number>> = {
  'malformed-json': 400,
  'validation-failed': 400,
  'invalid-id': 400,
  'invalid-token': 400,
  'invalid-cursor': 400,
  'account-not-found': 404,
  'no-route': 404,
  'account-frozen': 409,
  'account-closed': 409,
  'balance-not-zero': 409,
  'stale-revision': 412,
  'body-too-large': 413,
  'unsupported-media-type': 415,
  'insufficient-funds': 422,
  'key-reused': 422,
};
