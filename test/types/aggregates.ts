// Positive and negative cases of what is inferred for aggregates and their repositories.
import {
  Aggregate,
  type AggregateFold,
  type AggregateRepository,
  AggregateRoot,
  aggregate,
  type Change,
  type Committed,
  type ConsistencyToken,
  createRepository,
  DomainError,
  type EventStore,
  On,
  type Position,
  type StateOf,
} from '@everfold/core';
import type { Equal } from './equal.js';
import { AccountFrozen, AccountOpened, MoneyDeposited, MoneyWithdrawn } from './events.js';

type Cents = number;

export class InsufficientFunds extends DomainError {
  readonly code = 'insufficient-funds';
}

@Aggregate('account')
export class Account extends AggregateRoot {
  private balance: Cents = 0;
  open(owner: string, currency: string): void {
    this.apply(new AccountOpened({ owner, currency }));
  }
  deposit(amount: Cents, reference = ''): void {
    this.apply(new MoneyDeposited({ amount, reference, balance: this.balance + amount }));
  }
  withdraw(amount: Cents): void {
    if (amount > this.balance) throw new InsufficientFunds();
    this.apply(new MoneyWithdrawn({ amount, balance: this.balance - amount }));
  }
  @On(MoneyDeposited) protected onDeposited(event: MoneyDeposited): void {
    this.balance += event.amount;
  }
  @On(MoneyWithdrawn) protected onWithdrawn({ amount }: MoneyWithdrawn): void {
    this.balance -= amount;
  }
  // What an event holds may not matter.
  @On(AccountFrozen) protected onFrozen(): void {
    this.balance = 0;
  }
  // @ts-expect-error the handler of another event
  @On(AccountOpened) protected onOpened(event: MoneyDeposited): void {
    this.balance = event.amount;
  }
}
// @ts-expect-error events are applied by the aggregate itself
new Account().apply(new AccountFrozen());

interface State {
  readonly status: 'new' | 'open';
  readonly balance: Cents;
}
export const account = aggregate('account', {
  initial: (): State => ({ status: 'new', balance: 0 }),
})
  .on(AccountOpened, (state) => ({ ...state, status: 'open' }))
  .on(MoneyDeposited, (state, { amount }) => ({ ...state, balance: state.balance + amount }))
  .ignore('account.reviewed');

export const unknownState = aggregate('account', {
  initial: (): State => ({ status: 'new', balance: 0 }),
})
  // @ts-expect-error a fold returns the whole state
  .on(AccountOpened, () => ({ status: 'open' }))
  // @ts-expect-error a status that is not there
  .on(AccountFrozen, (state) => ({ ...state, status: 'frozen' }));
export const unknownField = aggregate('account', { initial: () => 0 })
  // @ts-expect-error a field that the event does not have
  .on(MoneyWithdrawn, (balance, { reference }) => balance - reference.length)
  // @ts-expect-error before the append there is no position
  .on(MoneyDeposited, (balance, _event, { position }) => balance + Number(position));
export const withContext = aggregate('account', { initial: () => '' }).on(
  AccountOpened,
  (_state, _event, { eventId, stream, aggregateId, revision, metadata }) =>
    [eventId, stream, aggregateId, String(revision), metadata.actor ?? ''].join(),
);

export const inferred: [
  Equal<typeof account, AggregateFold<State, AccountOpened | MoneyDeposited>>,
  Equal<StateOf<typeof account>, State>,
  Equal<StateOf<Account>, Account>,
  Equal<Change<Account>, (aggregate: Account) => void | Promise<void>>,
] = [true, true, true, true];

export class Deposits {
  constructor(
    private readonly classes: AggregateRepository<Account>,
    private readonly folds: AggregateRepository<typeof account>,
  ) {}
  byClass(id: string, amount: Cents, commandId?: string) {
    return this.classes.update(id, (it) => it.deposit(amount), { commandId });
  }
  byFold(id: string, amount: Cents, commandId?: string) {
    return this.folds.update(
      id,
      (state) => new MoneyDeposited({ amount, reference: '', balance: state.balance + amount }),
      { commandId },
    );
  }
  several(id: string) {
    return this.folds.create(id, async () => [
      new AccountOpened({ owner: 'Ada', currency: 'EUR' }),
      new MoneyDeposited({ amount: 1, reference: '', balance: 1 }),
    ]);
  }
  nothing(id: string) {
    return this.folds.update(id, () => []);
  }
  wrong(id: string) {
    // @ts-expect-error an event that the fold does not know
    return this.folds.update(id, () => new AccountFrozen());
  }
  wrongAmongOthers(id: string, opened: AccountOpened, frozen: AccountFrozen) {
    // @ts-expect-error an event that the fold does not know, among those it knows
    return this.folds.update(id, () => [opened, frozen]);
  }
  unknownMethod(id: string) {
    // @ts-expect-error a method that the aggregate does not have
    return this.classes.update(id, (it) => it.close());
  }
  unknownOption(id: string) {
    // @ts-expect-error an option that is not there
    return this.classes.update(id, (it) => it.deposit(1), { commandID: 'c-1' });
  }
  badExpectation(id: string) {
    // @ts-expect-error an expectation that is not there
    return this.classes.update(id, (it) => it.deposit(1), { expected: 'new' });
  }
}
export const results: [
  Equal<Awaited<ReturnType<Deposits['byClass']>>, Committed<Account>>,
  Equal<Awaited<ReturnType<Deposits['byFold']>>, Committed<State>>,
  Equal<Committed<State>['token'], ConsistencyToken>,
  Equal<Committed<State>['position'], Position>,
] = [true, true, true, true];

export async function withoutNest(store: EventStore): Promise<number> {
  const accounts = createRepository(store, Account, { cache: { maxAggregates: 10_000 } });
  const { token, state } = await accounts.update('1', (it) => it.deposit(5), { commandId: 'c-1' });
  for await (const batch of store.readAll({ after: undefined }).batches())
    console.log(batch.length, token);
  const found = await createRepository(store, account).find('1');
  // @ts-expect-error there may be none
  found.state;
  return state.revision + (found?.state.balance ?? 0);
}
// @ts-expect-error a class that is no aggregate
export const noAggregate = (store: EventStore) => createRepository(store, InsufficientFunds);
// @ts-expect-error an option that is not there
export const noOption = (store: EventStore) => createRepository(store, Account, { caching: true });
