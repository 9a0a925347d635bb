import { createAdministration } from '@everfold/core';
import { loadConfig } from './config/load-config.js';
import { run } from './run.js';
import { interruption } from './session/interruption.js';

void run(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  folder: process.cwd(),
  signal: interruption(process),
  enter: (folder) => process.chdir(folder),
  loadConfig,
  createAdministration,
}).then((exitCode) => process.exit(exitCode));
