import { ConcurrencyError } from '../aggregate/errors.js';
import { backOff } from '../backoff.js';
import { classNameOf } from '../class-of.js';
import { findProblems } from '../event/validation.js';
import { AppendOutcomeUnknownError, StoreUnavailableError } from '../event-store/errors.js';
import { commandHash } from './command-codec.js';
import type { CommandMiddleware } from './command-pipeline.js';
import { declaredTypeOf } from './command-type.js';
import { DomainError } from './domain-error.js';
import { CommandInvalidError } from './errors.js';
import type { MessageContext } from './message-context.js';
import { currentContext, withContext } from './message-context.js';

/** Options of {@link idempotency}. */
export interface IdempotencyOptions {
  /**
   * Makes an id for a command that came without one, so that at least its retries act once; a command that raises nothing then
   * leaves a mark in the stream. Default: such a command has none.
   */
  readonly newCommandId?: (() => string) | undefined;
}

/**
 * Fills in what makes a repeat known: the hash of a command that has an id (from `withContext`), and an id where one can be
 * made. The same id with another command is then a {@link CommandIdReusedError}.
 *
 * @throws TypeError when a command with an id has no `@CommandType`, or is no JSON.
 */
export function idempotency({ newCommandId }: IdempotencyOptions = {}): CommandMiddleware {
  return async ({ command, isNested }, next) => {
    if (isNested) return next();
    const commandId = currentContext().commandId ?? newCommandId?.();
    if (commandId === undefined) return next();
    return withContext({ commandId, commandHash: commandHash(command) }, next);
  };
}

/**
 * Validates commands whose classes have class-validator decorators; others pass. Fields without a rule are left alone.
 *
 * @throws {@link CommandInvalidError} with every broken rule; the command is not handled.
 */
export function validation(): CommandMiddleware {
  return async ({ command }, next) => {
    const errors = await findProblems(command);
    if (errors.length > 0) throw new CommandInvalidError(nameOf(command), errors);
    return next();
  };
}

/** Who acts may not do so. */
export class NotAuthorisedError extends DomainError {
  readonly code = 'not-authorised';
}

/**
 * Asks whether a command may be handled.
 *
 * @param isAllowed - Sees the command and who acts. `false` refuses; it may throw a refusal of its own.
 * @throws {@link NotAuthorisedError} when it says `false`; the command is not handled.
 */
export function authorisation(
  isAllowed: (command: object, context: MessageContext) => boolean | Promise<boolean>,
): CommandMiddleware {
  return async ({ command }, next) => {
    const context = currentContext();
    if (await isAllowed(command, context)) return next();
    throw new NotAuthorisedError(`${context.actor ?? 'Nobody'} may not do '${nameOf(command)}'.`);
  };
}

function nameOf(command: object): string {
  return declaredTypeOf(command) ?? classNameOf(command) ?? 'A command';
}

/** Options of {@link retry}. */
export interface RetryOptions {
  /** How often a command is handled again, 0 or more. Default 3. */
  readonly retries?: number | undefined;
  /** The bound of the first random wait, in milliseconds; it doubles each time. Default 50. */
  readonly baseMs?: number | undefined;
  /** The most to wait, in milliseconds. Default 2,000. */
  readonly maxMs?: number | undefined;
  /** Which failures may pass. Default: conflicts, a store that cannot be reached, and outcomes that stayed unknown. */
  readonly isPassing?: ((error: unknown) => boolean) | undefined;
}

/**
 * Handles a command again when it failed for a reason that may pass. A refusal of the domain is never retried, and neither is
 * a command without an id: what its first attempt has written would be written twice.
 */
export function retry(options: RetryOptions = {}): CommandMiddleware {
  const { retries = 3, baseMs = 50, maxMs = 2_000, isPassing = mayPass } = options;
  const isFinal = (error: unknown) => error instanceof DomainError || !isPassing(error);
  const handle = async (next: () => Promise<unknown>): Promise<unknown> => {
    for (let attempt = 1; ; attempt += 1)
      try {
        return await next();
      } catch (error) {
        if (attempt > retries || isFinal(error)) throw error;
        await backOff(attempt, { baseMs, maxMs });
      }
  };
  return async ({ isNested }, next) =>
    isNested || currentContext().commandId === undefined ? next() : handle(next);
}

function mayPass(error: unknown): boolean {
  return (
    error instanceof ConcurrencyError ||
    error instanceof StoreUnavailableError ||
    error instanceof AppendOutcomeUnknownError
  );
}

/** How the handling of a command went. */
export interface CommandReport {
  /** What `@CommandType` says; without it, the name of the class. */
  readonly type: string;
  readonly context: MessageContext;
  /** From here to the end, in milliseconds, by the monotonic clock. */
  readonly durationMs: number;
  /** `refused`: a {@link DomainError} or a command that was not valid; `failed`: everything else that was thrown. */
  readonly outcome: 'accepted' | 'refused' | 'failed';
  /** What was thrown. */
  readonly error: unknown;
}

/**
 * Reports each command to logs, metrics or traces.
 *
 * @param report - What it throws is dropped: watching changes nothing.
 */
export function telemetry(report: (report: CommandReport) => void): CommandMiddleware {
  return async ({ command }, next) => {
    const type = nameOf(command);
    const context = currentContext();
    const begin = performance.now();
    const tell = (outcome: CommandReport['outcome'], error: unknown) => {
      try {
        report({ type, context, durationMs: performance.now() - begin, outcome, error });
      } catch {
        // An observer that fails must not fail the command.
      }
    };
    try {
      const result = await next();
      tell('accepted', undefined);
      return result;
    } catch (error) {
      const isRefusal = error instanceof DomainError || error instanceof CommandInvalidError;
      tell(isRefusal ? 'refused' : 'failed', error);
      throw error;
    }
  };
}
