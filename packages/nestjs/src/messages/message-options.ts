import type { CommandReport, MessageContext } from '@everfold/core';

/** How a command or a query went. */
export interface MessageReport extends CommandReport {
  /** Which kind of bus it came over. */
  readonly kind: 'command' | 'query';
}

/** How the commands and queries of every bus of the application are handled. */
export interface MessageOptions {
  /**
   * Validates commands and queries whose classes have class-validator decorators before they are handled; others pass, and
   * nothing is stripped. One that is not valid rejects with `CommandInvalidError`. Default true.
   */
  readonly validate?: boolean | undefined;
  /**
   * How often a change runs anew because somebody else was faster, 0 or more; for aggregates with `commit()`, how often a
   * command with an id is handled anew. Default 3; 0 rejects at the first conflict.
   */
  readonly conflictRetries?: number | undefined;
  /**
   * Which errors are the domain's no, beside `DomainError`: they are reported as refused, and never retried. Default: none.
   */
  readonly isRejection?: ((error: unknown) => boolean) | undefined;
  /**
   * Asks whether a command or a query may be handled, before it is validated. `false` rejects with `NotAuthorisedError`; it may
   * throw a refusal of its own. Default: everything may.
   */
  readonly authorise?:
    | ((message: object, context: MessageContext) => boolean | Promise<boolean>)
    | undefined;
  /** Told how each command and query went, for logs, metrics or traces. What it throws is dropped. Default: nobody is. */
  readonly report?: ((report: MessageReport) => void) | undefined;
}
