import { CommanderError } from 'commander';
import type { CommandContext } from './command.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { failureOf, OutputClosed, usageError } from './failure.js';
import { Output, type OutputOptions } from './output/output.js';
import { programOf } from './program.js';
import { abortable } from './session/abortable.js';
import type { Environment } from './session/environment.js';
import { Session, type SessionOptions } from './session/session.js';

/** How long a command may take to come to an end when it is interrupted; what hangs is left behind. */
const GRACE_MS = 2_000;

type GlobalOptions = OutputOptions & SessionOptions;

/**
 * Runs one command line. It never throws: what goes wrong is told on standard error, and by the exit code.
 *
 * @param args - Without the names of node and of the script.
 */
export async function run(args: readonly string[], environment: Environment): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const program = programOf(environment, async (command, action) => {
    const globals = command.optsWithGlobals<GlobalOptions>();
    const output = outputOf(environment, globals);
    exitCode = await execute(action, { output, environment, globals });
  });
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    const output = outputOf(environment, { json: saysJson(args), quiet: false, verbose: false });
    exitCode = parsingFailed(error, output);
    await output.flush();
  }
  return exitCode;
}

interface Execution {
  readonly output: Output;
  readonly environment: Environment;
  readonly globals: GlobalOptions;
}

async function execute(
  action: (context: CommandContext) => Promise<ExitCode | undefined>,
  { output, environment: given, globals }: Execution,
): Promise<ExitCode> {
  const { signal } = output;
  const environment = { ...given, signal };
  let opened: Promise<Session> | undefined;
  const session = (): Promise<Session> => {
    opened ??= Session.open(environment, globals);
    return opened;
  };
  try {
    const running = action({ output, environment, signal, session });
    const exitCode = (await abortable(running, signal, GRACE_MS)) ?? EXIT.ok;
    await close(opened);
    await output.written();
    return exitCode;
  } catch (error) {
    await close(opened).catch(() => {});
    return failed(error, output);
  } finally {
    await output.flush();
  }
}

async function close(opened: Promise<Session> | undefined): Promise<void> {
  // One that could not be opened has nothing to close.
  const session = await opened?.catch(() => undefined);
  await session?.[Symbol.asyncDispose]();
}

function failed(error: unknown, output: Output): ExitCode {
  if (error instanceof OutputClosed) return error.exitCode;
  const failure = failureOf(error);
  output.failure(failure, error);
  return failure.exitCode;
}

/** Help and version come as errors too; the help that stands in for a missing command is a mistake of the caller. */
function parsingFailed(error: unknown, output: Output): ExitCode {
  if (!(error instanceof CommanderError)) return failed(error, output);
  if (error.exitCode === 0) return EXIT.ok;
  if (error.code === 'commander.help') return EXIT.usage;
  const message = error.message.replace(/^error: /, '');
  return failed(usageError(`${message}\nSee everfold --help.`), output);
}

function outputOf({ stdout, stderr, signal }: Environment, options: OutputOptions): Output {
  return new Output(stdout, stderr, options, signal);
}

function saysJson(args: readonly string[]): boolean {
  return args.includes('--json');
}
