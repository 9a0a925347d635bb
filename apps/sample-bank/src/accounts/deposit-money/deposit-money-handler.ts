import { AggregateRepository, type Committed } from '@everfold/core';
import { InjectAggregate } from '@everfold/nestjs';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Account } from '../account.js';
import { expectedBy } from '../precondition.js';
import { DepositMoney } from './deposit-money.js';

/** Pays money in. */
@CommandHandler(DepositMoney)
export class DepositMoneyHandler implements ICommandHandler<DepositMoney> {
  constructor(@InjectAggregate(Account) private readonly accounts: AggregateRepository<Account>) {}

  /** @throws `AggregateNotFoundError` when there is no such account. */
  execute(command: DepositMoney): Promise<Committed<Account>> {
    const { accountId, amount, reference } = command;
    return this.accounts.update(accountId, (account) => account.deposit(amount, reference), {
      expected: expectedBy(command),
    });
  }
}
