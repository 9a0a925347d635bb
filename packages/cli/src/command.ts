import type { Command } from 'commander';
import type { ExitCode } from './exit-code.js';
import type { Output } from './output/output.js';
import type { Environment } from './session/environment.js';
import type { Session } from './session/session.js';

/** What a command is given to work with. */
export interface CommandContext {
  readonly output: Output;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** Opens the stores, once; they are closed when the command ends. */
  session(): Promise<Session>;
}

/** An option as it is written in help: `--limit <n>`. */
export interface OptionDefinition {
  readonly flags: string;
  readonly description: string;
  /** Makes a value of the text; `previous` is what earlier mentions came to. Throws `InvalidArgumentError`. */
  readonly parse?: ((text: string, previous: unknown) => unknown) | undefined;
  readonly choices?: readonly string[] | undefined;
  readonly preset?: unknown;
  readonly mandatory?: boolean | undefined;
}

/** One command: how it is called, what its help says, and what it does. */
export interface CommandDefinition<O extends object = object> {
  readonly name: string;
  readonly summary: string;
  /** More than the summary, for `--help`. */
  readonly details?: string | undefined;
  readonly arguments?: readonly (readonly [name: string, description: string])[] | undefined;
  readonly options?: readonly OptionDefinition[] | undefined;
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [line: string, effect: string])[];
  /** @returns How the command ends; default: well. */
  run(
    context: CommandContext,
    args: readonly (string | undefined)[],
    options: O,
  ): Promise<ExitCode | undefined>;
}

/** Runs what a command line asks for. */
export type Execute = (
  command: Command,
  run: (context: CommandContext) => Promise<ExitCode | undefined>,
) => Promise<void>;

/** A command that can be attached to its group. */
export type AttachedCommand = (group: Command, execute: Execute) => void;

/** Commands under one word. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly AttachedCommand[];
}
