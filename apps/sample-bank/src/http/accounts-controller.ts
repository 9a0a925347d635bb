import type { Committed } from '@everfold/core';
import { Controller, Get, HttpStatus, Post, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Account, AccountView } from '../accounts/account.js';
import { DepositMoney, DepositMoneyHandler } from '../accounts/deposit-money/deposit-money.js';
import { GetAccount, GetAccountHandler } from '../accounts/get-account/get-account.js';
import { OpenAccount, OpenAccountHandler } from '../accounts/open-account/open-account.js';
import { WithdrawMoney, WithdrawMoneyHandler } from '../accounts/withdraw-money/withdraw-money.js';
import {
  Change,
  type ChangeRequest,
  Opening,
  type OpeningRequest,
  Read,
  type ReadRequest,
} from './account-request.js';
import { MoneyBody, OpenAccountBody } from './bodies.js';
import { FreshReads } from './fresh-reads.js';
import { idempotently, idempotentlyFromTheFirst, newAccountId } from './idempotency.js';
import { Problem } from './problem.js';
import { entityTag, hasAlready } from './request-headers.js';

/** Accounts over HTTP: each route is one use case. */
@Controller('accounts')
export class AccountsController {
  constructor(
    private readonly opening: OpenAccountHandler,
    private readonly deposits: DepositMoneyHandler,
    private readonly withdrawals: WithdrawMoneyHandler,
    private readonly reading: GetAccountHandler,
    private readonly fresh: FreshReads,
  ) {}

  @Post()
  async open(
    @Opening(OpenAccountBody) { key, body }: OpeningRequest<OpenAccountBody>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AccountView> {
    const command = new OpenAccount(newAccountId(key), body);
    const open = () => this.opening.execute(command);
    const committed = await idempotentlyFromTheFirst(key, command, open);
    response.setHeader('Location', `/accounts/${command.accountId}`);
    return answer(response, committed);
  }

  @Post(':id/deposits')
  async deposit(
    @Change(MoneyBody) { id, key, expected, body }: ChangeRequest<MoneyBody>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AccountView> {
    const command = new DepositMoney(id, body.amount, body.reference);
    const deposit = () => this.deposits.execute(command, { expected });
    return answer(response, await idempotently(key, command, deposit));
  }

  @Post(':id/withdrawals')
  async withdraw(
    @Change(MoneyBody) { id, key, expected, body }: ChangeRequest<MoneyBody>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AccountView> {
    const command = new WithdrawMoney(id, body.amount, body.reference);
    const withdraw = () => this.withdrawals.execute(command, { expected });
    return answer(response, await idempotently(key, command, withdraw));
  }

  @Get(':id')
  async get(
    @Read() { id, token }: ReadRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AccountView | undefined> {
    await this.fresh.waitFor(token);
    const account = await this.reading.execute(new GetAccount(id));
    if (account === undefined)
      throw new Problem('account-not-found', { detail: 'No account has this id.' });
    const tag = entityTag(account.revision);
    response.setHeader('ETag', tag);
    if (!hasAlready(request, tag)) return account;
    response.status(HttpStatus.NOT_MODIFIED);
    return undefined;
  }
}

function answer(response: Response, { state, token, repeated }: Committed<Account>): AccountView {
  const account = state.view();
  response.setHeader('ETag', entityTag(account.revision));
  response.setHeader('Consistency-Token', token);
  if (repeated) response.setHeader('Idempotency-Replayed', 'true');
  return account;
}
