import type { Committed } from '@everfold/core';
import { Controller, Get, HttpCode, HttpStatus, Post, Req, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { Account, AccountView } from '../accounts/account.js';
import { CloseAccount } from '../accounts/close-account/close-account.js';
import { DepositMoney } from '../accounts/deposit-money/deposit-money.js';
import { FreezeAccount } from '../accounts/freeze-account/freeze-account.js';
import { GetAccount } from '../accounts/get-account/get-account.js';
import { GetStatement, type StatementItem } from '../accounts/get-statement/get-statement.js';
import { type AccountFilter, ListAccounts } from '../accounts/list-accounts/list-accounts.js';
import { OpenAccount } from '../accounts/open-account/open-account.js';
import { onlyAt } from '../accounts/precondition.js';
import { UnfreezeAccount } from '../accounts/unfreeze-account/unfreeze-account.js';
import { WithdrawMoney } from '../accounts/withdraw-money/withdraw-money.js';
import {
  Change,
  type ChangeRequest,
  Opening,
  type OpeningRequest,
  Read,
  type ReadRequest,
  Statement,
  type StatementRequest,
} from './account-request.js';
import { MoneyBody, OpenAccountBody, ReasonBody } from './bodies.js';
import { FreshReads } from './fresh-reads.js';
import { asTheFirst, newAccountId } from './idempotency.js';
import { listCursor, placeIn } from './list-cursor.js';
import { AccountList, type ListRequest } from './list-request.js';
import { CLOSE, DEPOSIT, FREEZE, OPENING, UNFREEZE, WITHDRAWAL } from './openapi/account-writes.js';
import { ApiAccount, ApiChange, ApiOpening } from './openapi/api-account.js';
import { ApiAccounts, ApiStatement } from './openapi/api-lists.js';
import type { PageAnswer } from './paging.js';
import { Problem } from './problem.js';
import { entityTag, hasAlready } from './request-headers.js';
import { revisionOf, statementCursor } from './statement-cursor.js';

/** Accounts over HTTP: each route is one use case. */
@ApiTags('accounts')
@Controller('accounts')
export class AccountsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly fresh: FreshReads,
  ) {}

  @Post()
  @ApiOpening(OPENING)
  async open(
    @Opening(OpenAccountBody) { key, body }: OpeningRequest<OpenAccountBody>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AccountView> {
    const command = new OpenAccount(newAccountId(key), body);
    const committed = await asTheFirst(() => this.commands.execute(command));
    response.setHeader('Location', `/accounts/${command.accountId}`);
    return answer(response, committed);
  }

  @Post(':id/deposits')
  @ApiChange(201, DEPOSIT)
  async deposit(
    @Change(MoneyBody) { id, expected, body }: ChangeRequest<MoneyBody>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AccountView> {
    const command = onlyAt(expected, new DepositMoney(id, body.amount, body.reference));
    return answer(response, await this.commands.execute(command));
  }

  @Post(':id/withdrawals')
  @ApiChange(201, WITHDRAWAL)
  async withdraw(
    @Change(MoneyBody) { id, expected, body }: ChangeRequest<MoneyBody>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AccountView> {
    const command = onlyAt(expected, new WithdrawMoney(id, body.amount, body.reference));
    return answer(response, await this.commands.execute(command));
  }

  @Post(':id/freeze')
  @HttpCode(HttpStatus.OK)
  @ApiChange(200, FREEZE)
  async freeze(
    @Change(ReasonBody) { id, expected, body }: ChangeRequest<ReasonBody>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AccountView> {
    const command = onlyAt(expected, new FreezeAccount(id, body.reason));
    return answer(response, await this.commands.execute(command));
  }

  @Post(':id/unfreeze')
  @HttpCode(HttpStatus.OK)
  @ApiChange(200, UNFREEZE)
  async unfreeze(
    @Change(ReasonBody) { id, expected, body }: ChangeRequest<ReasonBody>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AccountView> {
    const command = onlyAt(expected, new UnfreezeAccount(id, body.reason));
    return answer(response, await this.commands.execute(command));
  }

  @Post(':id/close')
  @HttpCode(HttpStatus.OK)
  @ApiChange(200, CLOSE)
  async close(
    @Change(ReasonBody) { id, expected, body }: ChangeRequest<ReasonBody>,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AccountView> {
    const command = onlyAt(expected, new CloseAccount(id, body.reason));
    return answer(response, await this.commands.execute(command));
  }

  @Get()
  @ApiAccounts()
  async list(
    @AccountList() { filter, limit, token, cursor }: ListRequest<AccountFilter>,
  ): Promise<PageAnswer<AccountView>> {
    const list = ['accounts', JSON.stringify(filter)];
    const freshness = await this.fresh.freshnessOf(token);
    const after = placeIn(cursor, list);
    const { items, next } = await this.queries.execute(
      new ListAccounts(filter, limit, after, freshness),
    );
    return { items, next: next === undefined ? null : listCursor(list, next) };
  }

  @Get(':id')
  @ApiAccount()
  async get(
    @Read() { id, token }: ReadRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<AccountView | undefined> {
    await this.fresh.waitForLog(await this.fresh.freshnessOf(token));
    const account = await this.queries.execute(new GetAccount(id));
    if (account === undefined) throw noAccount();
    const tag = entityTag(account.revision);
    response.setHeader('ETag', tag);
    if (!hasAlready(request, tag)) return account;
    response.status(HttpStatus.NOT_MODIFIED);
    return undefined;
  }

  @Get(':id/statement')
  @ApiStatement()
  async statement(
    @Statement() { id, limit, token, cursor }: StatementRequest,
  ): Promise<PageAnswer<StatementItem>> {
    const freshness = await this.fresh.freshnessOf(token);
    const after = cursor === undefined ? undefined : revisionOf(cursor, id);
    const page = await this.queries.execute(new GetStatement(id, limit, after, freshness));
    if (page === undefined) throw noAccount();
    const { items, next } = page;
    return { items, next: next === undefined ? null : statementCursor(id, next) };
  }
}

function noAccount(): Problem {
  return new Problem('account-not-found', { detail: 'No account has this id.' });
}

function answer(response: Response, { state, token, repeated }: Committed<Account>): AccountView {
  const account = state.view();
  response.setHeader('ETag', entityTag(account.revision));
  response.setHeader('Consistency-Token', token);
  if (repeated) response.setHeader('Idempotency-Replayed', 'true');
  return account;
}
