import { EverfoldError } from '../errors.js';
import type { ValidationProblem } from '../event/errors.js';

/** The id of a command that was handled came again with another command. Nothing was decided or written. */
export class CommandIdReusedError extends EverfoldError {
  static readonly code = 'COMMAND_ID_REUSED';
  readonly code = CommandIdReusedError.code;
  constructor(
    readonly stream: string,
    readonly commandId: string,
  ) {
    super(
      `Command id '${commandId}' belongs to another command that '${stream}' has handled. Nothing was written: ` +
        'take a new id for each new command, and the same one only to repeat it unchanged.',
    );
  }
}

/** A command breaks the class-validator rules of its class. It was not handled. */
export class CommandInvalidError extends EverfoldError {
  static readonly code = 'COMMAND_INVALID';
  readonly code = CommandInvalidError.code;
  constructor(
    readonly type: string,
    readonly errors: readonly ValidationProblem[],
  ) {
    super(
      `Command '${type}' is not valid: ${errors.map(({ path, messages }) => `${path}: ${messages.join(', ')}`).join('; ')}. It was not handled.`,
    );
  }
}
