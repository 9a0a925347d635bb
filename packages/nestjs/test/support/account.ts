import {
  Aggregate,
  AggregateRepository,
  AggregateRoot,
  aggregate,
  CommandType,
  type Committed,
  DomainError,
  Event,
  On,
} from '@everfold/core';
import {
  Command,
  CommandHandler,
  type ICommandHandler,
  type IQueryHandler,
  Query,
  QueryHandler,
} from '@nestjs/cqrs';
import { IsInt, Min } from 'class-validator';
import { InjectAggregate } from '../../src/index.js';

export class AccountOpened extends Event('account.opened')<{ readonly owner: string }> {}
export class MoneyDeposited extends Event('account.money-deposited')<{ readonly amount: number }> {}

export class TooMuch extends DomainError {
  readonly code = 'too-much';
}

@Aggregate('account')
export class Account extends AggregateRoot {
  balance = 0;

  open(owner: string): void {
    this.apply(new AccountOpened({ owner }));
  }

  deposit(amount: number): void {
    if (amount > 1_000) throw new TooMuch();
    this.apply(new MoneyDeposited({ amount }));
  }

  @On(MoneyDeposited) protected onDeposited({ amount }: MoneyDeposited): void {
    this.balance += amount;
  }
}

/** The same events as a fold. */
export const account = aggregate('account', { initial: () => ({ balance: 0 }) })
  .on(AccountOpened, (state) => state)
  .on(MoneyDeposited, (state, { amount }) => ({ balance: state.balance + amount }));

@CommandType('account.open')
export class OpenAccount extends Command<Committed<Account>> {
  constructor(
    readonly accountId: string,
    readonly owner: string,
  ) {
    super();
  }
}

@CommandType('account.deposit')
export class DepositMoney extends Command<Committed<Account>> {
  readonly accountId: string;
  @IsInt() @Min(1) readonly amount: number;

  constructor(accountId: string, amount: number) {
    super();
    this.accountId = accountId;
    this.amount = amount;
  }
}

export class GetBalance extends Query<number | undefined> {
  constructor(readonly accountId: string) {
    super();
  }
}

@CommandHandler(OpenAccount)
export class OpenAccountHandler implements ICommandHandler<OpenAccount> {
  constructor(@InjectAggregate(Account) private readonly accounts: AggregateRepository<Account>) {}

  execute({ accountId, owner }: OpenAccount) {
    return this.accounts.create(accountId, (it) => it.open(owner));
  }
}

@CommandHandler(DepositMoney)
export class DepositMoneyHandler implements ICommandHandler<DepositMoney> {
  constructor(@InjectAggregate(Account) private readonly accounts: AggregateRepository<Account>) {}

  execute({ accountId, amount }: DepositMoney) {
    return this.accounts.update(accountId, (it) => it.deposit(amount));
  }
}

@QueryHandler(GetBalance)
export class GetBalanceHandler implements IQueryHandler<GetBalance> {
  constructor(@InjectAggregate(Account) private readonly accounts: AggregateRepository<Account>) {}

  async execute({ accountId }: GetBalance) {
    return (await this.accounts.find(accountId))?.state.balance;
  }
}

export const HANDLERS = [OpenAccountHandler, DepositMoneyHandler, GetBalanceHandler];
