import { AggregateRepository, type Committed } from '@everfold/core';
import { InjectAggregate } from '@everfold/nestjs';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Account } from '../account.js';
import { expectedBy } from '../precondition.js';
import { WithdrawMoney } from './withdraw-money.js';

/** Pays money out. */
@CommandHandler(WithdrawMoney)
export class WithdrawMoneyHandler implements ICommandHandler<WithdrawMoney> {
  constructor(@InjectAggregate(Account) private readonly accounts: AggregateRepository<Account>) {}

  /** @throws `AggregateNotFoundError` when there is no such account. */
  execute(command: WithdrawMoney): Promise<Committed<Account>> {
    const { accountId, amount, reference } = command;
    return this.accounts.update(accountId, (account) => account.withdraw(amount, reference), {
      expected: expectedBy(command),
    });
  }
}
