import {
  CommandInvalidError,
  DomainError,
  EverfoldError,
  type EverfoldErrorCode,
  NotAuthorisedError,
  ReadModelBehindError,
} from '@everfold/core';
import { type ArgumentsHost, Catch, HttpException, HttpStatus } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';

const RETRY_AFTER_SECONDS = 1;

const STATUS: Partial<Record<EverfoldErrorCode, HttpStatus>> = {
  COMMAND_INVALID: HttpStatus.BAD_REQUEST,
  EVENT_INVALID: HttpStatus.BAD_REQUEST,
  FOREIGN_POSITION: HttpStatus.BAD_REQUEST,
  AGGREGATE_NOT_FOUND: HttpStatus.NOT_FOUND,
  STREAM_DELETED: HttpStatus.NOT_FOUND,
  AGGREGATE_EXISTS: HttpStatus.CONFLICT,
  WRONG_EXPECTED_REVISION: HttpStatus.PRECONDITION_FAILED,
  COMMAND_ID_REUSED: HttpStatus.UNPROCESSABLE_ENTITY,
  CONCURRENCY: HttpStatus.SERVICE_UNAVAILABLE,
  READ_MODEL_BEHIND: HttpStatus.SERVICE_UNAVAILABLE,
  DOCUMENT_PARKED: HttpStatus.SERVICE_UNAVAILABLE,
  STORE_UNAVAILABLE: HttpStatus.SERVICE_UNAVAILABLE,
  APPEND_OUTCOME_UNKNOWN: HttpStatus.SERVICE_UNAVAILABLE,
  WRITE_LOCK_HELD: HttpStatus.SERVICE_UNAVAILABLE,
};

/**
 * Answers refusals and what Everfold throws by what they mean over HTTP, as Nest answers its own exceptions:
 * `{ statusCode, code, message, details?, errors? }`. Not on by default: `{ provide: APP_FILTER, useClass: EverfoldExceptionFilter }`;
 * without it, or one of your own, they are 500.
 *
 * | thrown | status |
 * | --- | --- |
 * | `DomainError` | 422, with its `code` and `details`; `NotAuthorisedError` 403 |
 * | `CommandInvalidError`, `EventInvalidError` | 400; a command's with `errors` |
 * | `ForeignPositionError`: a token of another log | 400 |
 * | `AggregateNotFoundError`, `StreamDeletedError` | 404 |
 * | `AggregateExistsError` | 409 |
 * | `WrongExpectedRevisionError` | 412 |
 * | `CommandIdReusedError` | 422 |
 * | `ConcurrencyError`, `StoreUnavailableError`, `AppendOutcomeUnknownError`, `WriteLockHeldError` | 503, with `Retry-After: 1` |
 * | `ReadModelBehindError`, `DocumentParkedError` | 503, with `Retry-After: 1`; without it for a change with `waitFor`, which is committed |
 * | anything else | as without this filter |
 *
 * For 503 the message is not handed on: it may name places that are nobody's business.
 */
@Catch(DomainError, EverfoldError)
export class EverfoldExceptionFilter extends BaseExceptionFilter {
  override catch(thrown: unknown, host: ArgumentsHost): void {
    const known = host.getType() === 'http' ? answerOf(thrown) : undefined;
    const isToComeAgain = known?.getStatus() === HttpStatus.SERVICE_UNAVAILABLE;
    if (isToComeAgain && !isCommitted(thrown)) this.sayWhen(host);
    super.catch(known ?? thrown, host);
  }

  private sayWhen(host: ArgumentsHost): void {
    const response: unknown = host.getArgByIndex(1);
    const adapter = this.applicationRef ?? this.httpAdapterHost?.httpAdapter;
    adapter?.setHeader(response, 'Retry-After', String(RETRY_AFTER_SECONDS));
  }
}

function answerOf(thrown: unknown): HttpException | undefined {
  if (thrown instanceof DomainError) {
    const status =
      thrown instanceof NotAuthorisedError ? HttpStatus.FORBIDDEN : HttpStatus.UNPROCESSABLE_ENTITY;
    return exceptionOf(status, thrown, { details: thrown.details });
  }
  if (!(thrown instanceof EverfoldError)) return undefined;
  const status = STATUS[thrown.code];
  if (status === undefined) return undefined;
  const errors = thrown instanceof CommandInvalidError ? thrown.errors : undefined;
  return exceptionOf(status, thrown, { errors });
}

function exceptionOf(
  status: HttpStatus,
  cause: Error & { readonly code: string },
  more: object,
): HttpException {
  const message = status === HttpStatus.SERVICE_UNAVAILABLE ? later(cause) : cause.message;
  return new HttpException({ statusCode: status, code: cause.code, message, ...more }, status, {
    cause,
  });
}

function later(cause: Error): string {
  if (isCommitted(cause))
    return 'This was done, and what shows it is not there yet. Do not repeat it but under the same Idempotency-Key.';
  return 'This cannot be done now. Repeat it later, under the same Idempotency-Key where it had one.';
}

/** Whether a change was made that a read model does not have yet. */
function isCommitted(thrown: unknown): boolean {
  return thrown instanceof ReadModelBehindError && thrown.committed !== undefined;
}
