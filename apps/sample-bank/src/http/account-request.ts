import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { pageCursor, pageLimit } from './paging.js';
import { Problem } from './problem.js';
import { consistencyToken, expectedRevision, idempotencyKey } from './request-headers.js';
import { validated } from './validated.js';

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** A request to open an account. */
export interface OpeningRequest<B> {
  readonly key: string | undefined;
  readonly body: B;
}

/** A request that changes one account; its key is known to the command bus. */
export interface ChangeRequest<B> {
  readonly id: string;
  readonly body: B;
  /** The revision that the account must have; `undefined`: any. */
  readonly expected: number | undefined;
}

/** A request that looks at one account. */
export interface ReadRequest {
  readonly id: string;
  readonly token: string | undefined;
}

/** A request for a page of one account's statement. */
export interface StatementRequest extends ReadRequest {
  readonly limit: number;
  /** As it came. */
  readonly cursor: string | undefined;
}

type Shape = new () => object;

// One parameter each, and not one for id, headers and body: errors come in the contract's order, and Nest promises none
// between the parameters of a handler.

/** The whole of an {@link OpeningRequest}, checked. */
export const Opening = createParamDecorator((shape: Shape, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<Request>();
  const key = idempotencyKey(request);
  return { key, body: validated(shape, request.body) };
});

/** The whole of a {@link ChangeRequest}, checked. */
export const Change = createParamDecorator((shape: Shape, context: ExecutionContext) => {
  const request = context.switchToHttp().getRequest<Request>();
  const id = accountId(request);
  // Checked here, in its turn; the command bus has it from the request's context.
  idempotencyKey(request);
  const expected = expectedRevision(request);
  return { id, expected, body: validated(shape, request.body) };
});

/** The whole of a {@link ReadRequest}, checked. */
export const Read = createParamDecorator((_: undefined, context: ExecutionContext): ReadRequest => {
  const request = context.switchToHttp().getRequest<Request>();
  return { id: accountId(request), token: consistencyToken(request) };
});

/** The whole of a {@link StatementRequest}, checked but for what only the store and the account can tell. */
export const Statement = createParamDecorator(
  (_: undefined, context: ExecutionContext): StatementRequest => {
    const request = context.switchToHttp().getRequest<Request>();
    const id = accountId(request);
    const limit = pageLimit(request);
    return { id, limit, token: consistencyToken(request), cursor: pageCursor(request) };
  },
);

/** Any UUID in any case; in lower case afterwards. */
function accountId(request: Request): string {
  const { id } = request.params;
  if (typeof id === 'string' && UUID.test(id)) return id.toLowerCase();
  throw new Problem('invalid-id', { detail: 'The id in the path must be a UUID.' });
}
