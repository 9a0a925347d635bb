// Runs a command that would outlive the process that started it: `node ends-with-its-input.mjs mongod --port 27017`.
import { spawn } from 'node:child_process';

const [command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
// It keeps nothing that is wanted after it, and an orderly end could take longer than its starter waits.
const end = () => child.kill('SIGKILL');

process.stdin.on('end', end).on('error', end).resume();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, end);
child.on('error', (error) => {
  console.error(error.message);
  process.exit(127);
});
child.on('close', (code) => process.exit(code ?? 1));
