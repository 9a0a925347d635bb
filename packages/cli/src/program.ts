import { Command } from 'commander';
import { parsePositive } from './arguments.js';
import type { CommandGroup, Execute } from './command.js';
import { events } from './commands/events.js';
import { parked } from './commands/parked.js';
import { projections } from './commands/projections.js';
import { reactors } from './commands/reactors.js';
import { store } from './commands/store.js';
import { streams } from './commands/streams.js';
import { addCompletion } from './completion.js';
import type { Environment } from './session/environment.js';
import { VERSION } from './version.js';

const GROUPS: readonly CommandGroup[] = [projections, reactors, parked, streams, events, store];

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 differences or damage found,
4 a store is not available, 5 refused, 130 interrupted, 143 terminated.`;

/** The whole command line. */
export function programOf({ stdout, stderr }: Environment, execute: Execute): Command {
  const program = new Command('everfold')
    .description('Operates an Everfold application: its read models, its streams, its log.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .option('--config <file>', 'configuration; default: everfold.config.* in this folder or above')
    .option(
      '--json',
      'JSON on standard output, errors and progress as JSON on standard error',
      false,
    )
    .option('--quiet', 'no progress and no remarks', false)
    .option('--verbose', 'stack traces', false)
    .option('--connect-timeout <seconds>', 'how long a store may take to open', parsePositive, 15)
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      // Told by whoever runs the program, as JSON where that is asked for.
      outputError: () => {},
    });
  for (const { name, summary, commands } of GROUPS) {
    const group = program.command(name).summary(summary).description(summary).helpCommand(false);
    for (const attach of commands) attach(group, execute);
  }
  addCompletion(program);
  return program;
}
