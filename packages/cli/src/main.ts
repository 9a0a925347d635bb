import { loadConfig } from './config/load-config.js';
import { run } from './run.js';
import { createAdministration } from './session/administration.js';
import { interruption } from './session/interruption.js';

const args = process.argv.slice(2);
const isSilent = args.includes('--json') || args.includes('--quiet');

const signal = interruption(process, () => {
  if (!isSilent) process.stderr.write('\nEnding where it is safe; Ctrl-C again ends at once.\n');
});

void run(args, {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  folder: process.cwd(),
  signal,
  enter: (folder) => process.chdir(folder),
  loadConfig,
  createAdministration,
}).then((exitCode) => process.exit(exitCode));
