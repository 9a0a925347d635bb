import type { CommandMiddleware, CommandPipeline } from '@everfold/core';
import {
  AppendOutcomeUnknownError,
  authorisation,
  commandPipeline,
  idempotency,
  retry,
  StoreUnavailableError,
  telemetry,
  validation,
} from '@everfold/core';
import type { MessageOptions, MessageReport } from './message-options.js';
import { awaitingCommits, isCommitConflict } from './pending-commits.js';

/**
 * @internal The steps around every command.
 *
 * @param hasCommits - Whether the application has aggregates with `commit()`.
 */
export function pipelineForCommands(options: MessageOptions, hasCommits: boolean): CommandPipeline {
  const isRejection = options.isRejection ?? (() => false);
  return commandPipeline(
    ...checks(options, 'command'),
    idempotency(),
    // Conflicts of `update` were retried where they occurred: only those of `commit` are left for the whole handler.
    retry({
      retries: options.conflictRetries,
      isPassing: (error) => isCommitConflict(error) && !isRejection(error),
    }),
    retry({ isPassing: (error) => mayPass(error) && !isRejection(error) }),
    ...(hasCommits ? [awaitingCommits] : []),
  );
}

/** @internal Handles a query: it is checked and watched, and neither numbered nor retried. */
export type QueryPipeline = (query: object, handle: () => Promise<unknown>) => Promise<unknown>;

/** @internal The steps around every query. */
export function pipelineForQueries(options: MessageOptions): QueryPipeline {
  const steps = checks(options, 'query');
  return (query, handle) =>
    steps.reduceRight<() => Promise<unknown>>(
      (next, step) => () => step({ command: query, isNested: false }, next),
      handle,
    )();
}

function checks(options: MessageOptions, kind: MessageReport['kind']): CommandMiddleware[] {
  const { authorise, validate = true } = options;
  const steps: CommandMiddleware[] = [];
  if (options.report !== undefined) steps.push(reporting(options, options.report, kind));
  if (authorise !== undefined) steps.push(authorisation(authorise));
  if (validate) steps.push(validation());
  return steps;
}

function reporting(
  { isRejection = () => false }: MessageOptions,
  report: (report: MessageReport) => void,
  kind: MessageReport['kind'],
): CommandMiddleware {
  return telemetry((told) => {
    const isRefusal = told.outcome === 'failed' && isRejection(told.error);
    report({ ...told, kind, outcome: isRefusal ? 'refused' : told.outcome });
  });
}

function mayPass(error: unknown): boolean {
  return error instanceof StoreUnavailableError || error instanceof AppendOutcomeUnknownError;
}
