// Positive and negative cases of what is inferred for projections and their read models.
import {
  aggregate,
  type Condition,
  type ConsistencyToken,
  createReadModel,
  createRepository,
  type EventStore,
  type LiveProjection,
  openLiveProjection,
  type Page,
  type Position,
  type Projection,
  projection,
  type Query,
  type ReadModel,
  type ReadModelOf,
  type ReadModelStore,
  ReadSession,
} from '@everfold/core';
import { at, scenario } from '@everfold/core/testing';
import type { Equal } from './equal.js';
import { AccountFrozen, AccountOpened, MoneyDeposited } from './events.js';

interface AccountSummary {
  readonly id: string;
  readonly owner: string;
  readonly balance: number;
  readonly note?: string | null;
  readonly openedAt: Date;
}

// Contexts, events and documents are inferred.
export const accountSummaries = projection<AccountSummary>('account-summaries', {
  version: 1,
  indexes: ['owner', ['owner', 'balance']],
})
  .start(AccountOpened, ({ owner }, { documentId, recordedAt, position, metadata }) => {
    const at: Equal<typeof position, Position> = true;
    const by: Equal<typeof owner, string> = true;
    const note = at === by ? metadata.actor : null;
    return { id: documentId, owner, balance: 0, openedAt: recordedAt, note: note ?? null };
  })
  .on(MoneyDeposited, (doc, { amount }) => ({ ...doc, balance: doc.balance + amount }))
  .remove(AccountFrozen);

interface Day {
  readonly day: string;
  readonly deposited: number;
}
export const dailyTotals = projection<Day>('daily-totals', {
  version: 1,
  initial: (day) => ({ day, deposited: 0 }),
}).on(
  MoneyDeposited,
  // Returning nothing removes the document.
  (day, { amount }) => (amount < 0 ? undefined : { ...day, deposited: day.deposited + amount }),
  { id: (event, { recordedAt }) => [recordedAt.toISOString().slice(0, 10), String(event.amount)] },
);

export const inferred: [
  Equal<typeof accountSummaries, Projection<AccountSummary>>,
  Equal<ReadModelOf<typeof accountSummaries>, ReadModel<AccountSummary>>,
  Equal<ReadModelOf<typeof dailyTotals>, ReadModel<Day>>,
  Equal<ReadModelOf<string>, never>,
  Equal<typeof accountSummaries.version, number>,
] = [true, true, true, true, true];

const base = projection<AccountSummary>('account-summaries', { version: 1 });
// @ts-expect-error a document without its fields
base.start(AccountOpened, () => ({ id: '' }));
// @ts-expect-error a fold that promises
base.on(MoneyDeposited, async (doc) => doc);
// @ts-expect-error a field that the event has not
base.on(MoneyDeposited, (doc, { owner }) => ({ ...doc, owner }));
// @ts-expect-error an id that is a number
base.remove(AccountFrozen, { id: () => 5 });
// @ts-expect-error an index on a field that documents have not
projection<AccountSummary>('x', { version: 1, indexes: ['secret'] });
// @ts-expect-error no version
projection<AccountSummary>('x', {});
// @ts-expect-error a policy that there is not
projection<AccountSummary>('x', { version: 1, onFailure: 'skip' });
// @ts-expect-error documents are objects
projection<string>('x', { version: 1 });

// Queries.
export const query: Query<AccountSummary> = {
  where: {
    owner: 'Ada',
    balance: { gte: 100, lt: undefined },
    note: null,
    openedAt: { gt: new Date(0) },
  },
  orderBy: [
    ['balance', 'desc'],
    ['owner', 'asc'],
  ],
  limit: 20,
  cursor: undefined,
};
// @ts-expect-error a value of another type
export const mistyped: Query<AccountSummary> = { where: { balance: '100' } };
// @ts-expect-error a field that documents have not
export const unknown: Query<AccountSummary> = { where: { secret: 1 } };
// @ts-expect-error an operator that there is not
export const operator: Query<AccountSummary> = { where: { balance: { ne: 1 } } };
// @ts-expect-error a direction that there is not
export const direction: Query<AccountSummary> = { orderBy: [['balance', 'up']] };
// @ts-expect-error an order by a field that documents have not
export const order: Query<AccountSummary> = { orderBy: [['secret', 'asc']] };
export const condition: Condition<number> = { gt: 1 };

// Reading.
export async function read(
  store: EventStore & ReadModelStore,
  session: ReadSession,
  after?: ConsistencyToken,
): Promise<void> {
  const summaries = createReadModel(store, accountSummaries);
  const days = await openLiveProjection(store, dailyTotals, { signal: AbortSignal.timeout(1) });
  const one = await summaries.get('1', { after, timeoutMs: 500, signal: undefined });
  const many = await session.of(summaries).getMany(['1', '2'], { after });
  const page = await session.of(days).find({ limit: 3 });
  const types: [
    Equal<typeof summaries, ReadModelOf<typeof accountSummaries>>,
    Equal<typeof days, LiveProjection<Day>>,
    Equal<typeof one, AccountSummary | undefined>,
    Equal<typeof many, ReadonlyMap<string, AccountSummary>>,
    Equal<typeof page, Page<Day>>,
    Equal<typeof session.token, ConsistencyToken | undefined>,
  ] = [true, true, true, true, true, true];
  session.observe(new ReadSession(after).token ?? ('' as ConsistencyToken));
  // @ts-expect-error a text is no token
  session.observe('token');
  // @ts-expect-error documents are read only
  if (one && types) one.balance = 5;
  // @ts-expect-error the read model of another projection
  const wrong: ReadModel<Day> = summaries;
  await wrong.get('1');
}

// Commits that wait.
const account = aggregate('account', { initial: () => 0 }).on(
  MoneyDeposited,
  (balance, { amount }) => balance + amount,
);
export async function write(store: EventStore, readModels: ReadModelStore): Promise<void> {
  const accounts = createRepository(store, account, { readModels });
  const deposit = () => new MoneyDeposited({ amount: 1, reference: '', balance: 1 });
  await accounts.update('1', deposit, { waitFor: [accountSummaries, dailyTotals], timeoutMs: 500 });
  // @ts-expect-error names alone tell no version
  await accounts.update('1', deposit, { waitFor: ['account-summaries'] });
}

// Scenarios.
export const passed: Promise<void> = scenario(dailyTotals)
  .given(
    at('account-1', new MoneyDeposited({ amount: 1, reference: '', balance: 1 })),
    at({ stream: 'account-2', events: [], recordedAt: new Date(0), metadata: { actor: 'Ada' } }),
  )
  .expectDocuments({ '1970-01-01': { day: '1970-01-01', deposited: 1 } });
void scenario(dailyTotals)
  .given()
  // @ts-expect-error documents of another projection
  .expectDocuments({ 1: { owner: 'Ada' } });
