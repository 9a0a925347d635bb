// Positive and negative cases of what is inferred for events: it compiles, and each expected error is one.
import {
  Event,
  type EventClass,
  EventType,
  type Position,
  type Statics,
  upcasts,
} from '@everfold/core';
import { IsString } from 'class-validator';
import type { Equal } from './equal.js';

type Cents = number;

export class AccountOpened extends Event('account.opened')<{ owner: string; currency: string }> {}
export class MoneyDeposited extends Event(
  'account.money-deposited',
  upcasts<{ amount: Cents }>()
    .to((old) => ({ ...old, reference: '' }))
    .to((old) => ({ ...old, balance: 0 as Cents })),
) {}
export class MoneyWithdrawn extends Event('account.money-withdrawn')<{
  amount: Cents;
  balance: Cents;
}> {}
export class AccountFrozen extends Event('account.frozen') {}
export class AccountClosed extends Event('account.closed', { aliases: ['account.ended'] }) {}
export class AccountNoted extends Event('account.noted')<{ note?: string }> {}

@EventType('account.reviewed', { version: 1 })
export class AccountReviewed {
  @IsString() readonly note: string;
  constructor(note: string) {
    this.note = note;
  }
}

// construction
export const opened = new AccountOpened({ owner: 'Ada', currency: 'EUR' });
export const frozen = new AccountFrozen();
export const noted = [new AccountNoted(), new AccountNoted({}), new AccountNoted({ note: 'x' })];
export const deposited = new MoneyDeposited({ amount: 1, reference: '', balance: 0 });
export const reviewed = new AccountReviewed('fine');
// @ts-expect-error missing reference and balance
export const incomplete = new MoneyDeposited({ amount: 1 });
// @ts-expect-error missing data
export const empty = new AccountOpened();
// @ts-expect-error a field that is not there
export const surplus = new AccountOpened({ owner: 'Ada', currency: 'EUR', colour: 'red' });
// @ts-expect-error a value of another type
export const mistyped = new AccountOpened({ owner: 7, currency: 'EUR' });
// @ts-expect-error a value of another type in optional data
export const mistypedNote = new AccountNoted({ note: 7 });

// what is inferred
export const fields: [
  Equal<(typeof opened)['owner'], string>,
  Equal<(typeof deposited)['amount'], Cents>,
  Equal<(typeof deposited)['reference'], string>,
  Equal<(typeof deposited)['balance'], Cents>,
  Equal<ConstructorParameters<typeof AccountFrozen>['length'], 0 | 1>,
] = [true, true, true, true, true];
export const statics: [
  Equal<(typeof AccountOpened)['type'], 'account.opened'>,
  Equal<(typeof MoneyDeposited)['type'], 'account.money-deposited'>,
  Equal<(typeof MoneyDeposited)['version'], number>,
] = [true, true, true];
export const asStatics: Statics<'account.opened'> = AccountOpened;
export const asClasses: readonly EventClass[] = [
  AccountOpened,
  MoneyDeposited,
  AccountFrozen,
  AccountReviewed,
];
export const asClassOf: EventClass<AccountOpened> = AccountOpened;
// @ts-expect-error fields are read-only
opened.owner = 'Eve';

// nominal
// @ts-expect-error two classes without data do not mix
export const confusion: AccountClosed = new AccountFrozen();
// @ts-expect-error equal data does not make an event
export const worse: AccountOpened = { owner: '', currency: '' };
// @ts-expect-error nor another class with such data
export const lookalike: MoneyWithdrawn = deposited;
// @ts-expect-error the class of another event
export const otherClass: EventClass<AccountOpened> = MoneyWithdrawn;

// histories
export const wrongStep = upcasts<{ amount: Cents }>().to((old) => ({
  // @ts-expect-error a step sees what the step before returned
  balance: old.balance,
}));
// @ts-expect-error data is an object
export const noObject = upcasts<string>();
// @ts-expect-error so is what a step returns
export const noObjectStep = upcasts<{ amount: Cents }>().to((old) => old.amount);
// @ts-expect-error a type name is a string
export const noName = Event(7);
// @ts-expect-error an option that is not there
export const noOption = Event('account.x', { alias: ['account.y'] });

// positions are read, never computed
// @ts-expect-error a text is no position
export const made: Position = '0042';
