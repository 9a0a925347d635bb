// Positive and negative cases of what is inferred for commands.
import {
  type CommandClass,
  CommandType,
  currentContext,
  type MessageContext,
  type Props,
  withContext,
} from '@everfold/core';
import { IsInt, IsString, IsUUID, Max, MaxLength, Min } from 'class-validator';
import type { Equal } from './equal.js';

type Cents = number;

@CommandType('account.deposit')
export class DepositMoney {
  @IsUUID() readonly accountId: string;
  @IsInt() @Min(1) @Max(1e12) readonly amount: Cents;
  @IsString() @MaxLength(140) readonly reference?: string;
  constructor(props: Props<DepositMoney>) {
    this.accountId = props.accountId;
    this.amount = props.amount;
    if (props.reference !== undefined) this.reference = props.reference;
  }
  describe(): string {
    return `${this.amount} to ${this.accountId}`;
  }
}
@CommandType('account.withdraw')
export class WithdrawMoney {
  constructor(
    readonly accountId: string,
    readonly amount: Cents,
  ) {}
}

export const props: [
  Equal<keyof Props<DepositMoney>, 'accountId' | 'amount' | 'reference'>,
  Equal<Props<WithdrawMoney>, { readonly accountId: string; readonly amount: number }>,
] = [true, true];
export const deposit = new DepositMoney({ accountId: 'a', amount: 1 });
export const classes: readonly CommandClass[] = [DepositMoney, WithdrawMoney];
// @ts-expect-error missing amount
export const incomplete = new DepositMoney({ accountId: 'a' });
// @ts-expect-error a field of another type
export const mistyped = new DepositMoney({ accountId: 'a', amount: '1' });
// @ts-expect-error a method is no field
export const withMethod: Props<DepositMoney> = { accountId: 'a', amount: 1, describe: () => '' };

export const promised: Promise<number> = withContext(
  { commandId: 'c-1', actor: undefined },
  async () => 1,
);
export const context: MessageContext = withContext({ tenant: 't-1' }, currentContext);
// @ts-expect-error a field that is not there
withContext({ user: 'Ada' }, () => 1);
