import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { AccountStatus } from '../accounts/account.js';
import type { Days } from '../accounts/get-totals/get-totals.js';
import type { AccountFilter } from '../accounts/list-accounts/list-accounts.js';
import { filter, pageCursor, pageLimit } from './paging.js';
import { Problem } from './problem.js';
import { consistencyToken } from './request-headers.js';

/** A request for a page of a list. */
export interface ListRequest<F> {
  readonly filter: F;
  readonly limit: number;
  readonly token: string | undefined;
  /** As it came. */
  readonly cursor: string | undefined;
}

// One parameter each: errors come in the contract's order, and Nest promises none between the parameters of a handler.

/** The whole of a request for accounts, checked but for what only the store can tell. */
export const AccountList = createParamDecorator(
  (_: undefined, context: ExecutionContext): ListRequest<AccountFilter> =>
    listRequest(context, (request) => ({
      owner: filter(request, 'owner'),
      status: statusIn(request),
    })),
);

/** The whole of a request for totals, checked but for what only the store can tell. */
export const TotalList = createParamDecorator(
  (_: undefined, context: ExecutionContext): ListRequest<Days> =>
    listRequest(context, (request) => ({ from: dayIn(request, 'from'), to: dayIn(request, 'to') })),
);

function listRequest<F>(
  context: ExecutionContext,
  filterOf: (request: Request) => F,
): ListRequest<F> {
  const request = context.switchToHttp().getRequest<Request>();
  return {
    filter: filterOf(request),
    limit: pageLimit(request),
    token: consistencyToken(request),
    cursor: pageCursor(request),
  };
}

const STATUSES: readonly AccountStatus[] = ['open', 'frozen', 'closed'];

function statusIn(request: Request): AccountStatus | undefined {
  const value = filter(request, 'status');
  const status = STATUSES.find((each) => each === value);
  if (value === undefined || status !== undefined) return status;
  throw new Problem('validation-failed', { detail: `status must be ${STATUSES.join(', ')}.` });
}

function dayIn(request: Request, name: string): string | undefined {
  const value = filter(request, name);
  if (value === undefined || isDay(value)) return value;
  throw new Problem('validation-failed', {
    detail: `${name} must be a day that the calendar has, as YYYY-MM-DD.`,
  });
}

/** The calendar does not stop at months of 31 days by itself: February's would run over into March. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
