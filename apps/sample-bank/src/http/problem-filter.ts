import { DomainError, EverfoldError, type EverfoldErrorCode } from '@everfold/core';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  Logger,
  NotFoundException,
  ServiceUnavailableException,
} from '@nestjs/common';
import type { HealthCheckResult } from '@nestjs/terminus';
import type { Request, Response } from 'express';
import { isProblemCode, Problem, type ProblemCode, RETRY_AFTER_SECONDS } from './problem.js';

const OUTCOME_UNKNOWN =
  'It is not known whether it was done: repeat it with the same Idempotency-Key.';

const OF_THE_KERNEL: Partial<Record<EverfoldErrorCode, readonly [ProblemCode, string]>> = {
  AGGREGATE_NOT_FOUND: ['account-not-found', 'No account has this id.'],
  STREAM_DELETED: ['account-not-found', 'The account with this id was removed.'],
  WRONG_EXPECTED_REVISION: [
    'stale-revision',
    'The account is not at the revision that If-Match names. Read it again and decide anew.',
  ],
  COMMAND_ID_REUSED: [
    'key-reused',
    'This Idempotency-Key was used here for another request. Use a new one.',
  ],
  AGGREGATE_EXISTS: ['key-reused', 'The account of this Idempotency-Key exists. Use a new one.'],
  CONCURRENCY: [
    'too-contended',
    'Others kept writing to this account. Nothing was done: try again.',
  ],
  READ_MODEL_BEHIND: ['read-model-behind', 'What was asked for is not there yet: ask again.'],
  STORE_UNAVAILABLE: ['store-unavailable', 'Nothing was done: try again.'],
  APPEND_OUTCOME_UNKNOWN: ['store-unavailable', OUTCOME_UNKNOWN],
  WRITE_LOCK_HELD: ['store-unavailable', OUTCOME_UNKNOWN],
};

/** Answers everything that is thrown as `application/problem+json`; what nobody foresaw is logged and not shown. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const problem = problemOf(thrown);
    this.log(problem, `${request.method} ${pathOf(request)}`);
    if (response.headersSent) return;
    if (problem.status === 503) response.setHeader('Retry-After', String(RETRY_AFTER_SECONDS));
    const body = Buffer.from(JSON.stringify(problem.toBody(pathOf(request))));
    response.statusCode = problem.status;
    response.setHeader('Content-Type', 'application/problem+json');
    response.setHeader('Content-Length', body.length);
    response.end(body);
  }

  /** What passes by itself is worth a line; what nobody foresaw is worth its stack. */
  private log({ status, problemCode, message, cause }: Problem, request: string): void {
    const reason = cause instanceof Error ? cause.message : message;
    if (status === 503) this.logger.warn(`${request}: ${problemCode}: ${reason}`);
    else if (status >= 500) this.logger.error(request, cause);
  }
}

/** What a caller is told about something that was thrown. */
function problemOf(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof DomainError && isProblemCode(thrown.code))
    return new Problem(thrown.code, { detail: thrown.message, cause: thrown });
  if (thrown instanceof EverfoldError) {
    const [code, detail] = OF_THE_KERNEL[thrown.code] ?? [];
    if (code !== undefined && detail !== undefined)
      return new Problem(code, { detail, cause: thrown });
  }
  if (thrown instanceof ServiceUnavailableException)
    return new Problem('store-unavailable', { detail: ailing(thrown) });
  if (thrown instanceof NotFoundException)
    return new Problem('no-route', { detail: 'No route has this method and path.', cause: thrown });
  return new Problem('internal', {
    detail: 'It was logged; nothing more is said here.',
    cause: thrown,
  });
}

/** What a health check found, of each that is down. */
function ailing(thrown: ServiceUnavailableException): string {
  const { error = {} } = thrown.getResponse() as Partial<HealthCheckResult>;
  const found = Object.entries(error).map(([name, result]) => `${name}: ${result?.['message']}`);
  return found.length === 0 ? 'The bank is stopping.' : found.join(' ');
}

function pathOf(request: Request): string {
  return request.originalUrl.split(/[?#]/, 1)[0] ?? '/';
}
