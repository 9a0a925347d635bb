import { EverfoldError } from '@everfold/core';
import { EXIT, type ExitCode } from './exit-code.js';

interface CliErrorOptions extends ErrorOptions {
  readonly code: string;
  readonly exitCode: ExitCode;
}

/** Something that was foreseen: told by its message alone, which names the remedy, and without a stack trace. */
export class CliError extends Error {
  /** Stable, for scripts; like the codes of {@link EverfoldError}. */
  readonly code: string;
  /** How the command ends. */
  readonly exitCode: ExitCode;

  constructor(message: string, { code, exitCode, ...options }: CliErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** The command line is wrong. */
export function usageError(message: string, options?: ErrorOptions): CliError {
  return new CliError(message, { ...options, code: 'USAGE', exitCode: EXIT.usage });
}

/** The configuration is missing or wrong. */
export function configError(message: string, options?: ErrorOptions): CliError {
  return new CliError(message, { ...options, code: 'CONFIG', exitCode: EXIT.usage });
}

/** What was asked for is not done as things stand. */
export function refusal(message: string, options?: ErrorOptions): CliError {
  return new CliError(message, { ...options, code: 'REFUSED', exitCode: EXIT.refused });
}

/** A signal ended the command. */
export class Interrupted extends CliError {
  constructor(signal: 'SIGINT' | 'SIGTERM') {
    const exitCode = signal === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
    super(`Ended by ${signal}.`, { code: 'INTERRUPTED', exitCode });
    this.name = 'Interrupted';
  }
}

/** Whoever read the output has closed it: nothing is wrong, and nobody listens any more. */
export class OutputClosed extends CliError {
  constructor() {
    super('The output was closed.', { code: 'OUTPUT_CLOSED', exitCode: EXIT.ok });
    this.name = 'OutputClosed';
  }
}

/** How a failure is told, and how the command ends. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exitCode: ExitCode;
  /** Whether the message says all that a user needs to know. */
  readonly expected: boolean;
}

/** Names what was thrown, whatever it is. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CliError) {
    const { code, message, exitCode } = error;
    return { code, message, exitCode, expected: true };
  }
  const message = error instanceof Error ? error.message : String(error);
  const known = knownIn(error);
  if (known !== undefined) {
    const hint = known === error ? HINTS[known.code] : undefined;
    const exitCode = EXIT_CODES[known.code] ?? EXIT.failed;
    return { code: known.code, message: joined(message, hint), exitCode, expected: true };
  }
  const system = systemCodeOf(error);
  if (system !== undefined) return { code: system, message, exitCode: EXIT.failed, expected: true };
  return { code: 'FAILED', message, exitCode: EXIT.failed, expected: false };
}

const EXIT_CODES: Readonly<Record<string, ExitCode>> = {
  STORE_UNAVAILABLE: EXIT.unavailable,
  WRITE_LOCK_HELD: EXIT.unavailable,
  APPEND_OUTCOME_UNKNOWN: EXIT.unavailable,
  NOT_A_STORE: EXIT.unavailable,
  STORE_FORMAT_TOO_NEW: EXIT.unavailable,
  STORE_CORRUPTED: EXIT.different,
  WRONG_EXPECTED_REVISION: EXIT.refused,
  STREAM_DELETED: EXIT.refused,
  PROJECTION_CHANGED: EXIT.refused,
  CHECKPOINT_AHEAD_OF_LOG: EXIT.refused,
  FOREIGN_POSITION: EXIT.refused,
  ORPHANED_EVENTS: EXIT.refused,
  GENERATION_REFUSED: EXIT.refused,
};

/** What the remedy is called here. */
const HINTS: Readonly<Record<string, string>> = {
  ORPHANED_EVENTS: 'Here: --accept-orphans.',
};

function joined(message: string, hint: string | undefined): string {
  return hint === undefined ? message : `${message} ${hint}`;
}

/** An application may tell of a store's failure in its own words, with that as the cause. */
function knownIn(error: unknown): EverfoldError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1)
    if (at instanceof EverfoldError) return at;
  return undefined;
}

/** `ENOSPC`, `EACCES` and their like: what the system says is plain enough. */
function systemCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
